// Rounds of a slab through both engines: every record is found, judged once and in order, whatever runs out first, and
// nothing outside of the slab's own parts is ever touched.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  chunkTableOffset,
  descriptorsOffset,
  detailOffset,
  header,
  inputOffset,
  outputOffset,
  slabBytes,
} from '../../src/kernel/abi.ts'
import type { Engine, EngineName } from '../../src/kernel/engine.ts'
import { openInstance } from '../../src/kernel/instance.ts'
import { appendChunk, hasNextRound, inputRoomBytes, readHeader, resetSlab } from '../../src/kernel/memory.ts'
import { decodeValue } from '../../src/kernel/messagepack.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { openReference } from '../../src/kernel/reference.ts'
import {
  keyBytesMax,
  recordBytesMax,
  slabDetailBytes,
  slabInputBytes,
  slabOutputBytes,
  slabRecordCountMax,
} from '../../src/limits.ts'
import type { CompileOptions, JsonSchema } from '../../src/schema/compile.ts'
import { decodeBatch } from '../fixtures/kafka.ts'
import {
  fill,
  type Input,
  type Outcome,
  type Round,
  runRounds,
  type Stage,
  sealedAtMs,
  stageFor,
} from '../fixtures/slab.ts'

const canary = 0x5c
const badSlab = -2
let module: WebAssembly.Module
let stage: Stage
let engine: Engine
let name: EngineName

beforeAll(async () => {
  module = await loadKernel('shared')
})

function open(schema: JsonSchema, options: Partial<CompileOptions> = {}): void {
  stage = stageFor(schema, options)
  const { memory, map, plans, slab } = stage
  const bytes = new Uint8Array(memory.buffer)
  bytes.fill(canary, slab.address - slabBytes, slab.address)
  bytes.fill(canary, slab.address + slabBytes, slab.address + 2 * slabBytes)
  engine =
    name === 'wasm'
      ? openInstance({ module, memory, map, plans, scratchIndex: 0 })
      : openReference({ memory, map, plans })
}

// The slab before and the slab behind belong to others.
afterEach(() => {
  const { memory, slab } = stage
  const intact = (from: number) => new Uint8Array(memory.buffer, from, slabBytes).every((byte) => byte === canary)
  expect([intact(slab.address - slabBytes), intact(slab.address + slabBytes)]).toEqual([true, true])
})

const lines = (text: string): Input => ({ kind: 'lines', bytes: text })
const record = (text: string, key?: string): Input =>
  key === undefined ? { kind: 'record', bytes: text } : { kind: 'record', bytes: text, key }

function run(...inputs: Input[]): Round[] {
  const rounds = runRounds(engine, stage, inputs)
  expect(rounds.map((round) => round.status)).toEqual(rounds.map(() => 0))
  return rounds
}

function outcomesOf(rounds: readonly Round[]): Outcome[] {
  return rounds.flatMap((round) => round.outcomes)
}

/** The values of all batches, in order, each batch read by the strict decoder. */
function valuesOf(rounds: readonly Round[]): unknown[] {
  return rounds.flatMap(({ batch }) =>
    batch.length === 0 ? [] : decodeBatch(batch).records.map((r) => decodeValue(r.value)),
  )
}

const keyed: JsonSchema = {
  type: 'object',
  properties: { id: { type: ['string', 'integer'] }, n: { type: 'integer', maximum: 9 } },
  required: ['id'],
}

describe.each<EngineName>(['wasm', 'js'])('engine %s', (engineName) => {
  beforeEach(() => {
    name = engineName
  })

  test('every line gets an outcome in order, and the valid ones are in the batch under their keys', () => {
    open(keyed, { keyPointers: ['/id'] })
    const [round, ...more] = run(lines('{"id":"a","n":1}\n{"id":"b","n":12}\nnull\n{"id":7}\n{"id":"",\n{"id":""}\n'))
    expect(more).toEqual([])
    expect(round!.outcomes.map(({ status, errorOffset, pointer, key }) => [status, errorOffset, pointer, key])).toEqual(
      [
        ['ENCODED', 0, '', 'a'],
        ['SCHEMA_INVALID', 14, '/n', ''],
        ['SCHEMA_INVALID', 0, '', ''],
        ['ENCODED', 0, '', '7'],
        ['UNEXPECTED_END', 9, '', ''],
        ['KEY_MISSING', 0, '', ''],
      ],
    )
    const { records, ...head } = decodeBatch(round!.batch)
    expect(head).toEqual({ baseOffset: 0n, leaderEpoch: 0, lastOffsetDelta: 1, timestampMs: sealedAtMs })
    expect(records.map((one) => [one.offsetDelta, one.key?.toString(), decodeValue(one.value)])).toEqual([
      [0, 'a', { id: 'a', n: 1 }],
      [1, '7', { id: 7 }],
    ])
  })

  test('CRLF, blank lines and a last line without its end are what people send', () => {
    open(true)
    const rounds = run(lines('\r\n \t\r\n1\r\n\n\n 2 \n\n\r\n3'), lines('\n'), lines(''), lines('4'))
    expect(outcomesOf(rounds).map(({ text }) => text)).toEqual(['1\r', ' 2 ', '3', '4'])
    expect(valuesOf(rounds)).toEqual([1, 2, 3, 4])
    expect(rounds[0]!.chunks.map(({ count }) => count)).toEqual([3, 0, 0, 1])
  })

  test('an empty record chunk is an empty record, an empty lines chunk is none', () => {
    open(true)
    const [round] = run(record(''), record(' \n '), record('{}'))
    expect(round!.outcomes.map(({ status, errorOffset }) => [status, errorOffset])).toEqual([
      ['EMPTY', 0],
      ['EMPTY', 3],
      ['ENCODED', 0],
    ])
  })

  test('a slab of nothing but blank lines leaves no record and no batch', () => {
    open(true)
    const rounds = run(lines('\n'.repeat(slabInputBytes)))
    expect(rounds.map(({ outcomes, batch }) => [outcomes.length, batch.length])).toEqual([[0, 0]])
  })

  test('more lines than descriptors go in several rounds, each record once and in order', () => {
    open(true)
    const count = slabInputBytes / 2
    const digits = Array.from({ length: count }, (_, index) => index % 10)
    const rounds = run(lines(`${digits.join('\n')}\n`))
    expect(rounds.length).toBe(count / slabRecordCountMax)
    expect(rounds.every(({ outcomes }) => outcomes.length === slabRecordCountMax)).toBe(true)
    expect(valuesOf(rounds)).toEqual(digits)
    const starts = outcomesOf(rounds).map((outcome) => outcome.inputOffset)
    expect(starts).toEqual(digits.map((_, index) => inputOffset + 2 * index))
  })

  test('a full descriptor table followed by blank lines needs no further round', () => {
    open(true)
    const rounds = run(lines('1\n'.repeat(slabRecordCountMax) + ' \n'.repeat(1000)))
    expect(rounds.map(({ outcomes }) => outcomes.length)).toEqual([slabRecordCountMax])
  })

  test('records that grow fill the output: the rest goes in the next round, and every batch fits', () => {
    open(true)
    // Four bytes of input, nine of output.
    const halves = Array.from({ length: 7 }, (_, index) => `[${'0.5,'.repeat(18_000)}${index}]`)
    const rounds = run(lines(halves.join('\n')))
    expect(rounds.length).toBe(2)
    expect(rounds.every(({ batch }) => batch.length <= slabOutputBytes)).toBe(true)
    expect(valuesOf(rounds).map((value) => (value as number[]).at(-1))).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  test('the longest record that grows most is taken, one byte more is refused without being read', () => {
    open(true)
    const longest = `[${'0.5,'.repeat((recordBytesMax - 8) / 4)}0.5   ]`
    expect(longest.length).toBe(recordBytesMax)
    const taken = run(record(longest))
    expect(outcomesOf(taken).map(({ status }) => status)).toEqual(['ENCODED'])
    expect((valuesOf(taken)[0] as unknown[]).length).toBe((recordBytesMax - 8) / 4 + 1)
    const refused = run(record(`${longest} `))
    expect(outcomesOf(refused)).toMatchObject([{ status: 'RECORD_TOO_LARGE', errorOffset: recordBytesMax }])
  })

  test("a stream's own limit on records is kept, a blank line beyond it is still no record", () => {
    open(true, { recordBytesMax: 10 })
    const [round] = run(lines(`"12345678"\n"123456789"\n${' '.repeat(5000)}\n`))
    expect(round!.outcomes.map(({ status, errorOffset }) => [status, errorOffset])).toEqual([
      ['ENCODED', 0],
      ['RECORD_TOO_LARGE', 10],
    ])
  })

  test('pointers of refused values fill the detail text: the rest goes in the next round', () => {
    open({ additionalProperties: { type: 'integer' } })
    const names = Array.from({ length: 300 }, (_, index) => `${index}`.padEnd(900, 'x'))
    const rounds = run(lines(names.map((name) => `{"${name}":"no"}`).join('\n')))
    expect(rounds.length).toBe(Math.ceil(300 / Math.floor(slabDetailBytes / 901)))
    expect(outcomesOf(rounds).map(({ pointer }) => pointer)).toEqual(names.map((name) => `/${name}`))
    expect(
      outcomesOf(rounds).every(({ status, errorOffset }) => status === 'SCHEMA_INVALID' && errorOffset === 904),
    ).toBe(true)
    expect(rounds.every(({ batch }) => batch.length === 0)).toBe(true)
  })

  test('each chunk knows its records of the round, and those of another round have none', () => {
    open(true)
    const many = (count: number) => lines('1\n'.repeat(count))
    const rounds = run(many(10_000), record('2'), many(10_000), record('3'), many(14_000))
    expect(rounds.map(({ chunks }) => chunks.map(({ count }) => count))).toEqual([
      [10_000, 1, 6383, 0, 0],
      [0, 0, 3617, 1, 12_766],
      [0, 0, 0, 0, 1234],
    ])
    expect(rounds[1]!.chunks.slice(2).map(({ first }) => first)).toEqual([0, 3617, 3618])
  })

  test('a key given beside the record is its key, up to the longest', () => {
    open({ properties: { id: true } }, { keyPointers: ['/id'] })
    const long = 'k'.repeat(keyBytesMax)
    const [round] = run(
      record('{}', 'beside'),
      record('{"id":"inside"}', 'ключ'),
      record('{}', long),
      record('{}', `${long}k`),
    )
    expect(round!.outcomes.map(({ status, key }) => [status, key])).toEqual([
      ['ENCODED', 'beside'],
      ['ENCODED', 'ключ'],
      ['ENCODED', long],
      ['KEY_MISSING', ''],
    ])
  })

  test('a stream without a key has null keys and zero hashes', () => {
    open(true)
    const [round] = run(lines('{"id":"a"}'))
    expect(decodeBatch(round!.batch).records[0]!.key).toBeUndefined()
    const hash = stage.slab.bytes.subarray(descriptorsOffset + 16, descriptorsOffset + 32)
    expect(hash.every((byte) => byte === 0)).toBe(true)
  })

  test("value: 'json' stores the record's bytes without the white space around them", () => {
    open(true, { value: 'json' })
    const [round] = run(lines(' {"a" : 1.0e2} \r\n[ ]\n'), record('\n\t"é"\n'))
    const values = decodeBatch(round!.batch).records.map(({ value }) => value.toString())
    expect(values).toEqual(['{"a" : 1.0e2}', '[ ]', '"é"'])
  })

  test('a refused record leaves nothing of an earlier round in its descriptor', () => {
    open(true)
    run(lines('{"a":1}\n{"a":2}'))
    const [round] = run(lines('{\n2'))
    expect(round!.outcomes[0]).toMatchObject({ status: 'UNEXPECTED_END', inputBytes: 1, locationIndex: 0, offset: 0 })
    const hashes = stage.slab.bytes.subarray(descriptorsOffset + 16, descriptorsOffset + 48)
    expect(hashes.every((byte) => byte === 0)).toBe(true)
  })

  test('a header or a chunk that points outside of the slab is refused before anything is read there', () => {
    open(true)
    const { slab, plans } = stage
    const word = (at: number, value: number) => () => {
      slab.words[at >> 2] = value
    }
    const half = (at: number, value: number) => () => {
      slab.halves[at >> 1] = value
    }
    const damages = [
      word(header.chunkCount, 4097),
      word(header.chunkCount, 0xffff_ffff),
      word(header.resumeOffset, 4),
      word(header.resumeOffset, 0xffff_ffff),
      word(chunkTableOffset, 0),
      word(chunkTableOffset, inputOffset - 1),
      word(chunkTableOffset, outputOffset + 1),
      word(chunkTableOffset, 0xffff_fff0),
      word(chunkTableOffset + 4, slabInputBytes + 1),
      word(chunkTableOffset + 4, 0xffff_ffff),
      half(chunkTableOffset + 8, 0),
      half(chunkTableOffset + 8, 4),
      half(chunkTableOffset + 10, 1),
      () => slab.doubles.fill(Number.NaN, header.sealedAtMs >> 3, (header.sealedAtMs >> 3) + 1),
      () => slab.doubles.fill(-1, header.sealedAtMs >> 3, (header.sealedAtMs >> 3) + 1),
      () => slab.doubles.fill(1e300, header.sealedAtMs >> 3, (header.sealedAtMs >> 3) + 1),
    ]
    for (const [index, damage] of damages.entries()) {
      fill(slab, [lines('1\n2')])
      damage()
      expect(engine.runSlab(slab.address, plans[0]!), `damage ${index}`).toBe(badSlab)
    }
    fill(slab, [record('1')])
    half(chunkTableOffset + 10, 1)()
    expect(engine.runSlab(slab.address, plans[0]!), 'a key before the input').toBe(badSlab)
  })

  test('a chunk at the very end of the input is read to its last byte and not beyond', () => {
    open(true)
    const text = '"the last one"'
    const { slab } = stage
    slab.bytes.fill(0x31, outputOffset, outputOffset + 128)
    const padding = 'x'.repeat(slabInputBytes - text.length)
    const [round] = run(record(padding.slice(0, 200_000)), record(padding.slice(200_000)), record(text))
    expect(inputRoomBytes(slab)).toBe(0)
    expect(round!.outcomes.at(-1)).toMatchObject({ status: 'ENCODED', text })
    expect(valuesOf([round!])).toEqual(['the last one'])
  })

  test('a slab takes chunks until its input or its table is full, and nothing of what it refuses', () => {
    open(true)
    const { slab } = stage
    resetSlab(slab, 0)
    for (let index = 0; index < 4096; index++) expect(appendChunk(slab, 'record', Buffer.from('1'))).toBe(index)
    expect([appendChunk(slab, 'record', Buffer.from('1')), inputRoomBytes(slab)]).toEqual([-1, 0])

    resetSlab(slab, 0)
    const half = Buffer.alloc(slabInputBytes / 2, 0x31)
    expect(appendChunk(slab, 'record', half)).toBe(0)
    expect(appendChunk(slab, 'record', half, Buffer.from('k'))).toBe(-1)
    expect([readHeader(slab, 'chunkCount'), inputRoomBytes(slab)]).toEqual([1, half.length])
    expect(appendChunk(slab, 'record', half)).toBe(1)
    expect(hasNextRound(slab)).toBe(true)
  })

  test('detail, descriptors and chunk table are written only where the round says', () => {
    open({ type: 'integer' })
    const { slab } = stage
    fill(slab, [lines('1\n"no"\n')])
    slab.bytes.fill(canary, descriptorsOffset, outputOffset)
    slab.bytes.set(Buffer.from('1\n"no"\n'), inputOffset)
    engine.runSlab(slab.address, stage.plans[0]!)
    const untouched = (from: number, to: number) => slab.bytes.subarray(from, to).every((byte) => byte === canary)
    expect(untouched(descriptorsOffset + 2 * 64, detailOffset)).toBe(true)
    expect(untouched(detailOffset + readHeader(slab, 'detailBytes'), inputOffset)).toBe(true)
    expect(untouched(inputOffset + 7, outputOffset)).toBe(true)
  })
})
