import { expect, test } from 'vitest'
import { slabRecordCountMax } from '../../src/limits.ts'
import {
  type Dedupe,
  keyCount,
  lookUp,
  makeDedupe,
  mark,
  oldestOffset,
  type RecordHash,
  replay,
  rollBack,
  roomForKeys,
  rotateIfFull,
} from '../../src/log/dedupe.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'

const seed = seedFromEnv()

function hashOf(key: number, value = 0): RecordHash {
  const mix = (part: number) => Math.imul(key * 2_654_435_761 + part * 40_503, 0x9e3779b1) >>> 0
  return { key0: mix(1), key1: mix(2), key2: mix(3), key3: key, value0: value, value1: 5 }
}

function found(table: Dedupe, key: number, value = 0): { offset: number; same: boolean } | undefined {
  return lookUp(table, hashOf(key, value)) ? { offset: table.foundOffset, same: table.foundSameValue } : undefined
}

test('a known key is found with its offset, and tells an equal value from another', () => {
  const table = makeDedupe(100)
  replay(table, hashOf(1, 7), 2 ** 40 + 3)
  expect(found(table, 1, 7)).toEqual({ offset: 2 ** 40 + 3, same: true })
  expect(found(table, 1, 8)).toEqual({ offset: 2 ** 40 + 3, same: false })
  expect(found(table, 2, 7)).toBeUndefined()
})

test('keys that meet in slot and tag are told apart by their whole hash', () => {
  const table = makeDedupe(100)
  const same = { key0: 9, key1: 9, value0: 0, value1: 0 }
  for (let last = 0; last < 50; last++) replay(table, { ...same, key2: last % 5, key3: last }, last)
  for (let last = 0; last < 50; last++) {
    expect(lookUp(table, { ...same, key2: last % 5, key3: last })).toBe(true)
    expect(table.foundOffset).toBe(last)
  }
  expect(lookUp(table, { ...same, key2: 0, key3: 50 })).toBe(false)
})

test('keys whose slots pass the end of the table go on at its start, and are taken back from there', () => {
  const table = makeDedupe(100)
  const atEnd = (key: number): RecordHash => ({ ...hashOf(key), key0: 0xffffffff })
  for (let key = 0; key < 20; key++) replay(table, atEnd(key), key)
  for (let key = 0; key < 20; key++) expect(lookUp(table, atEnd(key)) && table.foundOffset).toBe(key)
  rollBack(table, 5)
  for (let key = 0; key < 20; key++) expect(lookUp(table, atEnd(key))).toBe(key < 5)
  for (let key = 5; key < 20; key++) replay(table, atEnd(key), key + 100)
  for (let key = 5; key < 20; key++) expect(lookUp(table, atEnd(key)) && table.foundOffset).toBe(key + 100)
})

test(`against a model: a million lookups, insertions and take-backs over generations (seed ${seed})`, () => {
  const random = randomFrom(seed)
  const keyCountMax = 30_000
  const table = makeDedupe(keyCountMax)
  let [newer, older] = [new Map<number, number>(), new Map<number, number>()]
  let nextOffset = 0
  for (let commit = 0; commit < 2000; commit++) {
    if (newer.size >= keyCountMax) [newer, older] = [new Map(), newer]
    rotateIfFull(table)
    const marked = mark(table)
    const added: number[] = []
    for (let record = random.below(1000); record > 0; record--) {
      const key = random.below(250_000)
      const known = newer.get(key) ?? older.get(key)
      const offset = lookUp(table, hashOf(key)) ? table.foundOffset : undefined
      if (offset !== known) throw new Error(`seed ${seed}: key ${key} is at ${known}, not at ${offset}`)
      if (known !== undefined) continue
      replay(table, hashOf(key), nextOffset)
      newer.set(key, nextOffset++)
      added.push(key)
    }
    if (random.below(5) > 0) continue
    rollBack(table, marked)
    for (const key of added) newer.delete(key)
    nextOffset -= added.length
  }
  expect(keyCount(table)).toBe(newer.size + older.size)
})

test('the newest keys are known, at least as many as asked for and at most twice as many and a slab', () => {
  const keyCountMax = 1000
  const table = makeDedupe(keyCountMax)
  for (let key = 0; key < 50_000; key++) {
    rotateIfFull(table)
    replay(table, hashOf(key), key)
    if (key % 97 > 0) continue
    for (let back = 0; back < keyCountMax && back <= key; back++)
      if (!lookUp(table, hashOf(key - back))) throw new Error(`${key - back} is forgotten at ${key}`)
    expect(keyCount(table)).toBeLessThanOrEqual(2 * (keyCountMax + slabRecordCountMax))
    expect(found(table, oldestOffset(table))).toBeDefined()
    if (oldestOffset(table) > 0) expect(found(table, oldestOffset(table) - 1)).toBeUndefined()
  }
})

test('after a rotation there is room for a whole slab, however full the table was', () => {
  const table = makeDedupe(1000)
  for (let slab = 0; slab < 20; slab++) {
    rotateIfFull(table)
    expect(roomForKeys(table)).toBeGreaterThanOrEqual(slabRecordCountMax)
    for (let key = 0; key < slabRecordCountMax; key++) replay(table, hashOf(slab * slabRecordCountMax + key), key)
  }
})

test('taking back to an empty table forgets the oldest offset too', () => {
  const table = makeDedupe(1000)
  replay(table, hashOf(1), 41)
  expect(oldestOffset(table)).toBe(41)
  rollBack(table, 0)
  expect(oldestOffset(table)).toBe(Number.POSITIVE_INFINITY)
  expect(found(table, 1)).toBeUndefined()
})

test('a key the log has twice counts as its last record', () => {
  const table = makeDedupe(1000)
  replay(table, hashOf(1, 1), 10)
  replay(table, hashOf(2, 1), 11)
  replay(table, hashOf(1, 2), 12)
  expect(found(table, 1, 2)).toEqual({ offset: 12, same: true })
  expect(found(table, 2, 1)).toEqual({ offset: 11, same: true })
  expect(oldestOffset(table)).toBe(10)
})
