// XXH64 with seed 0, after Yann Collet's specification (xxhash_spec.md). Not keyed: it tells a client's retry from a
// conflict under the same key, it guards against nobody. Reads exactly `bytes` bytes.

const PRIME_1: u64 = 0x9e3779b185ebca87
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f
const PRIME_3: u64 = 0x165667b19e3779f9
const PRIME_4: u64 = 0x85ebca77c2b2ae63
const PRIME_5: u64 = 0x27d4eb2f165667c5

/** XXH64 of `bytes` bytes at `address`. */
export function xxh64(address: usize, bytes: usize): u64 {
  const end = address + bytes
  let hash = PRIME_5
  if (bytes >= 32) {
    hash = stripes(address, bytes)
    address += bytes & ~31
  }
  hash += bytes as u64
  for (; address + 8 <= end; address += 8) {
    hash = rotl(hash ^ round(0, load<u64>(address)), 27) * PRIME_1 + PRIME_4
  }
  if (address + 4 <= end) {
    hash = rotl(hash ^ (load<u32>(address) as u64) * PRIME_1, 23) * PRIME_2 + PRIME_3
    address += 4
  }
  for (; address < end; address++) {
    hash = rotl(hash ^ (load<u8>(address) as u64) * PRIME_5, 11) * PRIME_1
  }
  return avalanche(hash)
}

/** All whole stripes of 32 bytes, in four lanes, merged. */
// @ts-ignore: decorator
@inline function stripes(address: usize, bytes: usize): u64 {
  const end = address + (bytes & ~31)
  let a = PRIME_1 + PRIME_2
  let b = PRIME_2
  let c: u64 = 0
  let d: u64 = 0 - PRIME_1
  for (; address < end; address += 32) {
    a = round(a, load<u64>(address))
    b = round(b, load<u64>(address, 8))
    c = round(c, load<u64>(address, 16))
    d = round(d, load<u64>(address, 24))
  }
  const hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18)
  return merge(merge(merge(merge(hash, a), b), c), d)
}

// @ts-ignore: decorator
@inline function round(lane: u64, word: u64): u64 {
  return rotl(lane + word * PRIME_2, 31) * PRIME_1
}

// @ts-ignore: decorator
@inline function merge(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4
}

// @ts-ignore: decorator
@inline function avalanche(hash: u64): u64 {
  hash = (hash ^ (hash >> 33)) * PRIME_2
  hash = (hash ^ (hash >> 29)) * PRIME_3
  return hash ^ (hash >> 32)
}
