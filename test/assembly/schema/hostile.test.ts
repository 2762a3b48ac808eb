// Hostile programs: what the verifier lets through cannot make the kernel trap, run on, or write outside its scratch,
// whoever wrote it. SLUICE_FUZZ_PROGRAMS sets how many spoilt programs are tried.
import { beforeAll, describe, expect, test } from 'vitest'
import { orderSchema } from '../../../src/config/orders.ts'
import { encodeValue } from '../../../src/kernel/messagepack.ts'
import type { JsonSchema } from '../../../src/schema/compile.ts'
import { header, op } from '../../../src/schema/layout.ts'
import { randomFrom, seedFromEnv } from '../../fixtures/random.ts'
import { hostileSchemas, hostileValues, sealProgram, spoilProgram } from '../../fuzz/programs.ts'
import { openValidator, status, type Validator } from './validator.ts'

const seed = seedFromEnv()
const programCount = Number(process.env.SLUICE_FUZZ_PROGRAMS ?? 40_000)
let validator: Validator

beforeAll(async () => {
  validator = await openValidator()
})

const canary = 0x5a

/** Parts of memory that no run may write to: the value's and json's scratch, and what is behind all scratch. */
function guarded({ bytes, scratch, exports }: Validator): Uint8Array[] {
  return [bytes.subarray(scratch, scratch + 0x400000), bytes.subarray(scratch + exports.scratchBytes())]
}

function hasKeyPaths(program: Uint8Array): boolean {
  return new DataView(program.buffer).getUint32(header.KEY_PATH_COUNT, true) !== 0
}

describe('a spoilt program', () => {
  test('is refused, or harmless', () => {
    const random = randomFrom(seed)
    const programs = hostileSchemas.map((schema) => validator.load(schema, { keyPointers: ['/a', '/b/0'] }).program)
    const { exports, bytes, program, scratch, valueArea } = validator
    const at = valueArea + 64
    for (const part of guarded(validator)) part.fill(canary)
    let takenCount = 0
    for (let index = 0; index < programCount; index++) {
      const spoilt = spoilProgram(random, random.pick(programs))
      if (validator.loadBytes(spoilt) !== status.OK) continue
      takenCount++
      const value = random.pick(hostileValues)
      const about = `SLUICE_SEED=${seed} program ${index}`
      const before = Buffer.from(spoilt)
      try {
        validator.validateBytes(value)
        exports.explain(at, at + value.length, program, scratch, random.below(3) * 500)
        // As the kernel does: a program without key paths is not asked for a key.
        if (hasKeyPaths(spoilt)) exports.extractKey(at, at + value.length, program, scratch)
      } catch (error) {
        throw new Error(about, { cause: error })
      }
      expect(before.equals(bytes.subarray(program, program + before.length)), about).toBe(true)
      expect(Buffer.from(value).equals(bytes.subarray(at, at + value.length)), about).toBe(true)
    }
    for (const part of guarded(validator))
      expect(
        part.every((byte) => byte === canary),
        `SLUICE_SEED=${seed}`,
      ).toBe(true)
    // A verifier that refuses everything would prove nothing.
    expect(takenCount / programCount).toBeGreaterThan(0.1)
  })

  test('is refused with any byte changed, unless its checksum is made to fit', () => {
    const { program } = validator.load(orderSchema)
    for (let at = 16; at < program.length; at += 7) {
      const spoilt = program.slice()
      spoilt[at] = (spoilt[at] as number) ^ 1
      expect([at, validator.loadBytes(spoilt)]).toEqual([at, status.BAD_PROGRAM])
    }
  })

  test('is refused cut at any length', () => {
    const { program } = validator.load({ properties: { a: { pattern: 'a' } } })
    for (let bytes = 0; bytes < program.length; bytes += 8) {
      expect(validator.loadBytes(program.slice(0, bytes))).toBe(status.BAD_PROGRAM)
    }
  })
})

type Patch = (program: DataView, item: number) => void

/** Offsets of the items with this op. */
function itemsOf(program: DataView, code: number): number[] {
  const items: number[] = []
  for (let item: number = header.BYTES; item < program.getUint32(header.ITEMS_END, true); ) {
    const word = program.getUint32(item, true)
    if ((word & 0xff) === code) items.push(item)
    item += (word >>> 8) * 8
  }
  return items
}

/** The verifier's answer to a schema's program with its first item of the op patched. */
function patched(schema: JsonSchema, code: number, patch: Patch): number {
  const program = validator.load(schema).program.slice()
  const view = new DataView(program.buffer)
  patch(view, itemsOf(view, code)[0] as number)
  return validator.loadBytes(sealProgram(program))
}

describe('what a run relies on is verified', () => {
  const put =
    (field: number, value: number): Patch =>
    (program, item) =>
      program.setUint32(item + field, value, true)
  const branches = { anyOf: [{ not: { not: {} } }, { not: { not: { type: 'null' } } }] }
  const object = { properties: { a: { not: {} } }, required: ['b'] }
  const collecting = { allOf: [{ required: ['a'] }], unevaluatedProperties: false }
  const automaton = { pattern: '^a+b$' }
  const members = { patternProperties: { '^a': true }, propertyNames: { maxLength: 3 } }
  const constant = { const: { a: 1 } }
  const cases: readonly (readonly [string, JsonSchema, number, Patch])[] = [
    [
      'that a block has one owner',
      branches,
      op.ANY,
      (program, item) => {
        program.setUint32(item + 28, program.getUint32(item + 20, true), true)
      },
    ],
    ['that a block stands behind its owner', { not: { not: { required: ['a'] } } }, op.NOT, put(12, header.BYTES)],
    [
      'that a called block has no owner',
      { items: { $ref: '#' }, not: { not: {} } },
      op.CALL,
      (program, item) => {
        const owned = itemsOf(program, op.BLOCK).find((block) => program.getUint32(block + 4, true) !== 0)
        program.setUint32(item + 4, owned as number, true)
      },
    ],
    [
      'that a hash has room',
      object,
      op.OBJECT,
      (program, item) => {
        const hash = item + program.getUint32(item + 44, true)
        for (let slot = 0; slot <= program.getUint32(item + 60, true); slot++)
          program.setUint16(hash + slot * 2, 1, true)
      },
    ],
    [
      'that a hash names entries',
      object,
      op.OBJECT,
      (program, item) => {
        program.setUint16(item + program.getUint32(item + 44, true), 9, true)
      },
    ],
    ['that a name is as long as it says', object, op.OBJECT, put(96 + 32, 3)],
    ['that a name is a string', object, op.OBJECT, (program, item) => program.setUint8(item + 96, 0x91)],
    ['that a name is compared whole', object, op.OBJECT, put(96 + 16, 0)],
    ['that entries end', object, op.OBJECT, (program, item) => program.setUint8(item + 96 + 2 * 64, 0xa1)],
    ['that entries fit', object, op.OBJECT, put(40, 60)],
    ['that states exist', automaton, op.DFA, (program, item) => program.setUint16(item + 288 + 4, 99, true)],
    ['that classes exist', automaton, op.DFA, (program, item) => program.setUint8(item + 24 + 7, 99)],
    ['that an automaton starts', automaton, op.DFA, put(12, 99)],
    ['that an automaton fits', automaton, op.DFA, put(4, 60_000)],
    [
      'that patterns name automata',
      members,
      op.MEMBERS,
      (program, item) => {
        program.setUint32(item + program.getUint32(item + 76, true), 8, true)
      },
    ],
    ['that constants are whole', constant, op.VALUES, put(4, 2)],
    ['that constants have names', constant, op.VALUES, (program, item) => program.setUint8(item + 17, 0x01)],
    ['that constants end', constant, op.VALUES, (program, item) => program.setUint8(item + 16, 0x82)],
    ['that a divisor is not 0', { multipleOf: 3 }, op.MULTIPLE, put(8, 0)],
    [
      'that words have room',
      { enum: ['a'] },
      op.WORDS,
      (program, item) => {
        for (let slot = 0; slot <= program.getUint32(item + 16, true); slot++) program.setUint8(item + 24 + slot * 8, 1)
      },
    ],
    ['that marks have a bit', { anyOf: [true], unevaluatedItems: false }, op.MARK, put(4, 192)],
    ['that what is collected is released', collecting, op.RELEASE, put(0, op.CHARGE | (1 << 8))],
    ['that what is released was collected', collecting, op.COLLECT, put(0, op.CHARGE | (1 << 8))],
    ['that nothing is collected half-way', collecting, op.UNEVALUATED_PROPERTIES, put(0, op.COLLECT | (1 << 8))],
    ['that a flat object is flat', { properties: { a: { items: {} } } }, op.OBJECT, put(96 + 40, 11)],
  ]
  test.each(cases)('%s', (_name, schema, code, patch) => {
    expect(patched(schema, code, patch)).toBe(status.BAD_PROGRAM)
  })
})

test('calls in a circle end by their charges', () => {
  const b = { $ref: '#/$defs/b' }
  const a = { anyOf: [{ allOf: [b, { not: {} }] }, { allOf: [b, { not: {} }] }], items: { $ref: '#/$defs/a' } }
  const taken = patched({ $ref: '#/$defs/a', $defs: { a, b: { type: 'integer' } } }, op.CALL, (program, first) => {
    // Whatever is called becomes the first block: each call leads to two more, at the same value, without end.
    const block = program.getUint32(first + 4, true)
    for (const call of itemsOf(program, op.CALL)) program.setUint32(call + 4, block, true)
  })
  expect(taken).toBe(status.OK)
  expect(validator.validateBytes(encodeValue(1))).toBe(status.TOO_COMPLEX)
})
