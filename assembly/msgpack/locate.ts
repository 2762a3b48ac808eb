// Where a value of a MessagePack record is that the schema refused. The record was accepted, so its bytes are not checked
// again; a path that does not lead to a value of it, as a program made by hand can give, ends where the record does.
import { isString, lengthBytes, readBig } from './head'

/**
 * Address of the child at the end of the path: `pathCount` ordinals from `path` on, of elements or members. `end` when
 * there is none.
 */
export function locatePacked(value: usize, end: usize, path: usize, pathCount: i32): usize {
  for (let level = 0; level < pathCount; level++) {
    if (value >= end) return end
    const type = <u32>load<u8>(value)
    const isMap = (type & 0xf0) == 0x80 || type >= 0xde
    value += 1 + lengthBytes(type)
    for (let left = load<u32>(path + (<usize>level << 2)); left != 0 && value < end; left--) {
      if (isMap) value = passValue(value, end)
      value = passValue(value, end)
    }
    if (isMap) value = passValue(value, end)
  }
  return min(value, end)
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
