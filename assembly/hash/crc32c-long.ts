// CRC-32C of long messages, with hardly a table: the method of Chorba (S. Russell, "Chorba: A novel CRC32 implementation",
// arXiv:2412.16398). Modulo the checksum's polynomial, with x^8 = y,
//
//   y^5321 + y^3574 + y^2491 + 1 = 0
//
// so a byte may be taken out when it is added (exclusive or) 1747, 2830 and 5321 bytes further on. Sixteen bytes at a time
// that is four loads and a store, and every one of them is far enough from the next to never wait for it. It pushes the
// whole message into its last 5 KiB, which then goes the usual way; below some KiB that way alone is faster.
// Of the polynomials with four terms it is the smallest whose least distance is beyond a core's queue of pending stores.

import { advance, crc32c } from './crc32c'

const NEAR: usize = 1747
const MIDDLE: usize = 2830
const FAR: usize = 5321
const LONG_BYTES_MIN: usize = 12288

// The working region: what was taken out of the last bytes passed, then of those at hand, small enough for the first cache;
// at the end, behind them, what is left of the message.
const HISTORY_BYTES: usize = 5376
const PIECE_BYTES: usize = 16384
const REST_AT: usize = HISTORY_BYTES + PIECE_BYTES

/** Bytes that `crc32cLong` uses at `scratch`. */
export const CRC_SCRATCH_BYTES: usize = 2 * REST_AT

/**
 * CRC-32C of `bytes` bytes at `address`, of any length. `scratch` must not overlap the message; up to 15 bytes behind that
 * are read and do not count.
 */
export function crc32cLong(address: usize, bytes: usize, scratch: usize): u32 {
  if (bytes < LONG_BYTES_MIN) return crc32c(address, bytes)
  const end = address + bytes
  const restFrom = address + ((bytes - FAR) & ~15)
  const work = scratch + HISTORY_BYTES
  memory.fill(scratch, 0, HISTORY_BYTES)
  // The register begins as −1, which is the same as complementing the first four bytes.
  v128.store(work, v128.xor(v128.load(address), i32x4(-1, 0, 0, 0)))
  let at: usize = 16
  while (true) {
    const piece = min(PIECE_BYTES, restFrom - address)
    for (; at < piece; at += 16) v128.store(work + at, v128.xor(v128.load(address + at), passedOn(work + at)))
    memory.copy(scratch, scratch + piece, HISTORY_BYTES)
    address += piece
    if (address == restFrom) break
    at = 0
  }

  // Nothing is taken out of the rest, it only receives.
  const rest = end - restFrom
  memory.fill(work, 0, rest + 16)
  for (at = 0; at < rest; at += 16) {
    v128.store(scratch + REST_AT + at, v128.xor(v128.load(address + at), passedOn(work + at)))
  }
  return ~advance(0, scratch + REST_AT, rest)
}

/** What three earlier places add to the sixteen bytes at `place`. */
// @ts-ignore: decorator
@inline function passedOn(place: usize): v128 {
  return v128.xor(v128.xor(v128.load(place - NEAR), v128.load(place - MIDDLE)), v128.load(place - FAR))
}
