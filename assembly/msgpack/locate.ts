// Where a value of a MessagePack record is that the schema refused. The record was accepted, so nothing is checked here.
import { isString, lengthBytes, readBig } from './head'

/** Address of the child at the end of the path: `pathCount` ordinals from `path` on, of elements or members. */
export function locatePacked(value: usize, path: usize, pathCount: i32): usize {
  for (let level = 0; level < pathCount; level++) {
    const type = <u32>load<u8>(value)
    const isMap = (type & 0xf0) == 0x80 || type >= 0xde
    value += 1 + lengthBytes(type)
    for (let left = load<u32>(path + (<usize>level << 2)); left != 0; left--) {
      if (isMap) value = passValue(value)
      value = passValue(value)
    }
    if (isMap) value = passValue(value)
  }
  return value
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
