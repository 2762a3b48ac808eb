// XXH64 with seed 0, after Yann Collet's specification (xxhash_spec.md). Not keyed: it tells a client's retry from a
// conflict under the same key, it guards against nobody. Reads exactly `bytes` bytes.

const PRIME_1: u64 = 0x9e3779b185ebca87
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f
const PRIME_3: u64 = 0x165667b19e3779f9
const PRIME_4: u64 = 0x85ebca77c2b2ae63
const PRIME_5: u64 = 0x27d4eb2f165667c5

/** XXH64 of `bytes` bytes at `address`. */
export function xxh64(address: usize, bytes: usize): u64 {
  if (bytes >= 32) return withTail(stripes(address, bytes, 0), address, bytes)
  const end = address + bytes
  let hash = PRIME_5 + (bytes as u64)
  for (; address + 8 <= end; address += 8) hash = withEight(hash, address)
  if (address + 4 <= end) {
    hash = withFour(hash, address)
    address += 4
  }
  for (; address < end; address++) hash = withOne(hash, address)
  return avalanche(hash)
}

/**
 * XXH64 of `bytes` bytes at `address`, which are copied to `to` on the way: one loop whose end is hard to foresee instead of
 * two. Reads and writes may pass the end by 31 bytes. The regions must not overlap.
 */
export function copyWithXxh64(to: usize, address: usize, bytes: usize): u64 {
  if (bytes < 32) {
    copy32(to, address)
    return xxh64(address, bytes)
  }
  const hash = stripes(address, bytes, to)
  copy32(to + (bytes & ~31), address + (bytes & ~31))
  return withTail(hash, address, bytes)
}

// @ts-ignore: decorator
@inline function copy32(to: usize, from: usize): void {
  const first = v128.load(from)
  const second = v128.load(from, 16)
  v128.store(to, first)
  v128.store(to, second, 16)
}

/** The hash of all `bytes` bytes at `address`, of whose whole stripes `hash` is. */
// @ts-ignore: decorator
@inline function withTail(hash: u64, address: usize, bytes: usize): u64 {
  const left = bytes & 31
  const whole = hash + (bytes as u64)
  return avalanche(left == 0 ? whole : tail(whole, address + bytes, left))
}

/**
 * The last `left` bytes, less than a stripe, up to `end`, behind at least one stripe. Lengths are as good as random, so that
 * each branch on them would be guessed wrong half of the time: all steps are taken, and those not due come to nothing.
 */
// @ts-ignore: decorator
@inline function tail(hash: u64, end: usize, left: usize): u64 {
  const eights = end - left
  hash = select<u64>(withEight(hash, min(eights, end - 8)), hash, left >= 8)
  hash = select<u64>(withEight(hash, min(eights + 8, end - 8)), hash, left >= 16)
  hash = select<u64>(withEight(hash, min(eights + 16, end - 8)), hash, left >= 24)
  hash = select<u64>(withFour(hash, end - max(left & 7, 4)), hash, (left & 4) != 0)
  const ones = left & 3
  hash = select<u64>(withOne(hash, end - max(ones, 1)), hash, ones >= 1)
  hash = select<u64>(withOne(hash, end - max(ones, 2) + 1), hash, ones >= 2)
  return select<u64>(withOne(hash, end - 1), hash, ones == 3)
}

// @ts-ignore: decorator
@inline function withEight(hash: u64, address: usize): u64 {
  return rotl(hash ^ round(0, load<u64>(address)), 27) * PRIME_1 + PRIME_4
}

// @ts-ignore: decorator
@inline function withFour(hash: u64, address: usize): u64 {
  return rotl(hash ^ (load<u32>(address) as u64) * PRIME_1, 23) * PRIME_2 + PRIME_3
}

// @ts-ignore: decorator
@inline function withOne(hash: u64, address: usize): u64 {
  return rotl(hash ^ (load<u8>(address) as u64) * PRIME_5, 11) * PRIME_1
}

/** All whole stripes of 32 bytes, in four lanes, merged; copied to `to` if that is not 0. */
// @ts-ignore: decorator
@inline function stripes(address: usize, bytes: usize, to: usize): u64 {
  const end = address + (bytes & ~31)
  let a = PRIME_1 + PRIME_2
  let b = PRIME_2
  let c: u64 = 0
  let d: u64 = 0 - PRIME_1
  for (; address < end; address += 32) {
    if (to != 0) {
      copy32(to, address)
      to += 32
    }
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
