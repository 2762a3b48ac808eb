// Batches read back by both engines, sound and damaged: the same number of entries, the same entries, and the same refusals.
import { beforeAll, expect, test } from 'vitest'
import { callStatus } from '../../src/kernel/abi.ts'
import { indexEntry } from '../../src/kernel/engine.ts'
import { slabBatch } from '../../src/kernel/memory.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { compareRecords, openPairs, type Pair } from './compare.ts'

const seed = seedFromEnv()
const about = `SLUICE_SEED=${seed}`
const recordCount = 40
const damageCount = 20_000
let pair: Pair
let sound: Uint8Array

beforeAll(async () => {
  const subject = { name: 'batches', schema: true, options: { keyPointers: ['/k'] }, samples: [] }
  pair = openPairs(await loadKernel('shared'), [subject])[0]!
  const texts = Array.from({ length: recordCount }, (_, i) =>
    Buffer.from(`{"k":"${'k'.repeat(1 + (i % 9))}","v":[${i}]}`),
  )
  compareRecords(pair, texts, new Map(), about)
  sound = slabBatch(pair.slabs[0]).slice()
})

/** Has both engines index a batch that lies in the input part of each slab; returns the status of both. */
function index(batch: Uint8Array, indexBytes: number): number {
  const at = 2_000_000
  const indexAt = 1_300_000
  const [wasm = 0, js = 0] = pair.slabs.map((slab, i) => {
    slab.bytes.fill(0xee, indexAt, indexAt + indexBytes + 64)
    slab.bytes.set(batch, at)
    return pair.engines[i]!.indexBatch(slab.address + at, batch.length, slab.address + indexAt, indexBytes)
  })
  expect(js, about).toBe(wasm)
  const entries = pair.slabs.map(({ bytes }) => bytes.subarray(indexAt, indexAt + Math.max(wasm, 0) * indexEntry.bytes))
  expect(Buffer.compare(entries[0]!, entries[1]!), about).toBe(0)
  for (const { bytes } of pair.slabs) {
    expect(bytes.subarray(indexAt + indexBytes, indexAt + indexBytes + 64).every((byte) => byte === 0xee)).toBe(true)
  }
  return wasm
}

/** With the checksum put right, so that the structure has to be looked at. */
function sealed(batch: Uint8Array): Uint8Array {
  const [slab] = pair.slabs
  slab.bytes.set(batch, 2_000_000)
  const view = new DataView(batch.buffer, batch.byteOffset)
  view.setUint32(17, pair.engines[1].crc32c(slab.address + 2_000_021, batch.length - 21))
  return batch
}

test('a sound batch has its entries, and none when they do not fit', () => {
  expect(index(sound, recordCount * indexEntry.bytes)).toBe(recordCount)
  expect(index(sound, recordCount * indexEntry.bytes - 1)).toBe(callStatus.NO_ROOM)
})

test('both engines give the same checksum and the same key hash for any bytes', () => {
  const random = randomFrom(seed)
  for (let i = 0; i < 500; i++) {
    const bytes = random.below(i === 0 ? 300_000 : 700)
    const start = 1_300_000 + random.below(64)
    const message = Uint8Array.from({ length: bytes }, () => random.below(256))
    const results = pair.slabs.map((slab, engine) => {
      slab.bytes.set(message, start)
      pair.engines[engine]!.hashKey(slab.address + start, bytes, slab.address)
      return [
        pair.engines[engine]!.crc32c(slab.address + start, bytes),
        Buffer.from(slab.bytes.slice(0, 16)).toString('hex'),
      ]
    })
    expect(results[1], about).toEqual(results[0])
  }
})

test('damaged batches are refused alike, whether the checksum tells or not', () => {
  const random = randomFrom(seed + 1)
  const statuses = new Map<number, number>()
  for (let i = 0; i < damageCount; i++) {
    const batch = sound.slice(0, random.below(4) === 0 ? random.below(sound.length + 1) : sound.length)
    for (let count = random.below(3); count >= 0; count--) {
      const at = random.below(batch.length)
      batch[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)])
    }
    if (batch.length >= 61 && random.below(2) === 0) new DataView(batch.buffer).setInt32(8, batch.length - 12)
    const status = index(
      batch.length >= 61 && random.below(5) > 0 ? sealed(batch) : batch,
      random.pick([320, 1280, 4096]),
    )
    statuses.set(Math.min(status, 0), (statuses.get(Math.min(status, 0)) ?? 0) + 1)
  }
  expect(statuses.get(callStatus.OK), about).toBeGreaterThan(100)
  expect(statuses.get(callStatus.BAD_BATCH), about).toBeGreaterThan(100)
  expect(statuses.get(callStatus.NO_ROOM), about).toBeGreaterThan(10)
})
