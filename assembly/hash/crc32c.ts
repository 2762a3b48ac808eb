// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), as Kafka's record batches carry it. WebAssembly has no carry-less
// multiply, so more than a few bytes are folded with nibble tables: the checksum is linear over GF(2), so a byte may be replaced by any
// bytes further on that change the register alike.
//
//   128 bytes of state       one column = 4 bytes, 32 apart, that a later column of 4 can stand in for
//   ├ a0 ┤├ b0 ┤├ a1 ┤├ b1 ┤├ a2 ┤├ b2 ┤├ a3 ┤├ b3 ┤
//
// Moving a column on by 128 bytes is a 32 × 32 bit matrix, here as 8 nibbles × 4 result bytes = 32 tables of 16 bytes, the
// same for all 32 columns. (Columns 32 apart span all 32 bits; 16 apart they would not.) What is left goes by eights
// through the usual byte tables. Neither way keeps state, and neither reads outside `bytes`.

import { BYTE_TABLES, FOLD_TABLES } from './crc32c-tables'

const BLOCK_BYTES: usize = 128

/** CRC-32C of `bytes` bytes at `address`. */
export function crc32c(address: usize, bytes: usize): u32 {
  return ~advance(-1, address, bytes)
}

/** The register after `bytes` bytes at `address`. It begins as −1, and the checksum is its complement. */
export function advance(crc: u32, address: usize, bytes: usize): u32 {
  const end = address + bytes
  if (bytes < 2 * BLOCK_BYTES) return byEights(crc, address, end)

  let a0 = v128.xor(v128.load(address), i32x4.replace_lane(i32x4.splat(0), 0, crc))
  let b0 = v128.load(address, 16)
  let a1 = v128.load(address, 32)
  let b1 = v128.load(address, 48)
  let a2 = v128.load(address, 64)
  let b2 = v128.load(address, 80)
  let a3 = v128.load(address, 96)
  let b3 = v128.load(address, 112)
  const last = end - BLOCK_BYTES
  for (address += BLOCK_BYTES; address <= last; address += BLOCK_BYTES) {
    let l0 = low(a0), l1 = low(a1), l2 = low(a2), l3 = low(a3)
    let h0 = high(a0), h1 = high(a1), h2 = high(a2), h3 = high(a3)
    a0 = fold(v128.load(address), 0, l0, h0, l1, h1, l2, h2, l3, h3)
    a1 = fold(v128.load(address, 32), 1, l0, h0, l1, h1, l2, h2, l3, h3)
    a2 = fold(v128.load(address, 64), 2, l0, h0, l1, h1, l2, h2, l3, h3)
    a3 = fold(v128.load(address, 96), 3, l0, h0, l1, h1, l2, h2, l3, h3)
    l0 = low(b0), l1 = low(b1), l2 = low(b2), l3 = low(b3)
    h0 = high(b0), h1 = high(b1), h2 = high(b2), h3 = high(b3)
    b0 = fold(v128.load(address, 16), 0, l0, h0, l1, h1, l2, h2, l3, h3)
    b1 = fold(v128.load(address, 48), 1, l0, h0, l1, h1, l2, h2, l3, h3)
    b2 = fold(v128.load(address, 80), 2, l0, h0, l1, h1, l2, h2, l3, h3)
    b3 = fold(v128.load(address, 112), 3, l0, h0, l1, h1, l2, h2, l3, h3)
  }

  crc = vector(vector(0, a0), b0)
  crc = vector(vector(crc, a1), b1)
  crc = vector(vector(crc, a2), b2)
  crc = vector(vector(crc, a3), b3)
  return byEights(crc, address, end)
}

/** The low nibbles of sixteen bytes. */
// @ts-ignore: decorator
@inline function low(bytes: v128): v128 {
  return v128.and(bytes, i8x16.splat(15))
}

/** The high nibbles of sixteen bytes. */
// @ts-ignore: decorator
@inline function high(bytes: v128): v128 {
  return v128.and(i16x8.shr_u(bytes, 4), i8x16.splat(15))
}

/** Byte `place` of sixteen columns, moved on and laid over `next`, the message there. */
// @ts-ignore: decorator
@inline function fold(
  next: v128, place: usize,
  l0: v128, h0: v128, l1: v128, h1: v128, l2: v128, h2: v128, l3: v128, h3: v128,
): v128 {
  const first = v128.xor(part(place, l0), part(place + 4, h0))
  const second = v128.xor(part(place + 8, l1), part(place + 12, h1))
  const third = v128.xor(part(place + 16, l2), part(place + 20, h2))
  const fourth = v128.xor(part(place + 24, l3), part(place + 28, h3))
  return v128.xor(v128.xor(next, v128.xor(first, second)), v128.xor(third, fourth))
}

// @ts-ignore: decorator
@inline function part(table: usize, nibbles: v128): v128 {
  return i8x16.swizzle(v128.load(FOLD_TABLES + table * 16), nibbles)
}

/** The register after sixteen bytes that are in a vector. */
// @ts-ignore: decorator
@inline function vector(crc: u32, bytes: v128): u32 {
  return eight(eight(crc, i64x2.extract_lane(bytes, 0)), i64x2.extract_lane(bytes, 1))
}

/** The register after the bytes from `address` up to `end`. */
function byEights(crc: u32, address: usize, end: usize): u32 {
  for (; address + 8 <= end; address += 8) crc = eight(crc, load<u64>(address))
  for (; address < end; address++) crc = entry(0, crc ^ load<u8>(address)) ^ (crc >> 8)
  return crc
}

// @ts-ignore: decorator
@inline function eight(crc: u32, bytes: u64): u32 {
  const near = crc ^ (bytes as u32)
  const far = (bytes >> 32) as u32
  return entry(7, near) ^ entry(6, near >> 8) ^ entry(5, near >> 16) ^ entry(4, near >> 24)
    ^ entry(3, far) ^ entry(2, far >> 8) ^ entry(1, far >> 16) ^ entry(0, far >> 24)
}

/** What the low byte of `index` becomes when `distance` more bytes have passed behind it. */
// @ts-ignore: decorator
@inline function entry(distance: usize, index: u32): u32 {
  return load<u32>(BYTE_TABLES + distance * 1024 + (((index & 0xff) as usize) << 2))
}
