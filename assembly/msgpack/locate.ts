// From child to child in a record in MessagePack, for the places of errors. The record was accepted, so its bytes are not
// checked again; a way that leads nowhere, as a program made by hand can give, ends where the record does.
import { isString, lengthBytes, readBig } from './head'

/** Where the first child of the container at `at` begins: an element, or the name of a member. */
export function firstPacked(at: usize, end: usize): usize {
  return min(at + 1 + lengthBytes(load<u8>(at)), end)
}

/** Where the child behind the one at `at` begins; `named`: they are members. `end` when there is none. */
export function nextPacked(at: usize, named: bool, end: usize): usize {
  return passValue(valueOfPacked(at, named, end), end)
}

/** Where the value of the child at `at` begins; `end` when there is none. */
export function valueOfPacked(at: usize, named: bool, end: usize): usize {
  return named ? passValue(at, end) : at
}

/** The address behind a value, all it contains included; `end` when it would go beyond. */
function passValue(at: usize, end: usize): usize {
  for (let left: u64 = 1; left != 0; left--) {
    if (at >= end) return end
    const type = <u32>load<u8>(at)
    const bytes = lengthBytes(type)
    const number = bytes == 0 ? 0 : readBig(at + 1, bytes)
    at += 1 + bytes
    if (isString(type)) {
      const textBytes: u64 = bytes == 0 ? <u64>(type & 31) : number
      if (<u64>at + textBytes > <u64>end) return end
      at += <usize>textBytes
    } else if ((type & 0xf0) == 0x80) left += <u64>(type & 15) << 1
    else if ((type & 0xf0) == 0x90) left += <u64>(type & 15)
    else if (type == 0xdc || type == 0xdd) left += number
    else if (type == 0xde || type == 0xdf) left += number << 1
  }
  return at
}
