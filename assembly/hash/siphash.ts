// SipHash-2-4 with 128 bits of output: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), and the authors'
// reference code for the long output. Keyed, so that nobody who chooses record keys can make two of them collide.
// Reads exactly `bytes` bytes; a zero-length message is a message like any other.

/** The two halves of the last `siphash` call's result; the low half comes first in memory. */
export let hashLow: u64 = 0
export let hashHigh: u64 = 0

/** Hashes `bytes` bytes at `address` with the 16 bytes at `key`; the result is in `hashLow` and `hashHigh`. */
export function siphash(address: usize, bytes: usize, key: usize): void {
  const k0 = load<u64>(key)
  const k1 = load<u64>(key, 8)
  let v0 = k0 ^ 0x736f6d6570736575
  let v1 = k1 ^ 0x646f72616e646f6d ^ 0xee
  let v2 = k0 ^ 0x6c7967656e657261
  let v3 = k1 ^ 0x7465646279746573

  const wordsEnd = address + (bytes & ~7)
  while (true) {
    const whole = address < wordsEnd
    const word = whole ? load<u64>(address) : lastWord(address, bytes)
    v3 ^= word
    for (let round = 0; round < 2; round++) {
      v0 += v1, v2 += v3
      v1 = rotl(v1, 13) ^ v0, v3 = rotl(v3, 16) ^ v2
      v0 = rotl(v0, 32)
      v2 += v1, v0 += v3
      v1 = rotl(v1, 17) ^ v2, v3 = rotl(v3, 21) ^ v0
      v2 = rotl(v2, 32)
    }
    v0 ^= word
    if (!whole) break
    address += 8
  }

  v2 ^= 0xee
  let low: u64 = 0
  for (let round = 0; round < 8; round++) {
    if (round == 4) {
      low = v0 ^ v1 ^ v2 ^ v3
      v1 ^= 0xdd
    }
    v0 += v1, v2 += v3
    v1 = rotl(v1, 13) ^ v0, v3 = rotl(v3, 16) ^ v2
    v0 = rotl(v0, 32)
    v2 += v1, v0 += v3
    v1 = rotl(v1, 17) ^ v2, v3 = rotl(v3, 21) ^ v0
    v2 = rotl(v2, 32)
  }
  hashLow = low
  hashHigh = v0 ^ v1 ^ v2 ^ v3
}

/** The up to seven bytes left, and the message's length in the top byte. */
// @ts-ignore: decorator
@inline function lastWord(address: usize, bytes: usize): u64 {
  const left = bytes & 7
  let word = (bytes as u64) << 56
  let shift: u64 = 0
  if (left & 4) word |= load<u32>(address) as u64, address += 4, shift = 32
  if (left & 2) word |= (load<u16>(address) as u64) << shift, address += 2, shift += 16
  if (left & 1) word |= (load<u8>(address) as u64) << shift
  return word
}
