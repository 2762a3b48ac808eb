import { expect, test } from 'vitest'
import { slabBatch } from '../../src/kernel/memory.ts'
import {
  batchHeaderBytes,
  commitDistance,
  makeBatchHeader,
  makeRecordPlace,
  nextCommit,
  placeBatch,
  readBatchHeader,
  readRecord,
  shrinkBatch,
  writeChecksum,
} from '../../src/log/format.ts'
import { decodeBatch } from '../fixtures/kafka.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { fillSlab, makeStage, sealedAtMs } from './stage.ts'

const seed = seedFromEnv()
const { slabs } = makeStage()
const slab = slabs[0]!

function batchOf(values: readonly string[]): Uint8Array {
  fillSlab(
    slab,
    values.map((value, index) => ({ key: `k${index}`, value })),
  )
  return slabBatch(slab).slice()
}

test('what is patched into a header is what Kafka reads, and what we read', () => {
  const batch = batchOf(['one', 'two'])
  placeBatch(batch, 2 ** 40 + 5, 2 ** 30 - 1, true)
  const decoded = decodeBatch(batch)
  expect(decoded.baseOffset).toBe(BigInt(2 ** 40 + 5))
  expect(decoded.leaderEpoch).toBe(2 ** 31 - 1)
  const header = makeBatchHeader()
  expect(readBatchHeader(batch, 0, batch.length, header)).toBe(true)
  expect(header).toMatchObject({
    baseOffset: 2 ** 40 + 5,
    endOffset: 2 ** 40 + 7,
    bytes: batch.length,
    commit: 2 ** 30 - 1,
    endsCommit: true,
    timestampMs: sealedAtMs,
    recordCount: 2,
  })
})

test('records are found where an independent decoder finds them', () => {
  const batch = batchOf(['', 'two', 'x'.repeat(70_000), 'ü'])
  const place = makeRecordPlace()
  let at = batchHeaderBytes
  for (const { offsetDelta, key, value, end } of decodeBatch(batch).records) {
    at = readRecord(batch, at, batch.length, place)
    expect(at).toBe(end)
    expect(place.offsetDelta).toBe(offsetDelta)
    expect(Buffer.from(batch.subarray(place.keyStart, place.keyStart + place.keyBytes))).toEqual(key)
    expect(Buffer.from(batch.subarray(place.valueStart, place.valueStart + place.valueBytes))).toEqual(value)
  }
  expect(at).toBe(batch.length)
})

test('a record without a key has −1 key bytes', () => {
  fillSlab(slab, [{ key: null, value: 'v' }])
  const place = makeRecordPlace()
  readRecord(slabBatch(slab), batchHeaderBytes, slabBatch(slab).length, place)
  expect(place).toMatchObject({ keyBytes: -1, valueBytes: 1 })
})

test('a header that no batch of this log can have is refused before its lengths are used', () => {
  const sound = batchOf(['one', 'two'])
  const header = makeBatchHeader()
  const isRead = (change: (view: DataView) => void) => {
    const batch = sound.slice()
    change(new DataView(batch.buffer))
    return readBatchHeader(batch, 0, batch.length, header)
  }
  expect(isRead(() => undefined)).toBe(true)
  expect(isRead((view) => view.setInt8(16, 1))).toBe(false)
  expect(isRead((view) => view.setInt32(8, -1))).toBe(false)
  expect(isRead((view) => view.setInt32(8, 0x7fff_ffff))).toBe(false)
  expect(isRead((view) => view.setInt32(8, 48))).toBe(false)
  expect(isRead((view) => view.setInt32(12, -1))).toBe(false)
  expect(isRead((view) => view.setInt32(23, -1))).toBe(false)
  expect(isRead((view) => view.setInt32(57, 0))).toBe(false)
  expect(isRead((view) => view.setInt32(57, 3))).toBe(false)
  expect(isRead((view) => view.setInt32(0, -1))).toBe(false)
  expect(isRead((view) => view.setInt32(0, 0x7f_ffff))).toBe(false)
  expect(readBatchHeader(sound, 0, batchHeaderBytes - 1, header)).toBe(false)
})

test(`damaged records end in −1 or inside the batch, never beyond it (seed ${seed})`, () => {
  const random = randomFrom(seed)
  const sound = batchOf(['one', 'two', 'three'])
  const place = makeRecordPlace()
  for (let round = 0; round < 20_000; round++) {
    const batch = sound.slice()
    for (let changes = 1 + random.below(3); changes > 0; changes--)
      batch[batchHeaderBytes + random.below(batch.length - batchHeaderBytes)] = random.below(256)
    let at = batchHeaderBytes
    for (let records = 0; at >= 0 && at < batch.length && records < 20; records++) {
      const next = readRecord(batch, at, batch.length, place)
      if (next < 0) break
      expect(next, `seed ${seed}`).toBeGreaterThan(at)
      expect(next).toBeLessThanOrEqual(batch.length)
      expect(place.keyStart + Math.max(0, place.keyBytes)).toBeLessThanOrEqual(next)
      expect(place.valueStart + place.valueBytes).toBeLessThanOrEqual(next)
      at = next
    }
  }
})

test('a batch that lost a record is sound once its length, count and checksum are set anew', async () => {
  const { crc32c } = await import('@aws-crypto/crc32c')
  const batch = batchOf(['one', 'two', 'three'])
  const second = decodeBatch(batch).records[1]!
  const kept = Buffer.concat([batch.subarray(0, second.start), batch.subarray(second.end)])
  shrinkBatch(kept, kept.length, 2)
  writeChecksum(kept, crc32c(kept.subarray(21)))
  const decoded = decodeBatch(kept)
  expect(decoded.records.map(({ value }) => value.toString())).toEqual(['one', 'three'])
  expect(decoded.lastOffsetDelta).toBe(2)
})

test('commit numbers go round', () => {
  expect(nextCommit(2 ** 30 - 1)).toBe(0)
  expect(commitDistance(2 ** 30 - 1, 3)).toBe(4)
  expect(commitDistance(7, 7)).toBe(0)
})
