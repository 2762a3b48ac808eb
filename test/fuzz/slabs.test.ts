// Slabs as nobody should hand them over: chunk tables and positions to resume at drawn at random, over random lines. Both
// engines take or refuse the same slabs, leave the same of those they take, and never touch what is around them.
import { beforeAll, expect, test } from 'vitest'
import {
  callStatus,
  chunk,
  chunkBytes,
  chunkTableOffset,
  header,
  inputOffset,
  outputOffset,
  slabBytes,
} from '../../src/kernel/abi.ts'
import type { Slab } from '../../src/kernel/memory.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { keyBytesMax, slabChunkCountMax, slabInputBytes, slabRecordCountMax } from '../../src/limits.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { compareRound, openPairs, type Pair } from './compare.ts'
import { documentText } from './documents.ts'

const seed = seedFromEnv()
const about = `SLUICE_SEED=${seed}`
const slabCount = 150
let pair: Pair

beforeAll(async () => {
  const subject = {
    name: 'items',
    schema: { items: { type: 'integer' }, additionalProperties: false },
    options: { keyPointers: ['/0'] },
    samples: [],
  }
  pair = openPairs(await loadKernel('shared'), [subject])[0]!
})

/** Mostly small, now and then at an edge or anything. */
function numberNear(random: Random, edges: readonly number[]): number {
  if (random.below(20) > 0) return random.below(200)
  return random.below(8) > 0 ? Math.max(0, random.pick(edges) + random.below(3) - 1) : random.below(2 ** 32)
}

function drawSlab(random: Random, isHostile: boolean): Uint8Array {
  const bytes = new Uint8Array(outputOffset)
  const view = new DataView(bytes.buffer)
  const lines = Array.from({ length: 300 }, () =>
    random.below(4) > 0 ? `[${random.below(99)}]` : documentText(random, 2),
  )
  const input = Buffer.from(lines.join('\n')).subarray(0, slabInputBytes)
  bytes.set(input, inputOffset)
  const chunkCount = isHostile && random.below(9) === 0 ? numberNear(random, [slabChunkCountMax]) : random.below(10)
  view.setUint32(header.chunkCount, chunkCount, true)
  view.setUint32(header.resumeChunk, random.below(4) === 0 ? numberNear(random, [chunkCount]) : 0, true)
  view.setUint32(header.resumeOffset, random.below(4) === 0 ? numberNear(random, [input.length]) : 0, true)
  view.setFloat64(
    header.sealedAtMs,
    isHostile && random.below(9) === 0 ? random.pick([0, -1, Number.NaN, 2 ** 53, 1e300, 1.5]) : 1e12,
    true,
  )
  for (let index = 0; index < Math.min(chunkCount, slabChunkCountMax); index++) {
    const at = chunkTableOffset + index * chunkBytes
    const start = random.below(input.length)
    const edges = [slabInputBytes, keyBytesMax, input.length, 2 ** 32 - 1]
    view.setUint32(at + chunk.inputOffset, inputOffset + (isHostile ? numberNear(random, edges) : start), true)
    view.setUint32(
      at + chunk.inputBytes,
      isHostile ? numberNear(random, edges) : random.below(input.length - start),
      true,
    )
    view.setUint16(at + chunk.kind, isHostile && random.below(9) === 0 ? random.below(4) : 1 + random.below(2), true)
    view.setUint16(
      at + chunk.keyBytes,
      random.below(isHostile ? 2 : 9) === 0 ? numberNear(random, [keyBytesMax]) : 0,
      true,
    )
  }
  return bytes
}

function put(slab: Slab, drawn: Uint8Array): void {
  slab.bytes.set(drawn)
}

test.each([false, true])('chunk tables drawn at random, hostile: %s', (isHostile) => {
  const random = randomFrom(seed + Number(isHostile))
  const statuses = new Map<number, number>()
  for (let i = 0; i < slabCount; i++) {
    const drawn = drawSlab(random, isHostile)
    for (const slab of pair.slabs) put(slab, drawn)
    const status = compareRound(pair, `${about}, slab ${i}`)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  expect(statuses.get(callStatus.OK), about).toBeGreaterThan(10)
  expect(statuses.get(callStatus.BAD_SLAB), about).toBeGreaterThan(10)
})

test('a round ends at the same record, whichever part of the slab is used up first', () => {
  const line = (text: string, count: number) => Buffer.from(`${text}\n`.repeat(count))
  const inputs = [
    line('[1]', slabRecordCountMax + 100),
    line(`{"${'y'.repeat(300)}":1}`, 1000),
    line(`[1${',-0'.repeat(2000)}]`, 80),
    line('null', 20_000),
  ]
  for (const input of inputs) {
    const view = new DataView(new ArrayBuffer(outputOffset))
    const bytes = new Uint8Array(view.buffer)
    bytes.set(input.subarray(0, slabInputBytes), inputOffset)
    view.setUint32(header.chunkCount, 1, true)
    view.setFloat64(header.sealedAtMs, 1, true)
    view.setUint32(chunkTableOffset + chunk.inputOffset, inputOffset, true)
    view.setUint32(chunkTableOffset + chunk.inputBytes, Math.min(input.length, slabInputBytes), true)
    view.setUint16(chunkTableOffset + chunk.kind, 2, true)
    for (const slab of pair.slabs) put(slab, bytes)
    let rounds = 0
    while (pair.slabs[0].words[header.resumeChunk >> 2] === 0) {
      expect(compareRound(pair, about)).toBe(callStatus.OK)
      rounds++
    }
    expect(rounds).toBeGreaterThan(1)
  }
  expect(slabBytes).toBe(pair.slabs[0].bytes.length)
})
