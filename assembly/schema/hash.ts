// A hash of any value, of 128 bits, keyed: equal values have equal hashes, however their numbers are written and whatever
// order their members are in. Taken as equality by unique.ts: without the key nobody can make two values meet, and by
// chance they do once in 2^64 pairs or so many records. No recursion: open containers are kept on a stack of HASH_* records.
import { compareToDouble, integerBits, KIND_DOUBLE, KIND_INT, numberKind } from './number'
import { TYPE_ARRAY, TYPE_FRACTION, TYPE_INTEGER, TYPE_OBJECT, TYPE_STRING } from './program'
import {
  childCount, containerHeadBytes, encodedStringBytes, isArray, isObject, loadDouble, skip, stringBytes, stringHeadBytes, typeBit,
} from './value'

// An open container, 40 bytes.
const HASH_LEFT: usize = 0 // children not yet hashed
const HASH_NAMED: usize = 4 // 1: an object
const HASH_A: usize = 8 // both halves of what was hashed so far
const HASH_B: usize = 16
const HASH_NAME_A: usize = 24 // the name of the member at hand
const HASH_NAME_B: usize = 32
const HASH_BYTES: usize = 40

/** Containers in containers that are told apart; parse.ts lets no value be deeper. */
export const HASH_DEPTH_MAX: usize = 1024

let seedA: u64 = 0x9e3779b97f4a7c15
let seedB: u64 = 0xd1b54a32d192ed03

/** The halves of the last hash. */
export let hashA: u64 = 0
export let hashB: u64 = 0

/** Sets the key. */
export function setHashSeed(a: i32, b: i32): void {
  seedA = mixA((<u64>(<u32>b) << 32) | <u64>(<u32>a))
  seedB = mixB(seedA)
}

// The finalizers of SplitMix64 and of MurmurHash3: two different permutations of a word.
// @ts-ignore: decorator
@inline
function mixA(word: u64): u64 {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb
  return word ^ (word >> 31)
}

// @ts-ignore: decorator
@inline
function mixB(word: u64): u64 {
  word = (word ^ (word >> 33)) * 0xff51afd7ed558ccd
  word = (word ^ (word >> 33)) * 0xc4ceb9fe1a85ec53
  return word ^ (word >> 33)
}

/** Starts a hash for values of one type. */
// @ts-ignore: decorator
@inline
function startHash(type: u64, bytes: u64): void {
  hashA = mixA(seedA + (bytes << 8) + type)
  hashB = mixB(seedB ^ ((bytes << 8) + type))
}

// @ts-ignore: decorator
@inline
function addWord(word: u64): void {
  hashA = mixA(hashA ^ word)
  hashB = mixB(hashB + word)
}

function hashString(p: usize): void {
  const bytes = stringBytes(p)
  let text = p + stringHeadBytes(load<u8>(p))
  const end = text + bytes
  startHash(TYPE_STRING, bytes)
  while (text + 8 <= end) {
    addWord(load<u64>(text))
    text += 8
  }
  if (text < end) addWord(load<u64>(text) & (0xffffffffffffffff >> (64 - (<u64>(end - text) << 3))))
}

/** Integers hash by value, also those that stand as doubles; other doubles by their bits. */
function hashNumber(p: usize): void {
  const kind = numberKind(p)
  if (kind != KIND_DOUBLE) {
    startHash(TYPE_INTEGER, kind)
    return addWord(integerBits(p))
  }
  const value = loadDouble(p)
  const isWhole = trunc(value) == value
  if (isWhole && value >= -9223372036854775808.0 && value < 9223372036854775808.0) {
    startHash(TYPE_INTEGER, KIND_INT)
    return addWord(<u64>(<i64>value))
  }
  if (isWhole && compareToDouble(p, 0.0) > 0 && value < 18446744073709551616.0) {
    startHash(TYPE_INTEGER, 1)
    return addWord(<u64>value)
  }
  startHash(TYPE_FRACTION, 0)
  addWord(reinterpret<u64>(value))
}

function hashAtom(p: usize): void {
  const bit = typeBit(p)
  if (bit == TYPE_STRING) return hashString(p)
  if (bit & (TYPE_INTEGER | TYPE_FRACTION)) return hashNumber(p)
  startHash(<u64>load<u8>(p), 0)
}

/** Writes the record of the container at `p`. */
function open(record: usize, p: usize, tag: u32): void {
  const named = isObject(tag)
  const count = childCount(p, tag)
  startHash(named ? TYPE_OBJECT : TYPE_ARRAY, count)
  store<u32>(record, count, HASH_LEFT)
  store<u32>(record, named ? 1 : 0, HASH_NAMED)
  store<u64>(record, hashA, HASH_A)
  store<u64>(record, hashB, HASH_B)
}

/** Adds the last hash to the container: in order to an array, in any order, with its name, to an object. */
function absorb(record: usize): void {
  const a = load<u64>(record, HASH_A)
  const b = load<u64>(record, HASH_B)
  if (load<u32>(record, HASH_NAMED) == 0) {
    store<u64>(record, mixA(a ^ hashA), HASH_A)
    store<u64>(record, mixB(b + hashB), HASH_B)
    return
  }
  store<u64>(record, a + mixA(load<u64>(record, HASH_NAME_A) ^ rotl<u64>(hashA, 23)), HASH_A)
  store<u64>(record, b + mixB(load<u64>(record, HASH_NAME_B) ^ rotl<u64>(hashB, 23)), HASH_B)
}

/** Hashes the value at `p` into `hashA` and `hashB`. `stack` has room for HASH_DEPTH_MAX records. */
export function hashValue(p: usize, stack: usize): void {
  let depth: usize = 0
  while (true) {
    const tag = <u32>load<u8>(p)
    if ((isArray(tag) || isObject(tag)) && depth < HASH_DEPTH_MAX) {
      open(stack + depth * HASH_BYTES, p, tag)
      depth++
      p += containerHeadBytes(tag)
    } else {
      hashAtom(p)
      if (depth == 0) return
      p = skip(p)
      absorb(stack + (depth - 1) * HASH_BYTES)
    }
    let record = stack + (depth - 1) * HASH_BYTES
    while (load<u32>(record, HASH_LEFT) == 0) {
      hashA = mixA(load<u64>(record, HASH_A))
      hashB = mixB(load<u64>(record, HASH_B))
      depth--
      if (depth == 0) return
      record -= HASH_BYTES
      absorb(record)
    }
    store<u32>(record, load<u32>(record, HASH_LEFT) - 1, HASH_LEFT)
    if (load<u32>(record, HASH_NAMED) == 0) continue
    hashString(p)
    store<u64>(record, hashA, HASH_NAME_A)
    store<u64>(record, hashB, HASH_NAME_B)
    p += encodedStringBytes(p)
  }
}
