// Names and constants of a program: whether they are MessagePack as the kernel's readers expect it, within their item.
import { DEPTH_MAX } from '../abi'
import { bytesEqual } from './equal'
import { ENTRY_MASK, ENTRY_NAME, ENTRY_NAME_BYTES } from './program'
import { childCount, containerHeadBytes, isArray, isObject, isString, isWideInteger, stringBytes, stringHeadBytes, wideIntegerBytes } from './value'

const WORD_BYTES: usize = 16

/** Bytes of the string at `p`, 0 when it is none or does not end before `end`. */
function stringWithin(p: usize, end: usize): usize {
  if (p >= end || !isString(load<u8>(p))) return 0
  const head = stringHeadBytes(load<u8>(p))
  if (head > end - p) return 0
  const bytes = stringBytes(p)
  return bytes > end - p - head ? 0 : head + bytes
}

/** An entry's or token's name: the word is its first 16 bytes, the mask tells how many, the rest is in the item. */
export function nameHolds(entry: usize, end: usize): bool {
  const bytes = <usize>load<u32>(entry, ENTRY_NAME_BYTES)
  const distance = <usize>load<u32>(entry, ENTRY_NAME)
  const wordBytes = min(bytes, WORD_BYTES)
  for (let index: usize = 0; index < WORD_BYTES; index++) {
    if (load<u8>(entry + index, ENTRY_MASK) != (index < wordBytes ? 0xff : 0)) return false
    if (index >= wordBytes && load<u8>(entry + index) != 0) return false
  }
  if (distance == 0) return bytes != 0 && stringWithin(entry, entry + wordBytes) == bytes
  if (bytes <= WORD_BYTES || distance > end - entry) return false
  return stringWithin(entry + distance, end) == bytes && bytesEqual(entry, entry + distance, WORD_BYTES)
}

/** The entry behind the last: its first byte is c1, which no MessagePack has. */
export function sentinelHolds(entry: usize): bool {
  return load<u8>(entry) == 0xc1 && load<u8>(entry, ENTRY_MASK) == 0xff && load<u32>(entry, ENTRY_NAME) == 0
}

/** Whether exactly `count` values fill `p` … `end`. */
export function valuesHold(p: usize, end: usize, count: u32): bool {
  for (; count != 0; count--) {
    p = valueWithin(p, end, DEPTH_MAX)
    if (p == 0) return false
  }
  return p == end
}

/** The end of the value at `p`, 0 when it is malformed. It may call itself: a program is no input, and `depth` bounds it. */
function valueWithin(p: usize, end: usize, depth: i32): usize {
  if (p >= end) return 0
  const tag = <u32>load<u8>(p)
  if (tag < 0x80 || tag >= 0xe0 || tag == 0xc0 || tag == 0xc2 || tag == 0xc3) return p + 1
  if (isString(tag)) {
    const bytes = stringWithin(p, end)
    return bytes == 0 ? 0 : p + bytes
  }
  if (tag == 0xcb || isWideInteger(tag)) {
    const bytes: usize = tag == 0xcb ? 9 : wideIntegerBytes(tag)
    return bytes > end - p ? 0 : p + bytes
  }
  return isArray(tag) || isObject(tag) ? childrenWithin(p, end, depth) : 0
}

function childrenWithin(p: usize, end: usize, depth: i32): usize {
  const tag = <u32>load<u8>(p)
  const head = containerHeadBytes(tag)
  if (depth == 0 || head > end - p) return 0
  const named = isObject(tag)
  let left = childCount(p, tag)
  p += head
  for (; left != 0; left--) {
    if (named) {
      const bytes = stringWithin(p, end)
      if (bytes == 0) return 0
      p += bytes
    }
    p = valueWithin(p, end, depth - 1)
    if (p == 0) return 0
  }
  return p
}
