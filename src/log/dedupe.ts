// Which keys were accepted lately, with which value and at which offset: two generations of at most `keyCountMax` keys, the
// older dropped when the newer is full. So at least the newest `keyCountMax` keys are known and at most twice as many (and
// one slab's), whatever clients send. Pure memory: nothing here knows of files, and nothing is ever allocated after `make`.
// What always holds: entries stand in the order of their insertion, so taking back the newest ones leaves the table as it
// was before them. That needs linear probing without deletion marks.
import assert from 'node:assert/strict'
import { slabRecordCountMax } from '../limits.ts'

/** SipHash of a key and XXH64 of its value, in words. */
export type RecordHash = {
  readonly key0: number
  readonly key1: number
  readonly key2: number
  readonly key3: number
  readonly value0: number
  readonly value1: number
}

/** The six words of a {@link RecordHash} where it stands in an array, in this order. */
const hashWords = 6
// Entry, 8 words: key hash (4), value hash (2), offset low, offset high.
const entryWords = 8
const offsetWord = hashWords

type Generation = {
  /** 0 or 1: which word of each pair in `slots` is its own. */
  readonly side: number
  readonly entries: Uint32Array
  count: number
  /** Offset of the first key taken in. */
  firstOffset: number
}

export type Dedupe = {
  readonly keyCountMax: number
  readonly entryCountMax: number
  readonly numberBits: number
  /**
   * Pairs of words, one word a generation: a key has the same pair in both, so that it costs one wait for memory and not
   * two. A word is 0: free; else the entry's number plus one in the low `numberBits` bits, and bits of the key hash above.
   */
  readonly slots: Uint32Array
  newer: Generation
  older: Generation
  /** What the last successful `lookUp` found. */
  foundOffset: number
  foundSameValue: boolean
  /** The entries in which {@link admit} found a key. */
  foundIn: Uint32Array
  /** A hash that came as an object, laid out as {@link admit} reads it. */
  readonly asked: Uint32Array
  /** Only keeps {@link touchKeys} from being optimised away. */
  touched: number
}

/** Memory is reserved at once and used as keys arrive: about 40 bytes a key and generation. */
export function makeDedupe(keyCountMax: number): Dedupe {
  const entryCountMax = keyCountMax + slabRecordCountMax
  const slotCount = 2 ** Math.ceil(Math.log2(entryCountMax * 2))
  assert(slotCount <= 2 ** 29, 'the place of a pair is a positive 31-bit number')
  const newer = makeGeneration(0, entryCountMax)
  return {
    keyCountMax,
    entryCountMax,
    numberBits: 32 - Math.clz32(entryCountMax),
    slots: new Uint32Array(slotCount * 2),
    newer,
    older: makeGeneration(1, entryCountMax),
    foundOffset: 0,
    foundSameValue: false,
    foundIn: newer.entries,
    asked: new Uint32Array(hashWords),
    touched: 0,
  }
}

function makeGeneration(side: number, entryCountMax: number): Generation {
  return {
    side,
    entries: new Uint32Array(entryCountMax * entryWords),
    count: 0,
    firstOffset: Number.POSITIVE_INFINITY,
  }
}

/**
 * Reads the slots of keys that will be looked up soon; their hashes stand at `words[at]` and every `step` words behind it,
 * below `end`. Done for some dozens of keys in a row, their waits for memory overlap.
 */
export function touchKeys(table: Dedupe, words: Uint32Array, at: number, end: number, step: number): void {
  const { slots } = table
  const pairMask = slots.length - 2
  let sum = 0
  for (; at < end; at += step) sum = (sum + slots[(words[at]! << 1) & pairMask]!) | 0
  table.touched = sum
}

/**
 * Takes in the key whose hash words stand at `words[at]`, with the offset in two words, unless it is known. Returns −1 when
 * it was taken in; else where in `foundIn` the entry starts, for {@link isSameValue} and {@link offsetAt}. There must be
 * room: see {@link roomForKeys}.
 */
export function admit(table: Dedupe, words: Uint32Array, at: number, low: number, high: number): number {
  const { newer, older } = table
  const place = probe(table, newer, words, at)
  if (place >= 0) {
    table.foundIn = newer.entries
    return place
  }
  const olderPlace = older.count === 0 ? -1 : probe(table, older, words, at)
  if (olderPlace >= 0) {
    table.foundIn = older.entries
    return olderPlace
  }
  takeIn(table, ~place, words, at, low, high)
  return -1
}

/** Whether the entry that {@link admit} found has the value hash of the hash words at `words[at]`. */
export function isSameValue({ foundIn }: Dedupe, place: number, words: Uint32Array, at: number): boolean {
  return foundIn[place + 4] === words[at + 4] && foundIn[place + 5] === words[at + 5]
}

/** Where in `foundIn` the offset's two words stand, low one first. */
export function offsetAt(place: number): number {
  return place + offsetWord
}

/** Whether the key is known; then `foundOffset` and `foundSameValue` tell of the record that brought it. */
export function lookUp(table: Dedupe, hash: RecordHash): boolean {
  const asked = lay(table, hash)
  return lookUpIn(table, table.newer, asked) || lookUpIn(table, table.older, asked)
}

function lookUpIn(table: Dedupe, generation: Generation, asked: Uint32Array): boolean {
  const place = probe(table, generation, asked, 0)
  if (place < 0) return false
  const { entries } = generation
  table.foundIn = entries
  table.foundOffset = entries[place + offsetWord]! + entries[place + offsetWord + 1]! * 2 ** 32
  table.foundSameValue = isSameValue(table, place, asked, 0)
  return true
}

function lay({ asked }: Dedupe, hash: RecordHash): Uint32Array {
  asked[0] = hash.key0
  asked[1] = hash.key1
  asked[2] = hash.key2
  asked[3] = hash.key3
  asked[4] = hash.value0
  asked[5] = hash.value1
  return asked
}

/** Where the key's entry starts; or, not known, the complement of the free slot that ends its run. */
function probe(table: Dedupe, generation: Generation, words: Uint32Array, at: number): number {
  const { slots, numberBits } = table
  const { entries, side } = generation
  const slotMask = slots.length - 1
  const numberMask = (1 << numberBits) - 1
  const tag = words[at + 1]! >>> numberBits
  for (let slot = ((words[at]! << 1) & slotMask) | side; ; slot = (slot + 2) & slotMask) {
    const content = slots[slot]!
    if (content === 0) return ~slot
    if (content >>> numberBits !== tag) continue
    const place = ((content & numberMask) - 1) * entryWords
    if (
      entries[place] === words[at] &&
      entries[place + 1] === words[at + 1] &&
      entries[place + 2] === words[at + 2] &&
      entries[place + 3] === words[at + 3]
    )
      return place
  }
}

/** Takes in a key as the log has it on a start: the last record with a key is the one that counts. */
export function replay(table: Dedupe, hash: RecordHash, offset: number): void {
  const { newer } = table
  const asked = lay(table, hash)
  const place = probe(table, newer, asked, 0)
  const high = Math.floor(offset / 2 ** 32)
  if (place < 0) takeIn(table, ~place, asked, 0, offset >>> 0, high)
  else writeEntry(newer.entries, place, asked, 0, offset >>> 0, high)
}

function takeIn(table: Dedupe, slot: number, words: Uint32Array, at: number, low: number, high: number): void {
  const { newer, numberBits } = table
  assert(newer.count < table.entryCountMax, 'the generation is full')
  if (newer.count === 0) newer.firstOffset = low + high * 2 ** 32
  writeEntry(newer.entries, newer.count * entryWords, words, at, low, high)
  newer.count++
  table.slots[slot] = ((words[at + 1]! >>> numberBits) << numberBits) | newer.count
}

function writeEntry(
  entries: Uint32Array,
  place: number,
  words: Uint32Array,
  at: number,
  low: number,
  high: number,
): void {
  for (let word = 0; word < hashWords; word++) entries[place + word] = words[at + word]!
  entries[place + offsetWord] = low
  entries[place + offsetWord + 1] = high
}

/** Drops the older generation when the newer is full. Only between commits: it cannot be taken back. */
export function rotateIfFull(table: Dedupe): void {
  if (table.newer.count < table.keyCountMax) return
  const dropped = table.older
  table.older = table.newer
  for (let slot = dropped.side; slot < table.slots.length; slot += 2) table.slots[slot] = 0
  dropped.count = 0
  dropped.firstOffset = Number.POSITIVE_INFINITY
  table.newer = dropped
}

/** How many keys can be taken in before the next rotation; after {@link rotateIfFull} at least one slab's. */
export function roomForKeys(table: Dedupe): number {
  return table.entryCountMax - table.newer.count
}

/** Where the table stands, for {@link rollBack}. */
export function mark(table: Dedupe): number {
  return table.newer.count
}

/** Takes back every key inserted since `mark` was taken. */
export function rollBack(table: Dedupe, marked: number): void {
  const { newer, slots, numberBits } = table
  const slotMask = slots.length - 1
  const numberMask = (1 << numberBits) - 1
  while (newer.count > marked) {
    let slot = ((newer.entries[(newer.count - 1) * entryWords]! << 1) & slotMask) | newer.side
    while ((slots[slot]! & numberMask) !== newer.count) slot = (slot + 2) & slotMask
    slots[slot] = 0
    newer.count--
  }
  if (newer.count === 0) newer.firstOffset = Number.POSITIVE_INFINITY
}

/** Records below this offset are known to no generation; Infinity when no key is known. */
export function oldestOffset(table: Dedupe): number {
  return Math.min(table.older.firstOffset, table.newer.firstOffset)
}

export function keyCount(table: Dedupe): number {
  return table.newer.count + table.older.count
}
