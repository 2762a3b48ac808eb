// Duplicate keys. The keys of an open object are a run of entries on a stack; when the object closes, they are compared:
// pairwise while they are few, through a hash table when they are many. The hash is SipHash-1-3 (Jean-Philippe Aumasson and
// Daniel J. Bernstein, 2012) with a seed nobody outside knows, so that no sender can choose keys that meet in one slot.
// What always holds: the answer is exact; hashes and first words only save comparisons.
//
// An entry, 24 bytes:
//   0  u32  keyAddress    the key's bytes, decoded
//   4  u32  keyBytes
//   8  u64  word          the first eight of them, zeros behind the end
//  16  u32  quoteAddress  its opening quote in the input
//  20  u32  reserved
import { KEY_TABLE_SLOTS_MAX } from './layout'
import { seedShapes } from './shapes'

export const KEY_BYTES: usize = 24
/** No key repeats another. */
export const NO_KEY: usize = 0xffffffff
/** Up to so many keys are compared pairwise: 120 comparisons of two words. */
const PAIRWISE_KEYS_MAX: usize = 16

let seed0: u64 = 0
let seed1: u64 = 0

/** Sets the seed of the hash: 64 bits that nobody outside knows. */
export function setSeed(a: i32, b: i32): void {
  seed0 = (<u64>(<u32>b) << 32) | <u64>(<u32>a)
  seed1 = rotl<u64>(seed0 ^ 0x9e3779b97f4a7c15, 31) * 0xbf58476d1ce4e5b9
  seedShapes(rotl<u64>(seed1, 27) * 0x94d049bb133111eb)
}

/** Puts a key on the stack at `entry`. Reads up to eight bytes behind the key. */
@inline
export function pushKey(entry: usize, key: usize, bytes: usize, quote: usize): void {
  store<u32>(entry, <u32>key)
  store<u32>(entry, <u32>bytes, 4)
  // A shift by 64 would be one by 0: an empty key takes two shifts.
  const unused = bytes >= 8 ? 0 : (8 - <u64>bytes) << 3
  const half = unused >> 1
  store<u64>(entry, (load<u64>(key) << half << (unused - half)) >> half >> (unused - half), 8)
  store<u32>(entry, <u32>quote, 16)
}

/** Whether two entries hold the same key. */
export function sameKey(a: usize, b: usize): bool {
  const bytes = <usize>load<u32>(a, 4)
  if (load<u64>(a, 8) != load<u64>(b, 8) || bytes != <usize>load<u32>(b, 4)) return false
  if (bytes <= 8) return true
  return sameBytes(<usize>load<u32>(a), <usize>load<u32>(b), bytes)
}

/** Whether the `bytes` bytes, more than eight, at `a` and `b` are the same. */
function sameBytes(a: usize, b: usize, bytes: usize): bool {
  const last = bytes - 8
  for (let i: usize = 8; i < last; i += 8) {
    if (load<u64>(a + i) != load<u64>(b + i)) return false
  }
  return load<u64>(a + last) == load<u64>(b + last)
}

/**
 * Looks for the first key, in input order, that repeats an earlier one among the entries from `first` up to `top`.
 * Returns the address of its quote, or NO_KEY. `table` is room for KEY_TABLE_SLOTS_MAX words.
 */
export function repeatedKey(first: usize, top: usize, table: usize): usize {
  if (top - first <= PAIRWISE_KEYS_MAX * KEY_BYTES) return repeatedOfFew(first, top)
  return repeatedOfMany(first, top, table)
}

function repeatedOfFew(first: usize, top: usize): usize {
  for (let entry = first + KEY_BYTES; entry < top; entry += KEY_BYTES) {
    const word = load<u64>(entry, 8)
    for (let other = first; other < entry; other += KEY_BYTES) {
      if (load<u64>(other, 8) == word && sameKey(other, entry)) return load<u32>(entry, 16)
    }
  }
  return NO_KEY
}

function repeatedOfMany(first: usize, top: usize, table: usize): usize {
  // A slot holds the distance of an entry's end from `first`; 0 is free.
  const count = (top - first) / KEY_BYTES
  let slots: usize = 64
  while (slots < count << 1 && slots < KEY_TABLE_SLOTS_MAX) slots <<= 1
  memory.fill(table, 0, slots << 2)
  for (let entry = first; entry < top; entry += KEY_BYTES) {
    let slot = <usize>hashKey(entry) & (slots - 1)
    while (true) {
      const taken = <usize>load<u32>(table + (slot << 2))
      if (taken == 0) break
      if (sameKey(first + taken - KEY_BYTES, entry)) return load<u32>(entry, 16)
      slot = (slot + 1) & (slots - 1)
    }
    store<u32>(table + (slot << 2), <u32>(entry + KEY_BYTES - first))
  }
  return NO_KEY
}

let v0: u64 = 0
let v1: u64 = 0
let v2: u64 = 0
let v3: u64 = 0

function sipRound(): void {
  v0 += v1
  v1 = rotl(v1, 13) ^ v0
  v0 = rotl(v0, 32)
  v2 += v3
  v3 = rotl(v3, 16) ^ v2
  v0 += v3
  v3 = rotl(v3, 21) ^ v0
  v2 += v1
  v1 = rotl(v1, 17) ^ v2
  v2 = rotl(v2, 32)
}

@inline
function sipWord(word: u64): void {
  v3 ^= word
  sipRound()
  v0 ^= word
}

/** SipHash-1-3 of an entry's key. */
export function hashKey(entry: usize): u64 {
  v0 = seed0 ^ 0x736f6d6570736575
  v1 = seed1 ^ 0x646f72616e646f6d
  v2 = seed0 ^ 0x6c7967656e657261
  v3 = seed1 ^ 0x7465646279746573
  const bytes = <usize>load<u32>(entry, 4)
  const length = <u64>bytes << 56
  let word = load<u64>(entry, 8)
  if (bytes >= 8) {
    sipWord(word)
    word = hashMiddle(<usize>load<u32>(entry), bytes)
  }
  sipWord(word | length)
  v2 ^= 0xff
  sipRound()
  sipRound()
  sipRound()
  return v0 ^ v1 ^ v2 ^ v3
}

/** Hashes the whole words behind the first one of the `bytes` bytes at `key` and returns the rest, less than a word. */
function hashMiddle(key: usize, bytes: usize): u64 {
  const whole = bytes & ~7
  for (let i: usize = 8; i < whole; i += 8) sipWord(load<u64>(key + i))
  const rest = <u64>(bytes & 7)
  return rest == 0 ? 0 : load<u64>(key + whole) & ((<u64>1 << (rest << 3)) - 1)
}
