// Reads MessagePack as the kernel's own parser writes it: canonical, well-formed, checked before. So nothing here checks it
// again; loads may pass the end of a value by up to 16 bytes.
import {
  TYPE_ARRAY, TYPE_BOOLEAN, TYPE_FRACTION, TYPE_INTEGER, TYPE_NULL, TYPE_OBJECT, TYPE_STRING,
} from './program'

// @ts-ignore: decorator
@inline
export function load16(p: usize): u32 {
  const word = <u32>load<u16>(p)
  return ((word << 8) | (word >> 8)) & 0xffff
}

// @ts-ignore: decorator
@inline
export function load32(p: usize): u32 {
  return bswap<u32>(load<u32>(p))
}

// @ts-ignore: decorator
@inline
export function load64(p: usize): u64 {
  return bswap<u64>(load<u64>(p))
}

/** Bits of an integer at `p`, whose tag is not a fixint: cc … d3. Signed ones are sign-extended. */
// @ts-ignore: decorator
@inline
export function wideInteger(p: usize, tag: u32): u64 {
  const unused: u64 = 64 - (8 << (tag & 3))
  const word = load64(p + 1)
  return tag < 0xd0 ? word >> unused : <u64>(<i64>word >> unused)
}

/** Bytes of a wide integer with its tag. */
// @ts-ignore: decorator
@inline
export function wideIntegerBytes(tag: u32): usize {
  return 1 + (1 << <usize>(tag & 3))
}

// @ts-ignore: decorator
@inline
export function isWideInteger(tag: u32): bool {
  return tag - 0xcc < 8
}

// @ts-ignore: decorator
@inline
export function isString(tag: u32): bool {
  return tag - 0xa0 < 32 || tag - 0xd9 < 3
}

/** Bytes of the tag and length of the string at `p`. */
// @ts-ignore: decorator
@inline
export function stringHeadBytes(tag: u32): usize {
  return tag < 0xc0 ? 1 : 1 + (1 << <usize>(tag - 0xd9))
}

/** Bytes of the text of the string at `p`. */
export function stringBytes(p: usize): usize {
  const tag = <u32>load<u8>(p)
  if (tag < 0xc0) return tag & 31
  if (tag == 0xd9) return load<u8>(p + 1)
  return tag == 0xda ? load16(p + 1) : load32(p + 1)
}

/** Bytes of the string at `p`, tag and length with it. */
// @ts-ignore: decorator
@inline
export function encodedStringBytes(p: usize): usize {
  const tag = <u32>load<u8>(p)
  if (tag < 0xc0) return 1 + (tag & 31)
  return stringHeadBytes(tag) + stringBytes(p)
}

// @ts-ignore: decorator
@inline
export function isArray(tag: u32): bool {
  return (tag & 0xf0) == 0x90 || (tag & 0xfe) == 0xdc
}

// @ts-ignore: decorator
@inline
export function isObject(tag: u32): bool {
  return (tag & 0xf0) == 0x80 || (tag & 0xfe) == 0xde
}

/** Elements of an array, members of an object. */
// @ts-ignore: decorator
@inline
export function childCount(p: usize, tag: u32): u32 {
  if (tag < 0xa0) return tag & 15
  return tag & 1 ? load32(p + 1) : load16(p + 1)
}

/** Bytes before the first child of an array or object. */
// @ts-ignore: decorator
@inline
export function containerHeadBytes(tag: u32): usize {
  if (tag < 0xa0) return 1
  return tag & 1 ? 5 : 3
}

/** The address behind the value at `p`. */
export function skip(p: usize): usize {
  let pending: u32 = 1
  while (pending != 0) {
    const tag = <u32>load<u8>(p)
    pending--
    if (tag < 0x80 || tag >= 0xe0) p += 1
    else if (tag - 0xa0 < 32) p += 1 + (tag & 31)
    else if (isArray(tag)) {
      pending += childCount(p, tag)
      p += containerHeadBytes(tag)
    } else if (isObject(tag)) {
      pending += childCount(p, tag) << 1
      p += containerHeadBytes(tag)
    } else p += atomBytes(p, tag)
  }
  return p
}

/** Bytes of a value that is neither container, fixint nor fixstr. */
function atomBytes(p: usize, tag: u32): usize {
  if (tag < 0xc4) return 1
  if (tag == 0xcb) return 9
  if (isWideInteger(tag)) return wideIntegerBytes(tag)
  return stringHeadBytes(tag) + stringBytes(p)
}

// @ts-ignore: decorator
@inline
export function loadDouble(p: usize): f64 {
  return reinterpret<f64>(load64(p + 1))
}

/** The one bit of TYPE_* for the value at `p`. A double without a fraction is an integer. */
export function typeBit(p: usize): u32 {
  const tag = <u32>load<u8>(p)
  if (tag < 0x80 || tag >= 0xe0 || isWideInteger(tag)) return TYPE_INTEGER
  if (isString(tag)) return TYPE_STRING
  if (isObject(tag)) return TYPE_OBJECT
  if (isArray(tag)) return TYPE_ARRAY
  if (tag == 0xc0) return TYPE_NULL
  if (tag != 0xcb) return TYPE_BOOLEAN
  const double = loadDouble(p)
  return trunc(double) == double ? TYPE_INTEGER : TYPE_FRACTION
}

/** Code points of the text at `text`: bytes that do not continue one. */
export function codePointCount(text: usize, bytes: usize): u32 {
  let count: u32 = 0
  let p = text
  const end = text + bytes
  while (p + 16 <= end) {
    const starts = i8x16.gt_s(v128.load(p), i8x16.splat(-65))
    count += popcnt<u32>(<u32>i8x16.bitmask(starts))
    p += 16
  }
  while (p < end) {
    count += load<i8>(p) > -65 ? 1 : 0
    p += 1
  }
  return count
}
