// Records in MessagePack: the two engines leave the same slab, to the byte, whatever is sent; what is accepted is what the
// same record in JSON becomes. A failure names the seed: SLUICE_SEED=… runs it again. SLUICE_FUZZ_RECORDS sets how many.
import { Packr } from 'msgpackr'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordStatus } from '../../src/kernel/abi.ts'
import { appendChunk, readHeader, resetSlab, sealSlab, slabBatch } from '../../src/kernel/memory.ts'
import { decodeValue, encodeValue } from '../../src/kernel/messagepack.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { decodeBatch } from '../fixtures/kafka.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { sealedAtMs } from '../fixtures/slab.ts'
import { compareRecords, compareRound, openPairs, type Pair, type Tally } from './compare.ts'
import { mutatePacked, vary } from './mutate.ts'
import { drawPacked } from './packed-documents.ts'
import { subjects } from './subjects.ts'

const seed = seedFromEnv()
const about = `SLUICE_SEED=${seed}`
const recordCount = Number(process.env.SLUICE_FUZZ_RECORDS ?? 4_000)
const recordsAtOnce = 500
let executions = 0
const packed = subjects.filter(({ options }) => options?.value !== 'json')
const packr = new Packr({ useRecords: false, variableMapSize: false, useFloat32: 3 })

let pairs: readonly Pair[]
/** Takes whatever is well-formed. */
let any: Pair
beforeAll(async () => {
  const module = await loadKernel('shared')
  pairs = openPairs(module, packed)
  any = openPairs(module, [{ name: 'anything', schema: true, samples: [] }])[0]!
})

afterAll(() => {
  if (process.env.SLUICE_FUZZ_RECORDS !== undefined) console.log(`${executions} records in MessagePack, ${about}`)
})

function statusOf(record: Uint8Array): number {
  const tally: Tally = new Map()
  compareRecords(any, [record], tally, about, 'msgpack')
  return [...tally.keys()][0]!
}

/** The stored form of a record in JSON or MessagePack; both engines must agree on it. */
function storedForm(kind: 'record' | 'msgpack', record: Uint8Array): Buffer {
  for (const slab of any.slabs) {
    resetSlab(slab, 0)
    expect(appendChunk(slab, kind, record)).toBe(0)
    sealSlab(slab, sealedAtMs)
  }
  expect(compareRound(any, about)).toBe(0)
  expect(readHeader(any.slabs[0], 'encodedCount')).toBe(1)
  return decodeBatch(slabBatch(any.slabs[0])).records[0]!.value
}

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('what is refused, and where', () => {
  test.each([
    ['', 'EMPTY', 0],
    ['c1', 'UNEXPECTED_BYTE', 0],
    ['91 c4 01 00', 'UNEXPECTED_BYTE', 1],
    ['92 01 d4 00 00', 'UNEXPECTED_BYTE', 2],
    ['81 01 02', 'UNEXPECTED_BYTE', 1],
    ['81 a1 61', 'UNEXPECTED_END', 3],
    ['92 01', 'UNEXPECTED_END', 2],
    ['dd ff ff ff ff 01', 'UNEXPECTED_END', 6],
    ['df ff ff ff ff', 'UNEXPECTED_END', 5],
    ['db ff ff ff ff 61', 'UNEXPECTED_END', 6],
    ['cd 01', 'UNEXPECTED_END', 2],
    ['a3 61 c3 28', 'BAD_UTF8', 2],
    ['a2 61 c3', 'BAD_UTF8', 2],
    ['a3 ed a0 80', 'BAD_UTF8', 1],
    ['cb 7f f0 00 00 00 00 00 00', 'NUMBER_RANGE', 0],
    ['91 ca 7f c0 00 00', 'NUMBER_RANGE', 1],
    ['01 02', 'TRAILING_BYTES', 1],
    ['82 a1 61 01 a1 61 02', 'DUPLICATE_KEY', 4],
    ['82 a1 61 01 d9 01 61 02', 'DUPLICATE_KEY', 4],
    ['82 a0 82 a1 61 01 a1 61 02 a0 03', 'DUPLICATE_KEY', 6],
    ['91'.repeat(129), 'TOO_DEEP', 128],
  ] as const)('%s is %s at %i', (hex, name, offset) => {
    expect(statusOf(bytes(hex))).toBe(recordStatus[name])
    const descriptorErrorOffset = any.slabs[0].words[(131_200 + 48) >> 2]
    expect(descriptorErrorOffset).toBe(offset)
  })
})

describe('what is stored', () => {
  test.each([
    ['cc 05', '05'],
    ['d3 00 00 00 00 00 00 00 05', '05'],
    ['d3 ff ff ff ff ff ff ff ff', 'ff'],
    ['d0 80', 'd0 80'],
    ['d1 ff 7f', 'd1 ff 7f'],
    ['d3 80 00 00 00 00 00 00 00', 'd3 80 00 00 00 00 00 00 00'],
    ['cf ff ff ff ff ff ff ff ff', 'cf ff ff ff ff ff ff ff ff'],
    ['ca 3f 80 00 00', '01'],
    ['ca 3d cc cc cd', 'cb 3f b9 99 99 a0 00 00 00'],
    ['cb 80 00 00 00 00 00 00 00', 'cb 80 00 00 00 00 00 00 00'],
    ['ca 80 00 00 00', 'cb 80 00 00 00 00 00 00 00'],
    ['cb 43 40 00 00 00 00 00 00', 'cf 00 20 00 00 00 00 00 00'],
    ['cb 43 40 00 00 00 00 00 01', 'cb 43 40 00 00 00 00 00 01'],
    ['cb 00 00 00 00 00 00 00 01', 'cb 00 00 00 00 00 00 00 01'],
    ['db 00 00 00 01 61', 'a1 61'],
    ['dd 00 00 00 01 c0', '91 c0'],
    ['df 00 00 00 01 d9 01 61 c2', '81 a1 61 c2'],
    ['82 a1 61 81 a1 61 01 a1 62 81 a1 61 02', '82 a1 61 81 a1 61 01 a1 62 81 a1 61 02'],
  ])('%s is stored as %s', (sent, stored) => {
    expect(storedForm('msgpack', bytes(sent))).toEqual(bytes(stored))
  })

  test('sixteen and more, in the longest form, have a head as short as may be', () => {
    for (const count of [15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
      const long = Buffer.alloc(5 + count, 1)
      long[0] = 0xdd
      long.writeUInt32BE(count, 1)
      expect(storedForm('msgpack', long)).toEqual(Buffer.from(packr.pack(Array(count).fill(1))))
      long.fill(0x61, 5)
      long[0] = 0xdb
      expect(storedForm('msgpack', long)).toEqual(Buffer.from(packr.pack('a'.repeat(count))))
    }
  })

  test('every sample is stored as its JSON is', () => {
    for (const { samples } of packed) {
      for (const sample of samples) {
        const stored = storedForm('record', Buffer.from(sample))
        expect(storedForm('msgpack', stored)).toEqual(stored)
        const value = decodeValue(stored)
        // A plain object has its integer-like keys first, so that its members may stand in another order; and of numbers
        // beyond 2^53 msgpackr makes an integer of one form or a double as it sees fit.
        if (!/"\d+":|\d{16}|e\+?\d\d/i.test(sample)) expect(storedForm('msgpack', packr.pack(value))).toEqual(stored)
      }
    }
  })
})

/** MessagePack of a sample, varied or not; packed by another library, so that nothing depends on the engines. */
function packedSample(random: Random, samples: readonly string[]): Uint8Array {
  const sample = random.pick(samples)
  return packr.pack(parsed(random.below(2) === 0 ? vary(random, sample) : sample) ?? JSON.parse(sample))
}

/** Undefined for what is no JSON, as `vary` makes now and then. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function drawRecord(random: Random, samples: readonly string[]): Uint8Array {
  const whole = random.below(3) === 0 ? drawPacked(random, 1 + random.below(5)) : packedSample(random, samples)
  if (random.below(5) === 0) return whole.subarray(0, random.below(whole.length))
  return random.below(3) === 0 ? whole : mutatePacked(random, whole)
}

describe.each(packed.map(({ name }, index) => ({ name, index })))('schema: $name', ({ index }) => {
  test('samples and documents of the grammar in MessagePack, whole, cut, spoiled', () => {
    const pair = pairs[index]!
    const random = randomFrom(seed + index)
    const tally: Tally = new Map()
    for (let done = 0; done < recordCount; done += recordsAtOnce) {
      const records = Array.from({ length: recordsAtOnce }, () => drawRecord(random, pair.subject.samples))
      compareRecords(pair, records, tally, about, 'msgpack')
    }
    executions += recordCount
    expect(tally.get(recordStatus.ENCODED), about).toBeGreaterThan(0)
    expect(tally.get(recordStatus.UNEXPECTED_END), about).toBeGreaterThan(0)
    expect(tally.size, about).toBeGreaterThan(4)
  })

  test('every sample cut at every byte', () => {
    const pair = pairs[index]!
    for (const sample of pair.subject.samples) {
      const whole = encodeValue(JSON.parse(sample))
      const cuts = Array.from({ length: whole.length }, (_, cut) => whole.subarray(0, cut))
      const tally: Tally = new Map()
      compareRecords(pair, cuts, tally, about, 'msgpack')
      expect(tally.has(recordStatus.ENCODED), about).toBe(false)
    }
  })
})

test('bytes at random', () => {
  const random = randomFrom(seed)
  const tally: Tally = new Map()
  for (let done = 0; done < recordCount; done += 100) {
    const records = Array.from({ length: 100 }, () =>
      Buffer.from(
        Array.from({ length: 1 + random.below(24) }, () =>
          random.below(10) < 3 ? 0x80 + random.below(0x60) : random.below(0x100),
        ),
      ),
    )
    compareRecords(any, records, tally, about, 'msgpack')
  }
  expect(tally.size, about).toBeGreaterThan(4)
})

test('as many keys as a record can hold, and the same key in as many maps', () => {
  const keys: Buffer[] = []
  for (let i = 0; i < 50_000; i++) keys.push(packr.pack(i.toString(36)), Buffer.of(0xc0))
  const head = Buffer.of(0xdf, 0, 0, 0xc3, 0x50)
  expect(statusOf(Buffer.concat([head, ...keys]))).toBe(recordStatus.ENCODED)
  expect(statusOf(Buffer.concat([head, ...keys.slice(0, -2), packr.pack('0'), Buffer.of(0xc0)]))).toBe(
    recordStatus.DUPLICATE_KEY,
  )
  const maps = Buffer.alloc(3 * 87_000, bytes('81 a0 c0'))
  expect(statusOf(Buffer.concat([Buffer.of(0xdd, 0, 1, 0x53, 0xd8), maps]))).toBe(recordStatus.ENCODED)
  const same = Buffer.alloc(2 * 130_000, bytes('a0 c0'))
  expect(statusOf(Buffer.concat([Buffer.of(0xdf, 0, 1, 0xfb, 0xd0), same]))).toBe(recordStatus.DUPLICATE_KEY)
})
