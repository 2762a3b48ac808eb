// What the kernel may write is its slab and its scratch, whatever it is given: spoiled records in JSON and MessagePack in any
// arrangement of chunks, slabs whose header and chunk table are spoiled as well. Canaries stand around every region, and are
// looked at after every call. A trap fails the test by itself. SLUICE_SEED repeats a run, SLUICE_FUZZ_SLABS makes it longer.
import { beforeEach, expect, test } from 'vitest'
import { orderSchema } from '../../src/config/orders.ts'
import { callStatus } from '../../src/kernel/abi.ts'
import { hasNextRound, readHeader, slabBatch } from '../../src/kernel/memory.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { decodeBatch } from '../fixtures/kafka.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { fillAtRandom, spoilTables } from '../fuzz/arrangements.ts'
import { openPairs, type Pair } from '../fuzz/compare.ts'

const slabCount = Number(process.env.SLUICE_FUZZ_SLABS ?? 400)
const timeout = 60_000 + slabCount * 50
const seed = seedFromEnv()

let pair: Pair

beforeEach(async () => {
  const orders = { name: 'orders', schema: orderSchema, options: { keyPointers: ['/orderId'] }, samples: [] }
  pair = openPairs(await loadKernel('shared'), [orders])[0]!
})

/** Runs rounds until nothing is left or the slab is refused; returns the last status. `seen` is told of each round. */
function runAll(note: string, seen: () => void): number {
  const { engines, slabs, plan, guarded } = pair
  for (let round = 0; round < 5000; round++) {
    const status = engines[0].runSlab(slabs[0].address, plan)
    guarded.expectIntact(note)
    if (status !== callStatus.OK) return status
    seen()
    if (!hasNextRound(slabs[0])) return status
  }
  throw new Error(`rounds without end: ${note}`)
}

test('spoiled records in any arrangement leave every byte that belongs to others alone', { timeout }, () => {
  const random = randomFrom(seed)
  let recordCount = 0
  let encodedCount = 0
  for (let index = 0; index < slabCount; index++) {
    const note = `SLUICE_SEED=${seed}, slab ${index}`
    fillAtRandom(pair.slabs[0], random)
    const count = () => {
      recordCount += readHeader(pair.slabs[0], 'recordCount')
      encodedCount += readHeader(pair.slabs[0], 'encodedCount')
    }
    expect(runAll(note, count), note).toBe(callStatus.OK)
  }
  if (process.env.SLUICE_FUZZ_SLABS !== undefined) console.log(`${recordCount} records in ${slabCount} slabs`)
  expect(encodedCount).toBeGreaterThan(recordCount / 10)
  expect(encodedCount).toBeLessThan(recordCount)
})

test('a spoiled header or chunk table is run or refused, and touches nothing of others', { timeout }, () => {
  const random = randomFrom(seed + 1)
  const [slab] = pair.slabs
  const statuses = new Set<number>()
  for (let index = 0; index < slabCount; index++) {
    fillAtRandom(slab, random)
    spoilTables(slab, random)
    const decode = () => {
      if (slabBatch(slab).length > 0) decodeBatch(slabBatch(slab))
    }
    statuses.add(runAll(`SLUICE_SEED=${seed}, slab ${index}`, decode))
  }
  expect(statuses).toEqual(new Set([callStatus.OK, callStatus.BAD_SLAB]))
})

test('a store beyond a region is noticed', () => {
  const { slabs, guarded, plan } = pair
  const all = new Uint8Array(guarded.memory.buffer)
  fillAtRandom(slabs[0], randomFrom(seed))
  runAll('before', () => expect(readHeader(slabs[0], 'recordCount')).toBeGreaterThanOrEqual(0))
  const strayed = [slabs[0].address - 1, slabs[0].address + slabs[0].bytes.length, plan.programAddress, 1024]
  for (const address of [...strayed, guarded.map.secretAddress, guarded.map.scratchAddress - 1]) {
    all[address]! ^= 1
    expect(() => guarded.expectIntact('after')).toThrow(`address ${address} was written to`)
    all[address]! ^= 1
  }
})
