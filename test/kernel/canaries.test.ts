// What the kernel may write is its slab and its scratch, whatever it is given: spoiled records in any arrangement of chunks,
// slabs whose header and chunk table are spoiled as well. All the rest of the memory is compared with a copy of it. A trap
// fails the test by itself. SLUICE_SEED repeats a run, SLUICE_FUZZ_SLABS makes it longer.
import { beforeAll, expect, test } from 'vitest'
import { orderSchema } from '../../src/config/orders.ts'
import { callStatus, chunkTableOffset, header, inputOffset, outputOffset } from '../../src/kernel/abi.ts'
import type { Engine } from '../../src/kernel/engine.ts'
import { openInstance } from '../../src/kernel/instance.ts'
import { appendChunk, hasNextRound, readHeader, resetSlab, sealSlab, slabBatch } from '../../src/kernel/memory.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { slabInputBytes } from '../../src/limits.ts'
import { decodeBatch } from '../fixtures/kafka.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { type Stage, stageFor } from '../fixtures/slab.ts'
import { documentText } from '../fuzz/documents.ts'
import { mutateBytes } from '../fuzz/mutate.ts'

const slabCount = Number(process.env.SLUICE_FUZZ_SLABS ?? 400)
const timeout = 60_000 + slabCount * 50
const order = Buffer.from(
  '{"orderId":"ord-1","userId":7,"currency":"EUR","total":9.5,"items":[{"sku":"S","qty":2,"price":4.75}],"note":"é\\n"}',
)

let stage: Stage
let engine: Engine
let all: Buffer
/** From and up to which bytes the memory belongs to others: before the scratch, behind it, and behind the slab. */
let others: readonly (readonly [number, number])[]

beforeAll(async () => {
  stage = stageFor(orderSchema, { keyPointers: ['/orderId'] })
  const { memory, map, slab } = stage
  all = Buffer.from(memory.buffer as ArrayBuffer)
  others = [
    [0, map.scratchAddress],
    [map.scratchAddress + map.scratchBytes, slab.address],
    [slab.address + slab.bytes.length, map.totalBytes],
  ]
  engine = openInstance({ module: await loadKernel('shared'), ...stage, scratchIndex: 0 })
  all.fill(0x6b, others[1]![0], others[1]![1])
  all.fill(0x6b, others[2]![0], others[2]![1])
})

function someRecord(random: Random): Uint8Array {
  const kind = random.below(4)
  if (kind === 0) return Buffer.from(documentText(random, 1 + random.below(4)))
  return kind === 1 ? order : mutateBytes(random, order)
}

function fillAtRandom(random: Random): void {
  const { slab } = stage
  resetSlab(slab, 0)
  for (let count = random.below(60); count > 0; count--) {
    if (random.below(2) === 0) {
      const key = random.below(3) === 0 ? Buffer.alloc(1 + random.below(2000), 0x6b) : undefined
      appendChunk(slab, 'record', someRecord(random), key)
      continue
    }
    const feed = Buffer.from(random.pick(['\n', '\r\n', '\n\n', ' \n']))
    const parts = Array.from({ length: random.below(40) }, () => [someRecord(random), feed]).flat()
    appendChunk(slab, 'lines', Buffer.concat(parts))
  }
  sealSlab(slab, 1_726_000_000_000)
}

/** Changes some words of the header and the chunk table, to numbers that tempt an unchecked addition. */
function spoilTables(random: Random): void {
  const { slab } = stage
  const chunkWords = (readHeader(slab, 'chunkCount') + 1) * 8
  const tempting = [
    0,
    1,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0xffff_ff80,
    4096,
    4097,
    inputOffset,
    outputOffset,
    slabInputBytes,
  ]
  for (let count = 1 + random.below(3); count > 0; count--) {
    const inHeader = random.below(3) === 0
    const at = inHeader
      ? random.pick([
          header.chunkCount,
          header.resumeChunk,
          header.resumeOffset,
          header.sealedAtMs,
          header.sealedAtMs + 4,
        ])
      : chunkTableOffset + 4 * random.below(chunkWords)
    slab.words[at >> 2] = random.below(2) === 0 ? random.pick(tempting) : random.below(2 ** 32)
  }
}

/** Runs rounds until nothing is left or the slab is refused; returns the last status. */
function runAll(note: string): number {
  const { slab, plans } = stage
  for (let round = 0; round < 5000; round++) {
    const status = engine.runSlab(slab.address, plans[0]!)
    if (status !== callStatus.OK || !hasNextRound(slab)) return status
  }
  throw new Error(`rounds without end: ${note}`)
}

function expectUntouched(copies: readonly Buffer[], note: string): void {
  for (const [index, [from, to]] of others.entries()) {
    expect(all.subarray(from, to).equals(copies[index]!), `part ${index}, ${note}`).toBe(true)
  }
}

test('spoiled records in any arrangement leave every byte that belongs to others alone', { timeout }, () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const copies = others.map(([from, to]) => Buffer.from(all.subarray(from, to)))
  let encoded = 0
  for (let index = 0; index < slabCount; index++) {
    const note = `SLUICE_SEED=${seed}, slab ${index}`
    fillAtRandom(random)
    expect(runAll(note), note).toBe(callStatus.OK)
    encoded += readHeader(stage.slab, 'encodedCount')
    if (index % 20 === 19) expectUntouched(copies, note)
  }
  expectUntouched(copies, `SLUICE_SEED=${seed}`)
  expect(encoded).toBeGreaterThan(slabCount)
})

test('a spoiled header or chunk table is run or refused, and touches nothing of others', { timeout }, () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed + 1)
  const copies = others.map(([from, to]) => Buffer.from(all.subarray(from, to)))
  const statuses = new Set<number>()
  for (let index = 0; index < slabCount; index++) {
    fillAtRandom(random)
    spoilTables(random)
    const status = runAll(`SLUICE_SEED=${seed}, slab ${index}`)
    statuses.add(status)
    if (status === callStatus.OK && slabBatch(stage.slab).length > 0) decodeBatch(slabBatch(stage.slab))
    if (index % 20 === 19) expectUntouched(copies, `SLUICE_SEED=${seed}, slab ${index}`)
  }
  expect(statuses).toEqual(new Set([callStatus.OK, callStatus.BAD_SLAB]))
})
