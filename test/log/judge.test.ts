// Judging slabs. What always holds: a record whose key a model knows gets the first one's offset and the verdict that its
// value deserves, in the same slab or a later one, on both sides of 2^32; records that the kernel refused are passed over
// and cost no offset; what a commit took in is gone after it was taken back; nothing but status and offset is written.
import { expect, test } from 'vitest'
import { descriptor, descriptorBytes, descriptorsOffset, recordStatus } from '../../src/kernel/abi.ts'
import { makeRecordFields, readRecord } from '../../src/kernel/descriptors.ts'
import { layOut, openSlab, readHeader, readLong, type Slab, writeHeader } from '../../src/kernel/memory.ts'
import { keyCount, makeDedupe, mark, rollBack, rotateIfFull } from '../../src/log/dedupe.ts'
import { judgeSlab, refuseSlab } from '../../src/log/judge.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'

const seed = seedFromEnv()
const outputBytes = 10
const batchHeaderBytes = 61
const baseOffsetAt = 64

type Sent = { readonly key: number; readonly value: number; readonly isEncoded: boolean }
type Known = { readonly offset: number; readonly value: number }

function stageSlab(): Slab {
  const { memory, map } = layOut({ slabCount: 1, scratchCount: 1, secret: new Uint8Array(16), compiled: [] })
  return openSlab(memory, map, 0)
}

/** Lays records as the kernel leaves them. Keys come in fours that meet in slot and tag. */
function fill(slab: Slab, records: readonly Sent[]): void {
  const encodedCount = records.filter(({ isEncoded }) => isEncoded).length
  writeHeader(slab, 'recordCount', records.length)
  writeHeader(slab, 'encodedCount', encodedCount)
  writeHeader(slab, 'batchBytes', encodedCount === 0 ? 0 : batchHeaderBytes + encodedCount * outputBytes)
  for (const [index, { key, value, isEncoded }] of records.entries()) {
    const at = (descriptorsOffset + index * descriptorBytes) >> 2
    slab.words.fill(0xa5a5a5a5, at, at + (descriptorBytes >> 2))
    slab.halves[(at << 1) + (descriptor.status >> 1)] = isEncoded ? recordStatus.ENCODED : recordStatus.SCHEMA_INVALID
    slab.words.set([Math.imul(key >> 2, 0x9e3779b1), key >> 2, 7, key, value & 1, value >> 1], at + 4)
    slab.words[at + (descriptor.outputBytes >> 2)] = outputBytes
  }
}

function randomRecords(random: Random): Sent[] {
  return Array.from({ length: 1 + random.below(300) }, () => ({
    key: random.below(4000),
    value: random.below(4),
    isEncoded: random.below(10) > 0,
  }))
}

/** What the records must be judged to be; takes the accepted ones into `newer`. */
function expected(records: readonly Sent[], baseOffset: number, newer: Map<number, Known>, older: Map<number, Known>) {
  let offset = baseOffset
  return records.map(({ key, value, isEncoded }): readonly [number, number | undefined] => {
    if (!isEncoded) return [recordStatus.SCHEMA_INVALID, undefined]
    const own = offset++
    const known = newer.get(key) ?? older.get(key)
    if (known !== undefined)
      return [known.value === value ? recordStatus.DUPLICATE : recordStatus.CONFLICT, known.offset]
    newer.set(key, { offset: own, value })
    return [recordStatus.ACCEPTED, own]
  })
}

/** Compares every descriptor and the counts with what was expected. */
function check(slab: Slab, wanted: ReturnType<typeof expected>, keptBytes: number): void {
  const fields = makeRecordFields()
  for (const [index, [status, offset]] of wanted.entries()) {
    readRecord(slab, index, fields)
    const found = [fields.status, offset === undefined ? undefined : fields.offset]
    if (found[0] !== status || found[1] !== offset)
      throw new Error(`seed ${seed}: record ${index} is ${found}, not ${[status, offset]}`)
  }
  const count = (status: number) => wanted.filter(([one]) => one === status).length
  const accepted = count(recordStatus.ACCEPTED)
  expect(readHeader(slab, 'acceptedCount')).toBe(accepted)
  expect(readHeader(slab, 'duplicateCount')).toBe(count(recordStatus.DUPLICATE))
  expect(readHeader(slab, 'conflictCount')).toBe(count(recordStatus.CONFLICT))
  expect(keptBytes).toBe(accepted === 0 ? 0 : batchHeaderBytes + accepted * outputBytes)
}

test(`slabs against a model: verdicts, offsets past 2^32, take-backs, generations (seed ${seed})`, () => {
  const random = randomFrom(seed)
  const slab = stageSlab()
  const keyCountMax = 1000
  const table = makeDedupe(keyCountMax)
  let [newer, older] = [new Map<number, Known>(), new Map<number, Known>()]
  let baseOffset = 2 ** 32 - 20_000
  for (let commit = 0; commit < 600; commit++) {
    if (newer.size >= keyCountMax) [newer, older] = [new Map(), newer]
    rotateIfFull(table)
    const records = randomRecords(random)
    const before = new Map(newer)
    const marked = mark(table)
    fill(slab, records)
    const { keptBytes } = judgeSlab(table, slab, baseOffset)
    check(slab, expected(records, baseOffset, newer, older), keptBytes)
    expect(readLong(slab, baseOffsetAt)).toBe(baseOffset)
    if (random.below(4) === 0) {
      rollBack(table, marked)
      newer = before
    } else baseOffset += readHeader(slab, 'encodedCount')
    expect(keyCount(table)).toBe(newer.size + older.size)
  }
  expect(baseOffset).toBeGreaterThan(2 ** 32)
})

test('of keys that differ in one of their words only, none is taken for another', () => {
  const slab = stageSlab()
  const table = makeDedupe(100)
  fill(
    slab,
    Array.from({ length: 128 }, () => ({ key: 0, value: 0, isEncoded: true })),
  )
  for (let index = 1; index < 128; index++) {
    const at = ((descriptorsOffset + index * descriptorBytes + descriptor.keyHash) >> 2) + ((index - 1) >> 5)
    slab.words[at] = (slab.words[at]! ^ (1 << ((index - 1) & 31))) >>> 0
  }
  expect(judgeSlab(table, slab, 0).acceptedCount).toBe(128)
  refuseSlab(slab, 0)
  const again = judgeSlab(table, slab, 128)
  expect([again.acceptedCount, again.duplicateCount, again.conflictCount]).toEqual([0, 128, 0])
})

test('judging writes status and offset of a record, and nothing else of its descriptor', () => {
  const slab = stageSlab()
  const records = [1, 1, 2, 3, 3].map((key, index) => ({ key, value: index, isEncoded: index !== 2 }))
  fill(slab, records)
  const end = descriptorsOffset + records.length * descriptorBytes
  const before = slab.bytes.slice(descriptorsOffset, end)
  judgeSlab(makeDedupe(100), slab, 2 ** 40 + 1)
  const changed = [...slab.bytes.slice(descriptorsOffset, end).entries()].filter(([at, byte]) => byte !== before[at])
  const fields = new Set(changed.map(([at]) => Math.floor((at % descriptorBytes) / 4) * 4))
  expect([...fields].sort((left, right) => left - right)).toEqual([
    descriptor.status,
    descriptor.offset,
    descriptor.offset + 4,
  ])
  expect(changed.every(([at]) => Math.floor(at / descriptorBytes) !== 2)).toBe(true)
})
