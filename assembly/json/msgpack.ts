// Canonical MessagePack (docs/formats.md "Value"): every writer puts the shortest form at `out` and returns the address
// behind it. Wide stores may pass that by up to eight bytes.

@inline
function swap32(value: u32): u32 {
  return (rotl<u32>(value, 8) & 0x00ff00ff) | (rotr<u32>(value, 8) & 0xff00ff00)
}

@inline
function swap64(value: u64): u64 {
  return (<u64>swap32(<u32>value) << 32) | <u64>swap32(<u32>(value >> 32))
}

/** An integer of 32 bits, ≥ 0. */
@inline
export function writeUnsigned32(out: usize, value: u32): usize {
  if (value < 128) {
    store<u8>(out, <u8>value)
    return out + 1
  }
  // cc, cd, ce stand for one, two and four bytes; the bytes are moved to the top of the word and then reversed.
  const wide = <u32>(value > 0xff) + <u32>(value > 0xffff)
  const bytes = <u32>1 << wide
  store<u8>(out, <u8>(0xcc + wide))
  store<u32>(out, swap32(value << (32 - (bytes << 3))), 1)
  return out + 1 + bytes
}

/** Any integer of 64 bits, ≥ 0. */
export function writeUnsigned(out: usize, value: u64): usize {
  if (value <= 0xffffffff) return writeUnsigned32(out, <u32>value)
  store<u8>(out, 0xcf)
  store<u64>(out, swap64(value), 1)
  return out + 9
}

/** −`magnitude`, which is in 1 … 2^63. */
export function writeNegative(out: usize, magnitude: u64): usize {
  const value = <u64>0 - magnitude
  if (magnitude <= 32) {
    store<u8>(out, <u8>value)
    return out + 1
  }
  const wide = <u32>(magnitude > 0x80) + <u32>(magnitude > 0x8000) + <u32>(magnitude > 0x80000000)
  const bytes = <u32>1 << wide
  store<u8>(out, <u8>(0xd0 + wide))
  store<u64>(out, swap64(value << (64 - (bytes << 3))), 1)
  return out + 1 + bytes
}

/** The double of these bits, as a double. */
@inline
export function writeDouble(out: usize, bits: u64): usize {
  store<u8>(out, 0xcb)
  store<u64>(out, swap64(bits), 1)
  return out + 9
}

/** The order of the bytes of a big-endian double, for a swizzle. */
const REVERSED: usize = memory.data<u8>([7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])

@inline
export function reversedLanes(): v128 {
  return v128.load(REVERSED)
}

/** writeDouble with reversedLanes in a register. */
@inline
export function writeFloat(out: usize, value: f64, reversed: v128): usize {
  store<u8>(out, 0xcb)
  v128.store_lane<u64>(out, i8x16.swizzle(f64x2.splat(value), reversed), 0, 1)
  return out + 9
}

/** Bytes of the header of a string of `bytes` bytes. */
export function stringHeaderBytes(bytes: usize): usize {
  if (bytes <= 31) return 1
  if (bytes <= 0xff) return 2
  return bytes <= 0xffff ? 3 : 5
}

/** The header of a string of `bytes` bytes, and nothing behind it. */
export function writeStringHeader(out: usize, bytes: usize): usize {
  if (bytes <= 31) {
    store<u8>(out, <u8>(0xa0 | bytes))
    return out + 1
  }
  if (bytes <= 0xff) {
    store<u16>(out, <u16>(0xd9 | (bytes << 8)))
    return out + 2
  }
  if (bytes <= 0xffff) {
    store<u8>(out, 0xda)
    store<u16>(out, <u16>(swap32(<u32>bytes) >>> 16), 1)
    return out + 3
  }
  store<u8>(out, 0xdb)
  store<u32>(out, swap32(<u32>bytes), 1)
  return out + 5
}

/** Bytes of the header of a container of `count` elements or members. */
@inline
export function containerHeaderBytes(count: u32): usize {
  if (count <= 15) return 1
  return count <= 0xffff ? 3 : 5
}

/** The header of an object or array of more than 15 members. */
export function writeLongContainerHeader(out: usize, isObject: bool, count: u32): void {
  const isWide = count > 0xffff
  store<u8>(out, <u8>((isObject ? 0xde : 0xdc) + <u32>isWide))
  if (isWide) store<u32>(out, swap32(count), 1)
  else store<u16>(out, <u16>(swap32(count) >>> 16), 1)
}
