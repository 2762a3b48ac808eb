// From child to child in a record in MessagePack, for the places of errors. The record was accepted, so nothing is checked
// here.
import { isString, lengthBytes, readBig } from './head'

/** Where the first child of the container at `at` begins: an element, or the name of a member. */
export function firstPacked(at: usize): usize {
  return at + 1 + lengthBytes(load<u8>(at))
}

/** Where the child behind the one at `at` begins; `named`: they are members. */
export function nextPacked(at: usize, named: bool): usize {
  return passValue(valueOfPacked(at, named))
}

/** Where the value of the child at `at` begins. */
export function valueOfPacked(at: usize, named: bool): usize {
  return named ? passValue(at) : at
}

/** The address behind a value, all it contains included. */
function passValue(at: usize): usize {
  for (let left: u64 = 1; left != 0; left--) {
    const type = <u32>load<u8>(at)
    const bytes = lengthBytes(type)
    const number = bytes == 0 ? 0 : readBig(at + 1, bytes)
    at += 1 + bytes
    if (isString(type)) at += bytes == 0 ? <usize>(type & 31) : <usize>number
    else if ((type & 0xf0) == 0x80) left += <u64>(type & 15) << 1
    else if ((type & 0xf0) == 0x90) left += <u64>(type & 15)
    else if (type == 0xdc || type == 0xdd) left += number
    else if (type == 0xde || type == 0xdf) left += number << 1
  }
  return at
}
