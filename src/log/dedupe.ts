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

// Entry, 8 words: key hash (4), value hash (2), offset low, offset high.
const entryWords = 8

type Generation = {
  /** 0: free; else the entry's number plus one in the low `numberBits` bits, and bits of the key hash above it. */
  readonly slots: Uint32Array
  readonly entries: Uint32Array
  count: number
  /** Offset of the first key taken in. */
  firstOffset: number
}

export type Dedupe = {
  readonly keyCountMax: number
  readonly entryCountMax: number
  readonly numberBits: number
  readonly slotMask: number
  newer: Generation
  older: Generation
  /** What the last successful `lookUp` found. */
  foundOffset: number
  foundSameValue: boolean
  /** Only keeps {@link touch} from being optimised away. */
  touched: number
}

/** Memory is reserved at once and used as keys arrive: about 40 bytes a key and generation. */
export function makeDedupe(keyCountMax: number): Dedupe {
  const entryCountMax = keyCountMax + slabRecordCountMax
  const slotCount = 2 ** Math.ceil(Math.log2(entryCountMax * 2))
  assert(slotCount <= 2 ** 31, 'the slot of a key is found by one word of its hash')
  return {
    keyCountMax,
    entryCountMax,
    numberBits: 32 - Math.clz32(entryCountMax),
    slotMask: slotCount - 1,
    newer: makeGeneration(slotCount, entryCountMax),
    older: makeGeneration(slotCount, entryCountMax),
    foundOffset: 0,
    foundSameValue: false,
    touched: 0,
  }
}

function makeGeneration(slotCount: number, entryCountMax: number): Generation {
  return {
    slots: new Uint32Array(slotCount),
    entries: new Uint32Array(entryCountMax * entryWords),
    count: 0,
    firstOffset: Number.POSITIVE_INFINITY,
  }
}

/**
 * Reads the slots of a key that will be looked up soon. Done for some dozens of keys in a row, their waits for memory
 * overlap; looked up one by one afterwards, they are twice as fast.
 */
export function touch(table: Dedupe, { key0 }: RecordHash): void {
  const slot = key0 & table.slotMask
  table.touched = (table.touched + table.newer.slots[slot]! + table.older.slots[slot]!) | 0
}

/** Whether the key is known; then `foundOffset` and `foundSameValue` tell of the record that brought it. */
export function lookUp(table: Dedupe, hash: RecordHash): boolean {
  return lookUpIn(table, table.newer, hash) || lookUpIn(table, table.older, hash)
}

function lookUpIn(table: Dedupe, generation: Generation, hash: RecordHash): boolean {
  const number = entryNumber(table, generation, hash)
  if (number < 0) return false
  const { entries } = generation
  const at = number * entryWords
  table.foundOffset = entries[at + 6]! + entries[at + 7]! * 2 ** 32
  table.foundSameValue = entries[at + 4] === hash.value0 && entries[at + 5] === hash.value1
  return true
}

function entryNumber(table: Dedupe, generation: Generation, hash: RecordHash): number {
  const { slots, entries } = generation
  const { numberBits, slotMask } = table
  const tag = hash.key1 >>> numberBits
  const numberMask = 2 ** numberBits - 1
  for (let slot = hash.key0 & slotMask; ; slot = (slot + 1) & slotMask) {
    const content = slots[slot]!
    if (content === 0) return -1
    if (content >>> numberBits !== tag) continue
    const number = (content & numberMask) - 1
    const at = number * entryWords
    if (
      entries[at] === hash.key0 &&
      entries[at + 1] === hash.key1 &&
      entries[at + 2] === hash.key2 &&
      entries[at + 3] === hash.key3
    )
      return number
  }
}

/** Takes in a key that `lookUp` does not know. There must be room: see {@link roomForKeys}. */
export function insert(table: Dedupe, hash: RecordHash, offset: number): void {
  const { newer, numberBits, slotMask } = table
  assert(newer.count < table.entryCountMax, 'the generation is full')
  let slot = hash.key0 & slotMask
  while (newer.slots[slot] !== 0) slot = (slot + 1) & slotMask
  newer.slots[slot] = ((hash.key1 >>> numberBits) << numberBits) | (newer.count + 1)
  if (newer.count === 0) newer.firstOffset = offset
  writeEntry(newer, newer.count++, hash, offset)
}

/** Takes in a key as the log has it on a start: the last record with a key is the one that counts. */
export function replay(table: Dedupe, hash: RecordHash, offset: number): void {
  const number = entryNumber(table, table.newer, hash)
  if (number < 0) insert(table, hash, offset)
  else writeEntry(table.newer, number, hash, offset)
}

function writeEntry(generation: Generation, number: number, hash: RecordHash, offset: number): void {
  const { entries } = generation
  const at = number * entryWords
  entries[at] = hash.key0
  entries[at + 1] = hash.key1
  entries[at + 2] = hash.key2
  entries[at + 3] = hash.key3
  entries[at + 4] = hash.value0
  entries[at + 5] = hash.value1
  entries[at + 6] = offset >>> 0
  entries[at + 7] = Math.floor(offset / 2 ** 32)
}

/** Drops the older generation when the newer is full. Only between commits: it cannot be taken back. */
export function rotateIfFull(table: Dedupe): void {
  if (table.newer.count < table.keyCountMax) return
  const dropped = table.older
  table.older = table.newer
  dropped.slots.fill(0)
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
  const { newer, slotMask, numberBits } = table
  const numberMask = 2 ** numberBits - 1
  while (newer.count > marked) {
    let slot = newer.entries[(newer.count - 1) * entryWords]! & slotMask
    while ((newer.slots[slot]! & numberMask) !== newer.count) slot = (slot + 1) & slotMask
    newer.slots[slot] = 0
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
