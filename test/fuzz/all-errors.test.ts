// All errors of a record, where they are asked for: both engines leave the same list, to the byte; it begins with the error
// that is told when only one is; a shorter list is the beginning of a longer one and says that it was cut; and a record has
// errors exactly when it is refused. A failure names the seed and the schema. SLUICE_FUZZ_SCHEMAS sets how many are drawn.
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.ts'
import { callStatus, recordStatus } from '../../src/kernel/abi.ts'
import {
  type ErrorList,
  makeRecordFields,
  readRecord,
  recordBytes,
  recordErrors,
  recordPointer,
} from '../../src/kernel/descriptors.ts'
import { appendChunk, type ChunkKind, hasNextRound, readHeader, resetSlab, sealSlab } from '../../src/kernel/memory.ts'
import { encodeValue } from '../../src/kernel/messagepack.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { recordErrorsMax } from '../../src/limits.ts'
import type { CompiledSchema } from '../../src/schema/compile.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { sealedAtMs } from '../fixtures/slab.ts'
import { compareRound, compileSubject, openPairs, type Pair, type Subject } from './compare.ts'
import { isHere, notHere, subjectsOf, suites } from './corpus.ts'
import { vary } from './mutate.ts'
import { drawSchema, drawValue } from './schemas.ts'
import { subjects } from './subjects.ts'

const seed = seedFromEnv()
const about = `SLUICE_SEED=${seed}`
const schemaCount = Number(process.env.SLUICE_FUZZ_SCHEMAS ?? 300)
const schemasAtOnce = 50
const valuesPerSchema = 40
const fields = makeRecordFields()

/** What was told of one record. */
type Told = {
  readonly status: number
  readonly first: { readonly locationIndex: number; readonly errorOffset: number; readonly pointer: string }
  readonly list: ErrorList | undefined
}

/** Has both engines check records, a chunk each, and returns what both told. */
function tell(pair: Pair, records: readonly Uint8Array[], kind: ChunkKind, errorsMax: number): Told[] {
  for (const slab of pair.slabs) {
    resetSlab(slab, pair.plan.streamIndex)
    for (const record of records)
      expect(appendChunk(slab, kind, record, undefined, errorsMax)).toBeGreaterThanOrEqual(0)
    sealSlab(slab, sealedAtMs)
  }
  const told: Told[] = []
  do {
    expect(compareRound(pair, about)).toBe(callStatus.OK)
    told.push(...readRound(pair, errorsMax))
  } while (hasNextRound(pair.slabs[0]))
  return told
}

function readRound({ slabs: [slab] }: Pair, errorsMax: number): Told[] {
  return Array.from({ length: readHeader(slab, 'recordCount') }, (_, index) => {
    readRecord(slab, index, fields)
    const { status, locationIndex, errorOffset } = fields
    const isListed = errorsMax > 0 && status === recordStatus.SCHEMA_INVALID
    const list = isListed ? recordErrors(slab, index) : undefined
    const first = { locationIndex, errorOffset, pointer: recordPointer(slab, index) }
    for (const each of list?.errors ?? []) {
      if (each.errorOffset >= recordBytes(slab, index).length) throw new Error('an error behind the record')
    }
    return { status, first, list }
  })
}

/** Checks that lists of any length agree; returns the longest ones. */
function checkLists(pair: Pair, records: readonly Uint8Array[], kind: ChunkKind, random: Random): Told[] {
  const all = tell(pair, records, kind, recordErrorsMax)
  const plain = tell(pair, records, kind, 0)
  const max = 1 + random.below(4)
  const some = tell(pair, records, kind, max)
  for (const [index, { status, list, first }] of all.entries()) {
    const where = `${about}, schema ${pair.subject.name}, ${Buffer.from(records[index]!).toString('latin1')}`
    const isInvalid = status === recordStatus.SCHEMA_INVALID
    if (plain[index]?.status !== status || some[index]?.status !== status) throw new Error(`${where}: another status`)
    if (isInvalid !== (list !== undefined && list.errors.length > 0)) throw new Error(`${where}: no errors`)
    if (!isInvalid) continue
    const short = some[index]!.list!
    if (!isDeepStrictEqual(plain[index]?.first, first) || !isDeepStrictEqual(list?.errors[0], first))
      throw new Error(`${where}: another first error`)
    if (!isDeepStrictEqual(short.errors, list!.errors.slice(0, max))) throw new Error(`${where}: no beginning`)
    if (short.isCut !== (list!.isCut || list!.errors.length > max)) throw new Error(`${where}: cut, or not`)
  }
  return all
}

function drawTaken(random: Random): { subject: Subject; compiled: CompiledSchema } {
  while (true) {
    const schema = drawSchema(random)
    const subject = { name: JSON.stringify(schema), schema, samples: [] }
    try {
      return { subject, compiled: compileSubject(subject) }
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'SCHEMA_UNSUPPORTED') throw error
    }
  }
}

test('schemas of every keyword', async () => {
  const random = randomFrom(seed)
  const module = await loadKernel('shared')
  let severalCount = 0
  for (let done = 0; done < schemaCount; done += schemasAtOnce) {
    const drawn = Array.from({ length: schemasAtOnce }, () => drawTaken(random))
    const [listed, compiled] = [drawn.map(({ subject }) => subject), drawn.map((each) => each.compiled)]
    for (const pair of openPairs(module, listed, compiled)) {
      const values = Array.from({ length: valuesPerSchema }, () => drawValue(random, 3))
      const texts = values.map((value) => Buffer.from(JSON.stringify(value)))
      const told = checkLists(pair, texts, 'record', random)
      const packed = tell(pair, values.map(encodeValue), 'msgpack', recordErrorsMax)
      const withoutPlace = ({ list }: Told) => list?.errors.map(({ errorOffset: _, ...error }) => error)
      expect(packed.map(withoutPlace), `${about} ${pair.subject.name}`).toEqual(told.map(withoutPlace))
      severalCount += told.filter(({ list }) => (list?.errors.length ?? 0) > 1).length
    }
  }
  // Lists of one would compare nothing new.
  expect(severalCount / (schemaCount * valuesPerSchema), about).toBeGreaterThan(0.05)
}, 120_000)

if (!isHere) console.warn(notHere)

test.skipIf(!isHere).each(suites)('$name: no error exactly where the suite says valid', async (kind) => {
  const random = randomFrom(seed)
  const { taken } = subjectsOf(kind.files(), kind.assertFormat)
  const compiled = taken.map((subject) => subject.compiled)
  const pairs = openPairs(await loadKernel('shared'), taken, compiled)
  for (const [index, { name, tests }] of taken.entries()) {
    const texts = tests.map(({ data }) => Buffer.from(JSON.stringify(data)))
    const told = checkLists(pairs[index]!, texts, 'record', random)
    const valid = told.map(({ status, list }) => status === recordStatus.ENCODED && list === undefined)
    expect(valid, name).toEqual(tests.map((each) => each.valid))
  }
})

/** One to four values exchanged; what is no JSON any more is left so. */
function varyOften(random: Random, sample: string): Uint8Array {
  let text = vary(random, sample)
  for (let left = random.below(4); left > 0 && isJson(text); left--) text = vary(random, text)
  return Buffer.from(text)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

test.each(subjects.map((_, index) => index))('samples of stream %i with values exchanged', async (index) => {
  const random = randomFrom(seed + index)
  const pair = openPairs(await loadKernel('shared'), subjects)[index]!
  for (let round = 0; round < 20; round++) {
    const records = Array.from({ length: 100 }, () => varyOften(random, random.pick(pair.subject.samples)))
    checkLists(pair, records, 'record', random)
  }
})
