// The JavaScript engine as an engine: what its fast way would lose it does not lose, whatever a record names its members; and
// its first error is the one docs/schema.md defines.
import { expect, test } from 'vitest'
import { decodeValue, encodeValue } from '../../src/kernel/messagepack.ts'
import { isPlainDateTime } from '../../src/kernel/reference/date-time.ts'
import { multipleOfTest } from '../../src/kernel/reference/schema/multiple.ts'
import { openReference } from '../../src/kernel/reference.ts'
import type { CompileOptions, JsonSchema } from '../../src/schema/compile.ts'
import { formatChecks } from '../../src/schema/formats.ts'
import { decodeBatch } from '../fixtures/kafka.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { type Outcome, runRounds, stageFor } from '../fixtures/slab.ts'

type Result = { readonly outcome: Outcome; readonly value: Uint8Array | undefined; readonly location: unknown }

function run(schema: JsonSchema, text: string | Uint8Array, options: Partial<CompileOptions> = {}): Result {
  const stage = stageFor(schema, options)
  const engine = openReference(stage)
  const [round] = runRounds(engine, stage, [{ kind: 'record', bytes: text }])
  const outcome = round!.outcomes[0]!
  const { locations } = stage.plans[0]!.compiled
  const isEncoded = outcome.status === 'ENCODED'
  return {
    outcome,
    value: isEncoded ? decodeBatch(round!.batch).records[0]!.value : undefined,
    location: outcome.status === 'SCHEMA_INVALID' ? locations[outcome.locationIndex] : undefined,
  }
}

test.each([
  ['an integer of 64 bits', '{"n":9007199254740993}', new Map([['n', 9007199254740993n]])],
  [
    'the order of keys that look like indexes',
    '{"b":1,"2":2,"1":3}',
    new Map([
      ['b', 1],
      ['2', 2],
      ['1', 3],
    ]),
  ],
  ['−0', '[-0,-0.0,0]', [-0, -0, 0]],
  ['a member named __proto__', '{"__proto__":{"x":1}}', new Map([['__proto__', { x: 1 }]])],
  ['escaped quotes beside real ones', '{"a\\"":"\\"","b":"\\\\"}', { 'a"': '"', b: '\\' }],
  ['quotes behind characters of several bytes', '{"é\\"":"😀"}', { 'é"': '😀' }],
])('%s is kept', (_, text, value) => {
  expect(Buffer.from(run(true, text).value ?? [])).toEqual(Buffer.from(encodeValue(value)))
})

test.each([
  ['{"a":1,"a":2}', 7],
  ['{"a":"x","a":"x"}', 9],
  ['{"a":1,"\\u0061":2}', 7],
  ['{"a\\"":"\\"","b":{"c":[],"d":1,"c":{}}}', 30],
  ['{"é":1,"é":2}', 8],
])('a repeated key is found where JSON.parse overwrites: %s', (text, errorOffset) => {
  expect(run(true, text).outcome).toMatchObject({ status: 'DUPLICATE_KEY', errorOffset })
})

test('bytes that a decoder would replace are refused', () => {
  expect(run(true, Buffer.from([0x22, 0xff, 0x22])).outcome).toMatchObject({ status: 'BAD_UTF8', errorOffset: 1 })
})

test('a record may name its members after what every object inherits', () => {
  const schema: JsonSchema = {
    properties: { toString: { type: 'string' }, valueOf: { const: { toString: 1 } } },
    required: ['constructor'],
    enum: [
      { constructor: 1, toString: 'x' },
      { constructor: 1, valueOf: { toString: 1 } },
    ],
  }
  expect(run(schema, '{"constructor":1,"toString":"x"}').outcome.status).toBe('ENCODED')
  expect(run(schema, '{"constructor":1,"valueOf":{"toString":1}}').outcome.status).toBe('ENCODED')
  expect(run(schema, '{"toString":"x"}').location).toMatchObject({ keyword: 'enum' })
  expect(run({ required: ['constructor'] }, '{}').location).toMatchObject({
    keyword: 'required',
    expected: 'constructor',
  })
})

test('where Ajv errs, the rules decide', () => {
  expect(run({ contains: true, prefixItems: [{ type: 'string' }] }, '[]').location).toMatchObject({
    keyword: 'contains',
  })
  expect(run({ items: { contains: { additionalProperties: false } } }, '[[1.5],[]]').outcome.pointer).toBe('/1')
  const conditional = { if: { properties: { a: true } }, unevaluatedProperties: false }
  expect(run(conditional, '{"a":1}').outcome.status).toBe('ENCODED')
  const referring = {
    $ref: '#/$defs/a',
    unevaluatedProperties: false,
    $defs: { a: { patternProperties: { b: true } } },
  }
  expect(run(referring, '{"toString":1}').location).toMatchObject({ keyword: 'unevaluatedProperties' })
  const branching = { patternProperties: { b: true }, oneOf: [{}, { additionalProperties: false }] }
  expect(run(branching, '{"b":1}').outcome.status).toBe('ENCODED')
  const inherited = { properties: JSON.parse('{"__proto__":false}') as JsonSchema }
  expect(run(inherited, '{"__proto__":1}').location).toMatchObject({ schemaPointer: '/properties/__proto__' })
})

test('numbers compare exactly, whatever JSON.parse would have rounded them to', () => {
  const schema = { type: 'integer', maximum: 2 ** 53 }
  expect(run(schema, '9007199254740992').outcome.status).toBe('ENCODED')
  expect(run(schema, '9007199254740993').location).toMatchObject({ keyword: 'maximum' })
  expect(run({ const: 1e19 }, '10000000000000000000').outcome.status).toBe('ENCODED')
  expect(run({ const: 1e19 }, '10000000000000000001').location).toMatchObject({ keyword: 'const' })
})

test.each([
  [{ required: ['a', 'b'] }, '{"b":1}', 'required', '/required', ''],
  [{ additionalProperties: false }, '{"x":1}', 'additionalProperties', '/additionalProperties', '/x'],
  [{ properties: { a: false } }, '{"a":1}', 'properties', '/properties/a', '/a'],
  [
    { items: { properties: { 'a/b~': { minimum: 3 } } } },
    '[{},{"a/b~":1}]',
    'minimum',
    '/items/properties/a~1b~0/minimum',
    '/1/a~1b~0',
  ],
  [{ minItems: 2, items: { type: 'null' } }, '[1]', 'minItems', '/minItems', ''],
  [{ properties: { b: { type: 'null' }, a: { type: 'null' } } }, '{"a":1,"b":1}', 'type', '/properties/a/type', '/a'],
  [false, '1', 'false', '', ''],
] as const)('the first error of %j for %s', (schema, text, keyword, schemaPointer, pointer) => {
  const { outcome, location } = run(schema, text)
  expect(location).toMatchObject({ keyword, schemaPointer })
  expect(outcome).toMatchObject({ status: 'SCHEMA_INVALID', pointer })
})

test('the error offset is where the refused value stands', () => {
  const { outcome } = run({ properties: { a: { items: { type: 'null' } } } }, ' {"b": [1], "a" : [null,\t{}] }')
  expect(outcome).toMatchObject({ status: 'SCHEMA_INVALID', errorOffset: 25, pointer: '/a/1' })
})

test.each([
  ['{"id":"x"}', 'x'],
  ['{"id":-5}', '-5'],
  ['{"id":18446744073709551615}', '18446744073709551615'],
  ['{"id":2.0}', '2'],
])('the key of %s is %s', (text, key) => {
  expect(run(true, text, { keyPointers: ['/id'] }).outcome).toMatchObject({ status: 'ENCODED', key })
})

test.each([
  '{}',
  '{"id":""}',
  '{"id":1.5}',
  '{"id":-0}',
  '{"id":1e300}',
  '{"id":null}',
  '{"id":["x"]}',
  '[]',
  '"id"',
  `{"id":"${'é'.repeat(513)}"}`,
])('there is no key in %s', (text) => {
  expect(run(true, text, { keyPointers: ['/id'] }).outcome.status).toBe('KEY_MISSING')
})

test('a stream of texts keeps each as it came, without the space around it', () => {
  const { value } = run(true, ' \t{ "a" : 1.0 }\r\n', { value: 'json' })
  expect(Buffer.from(value ?? []).toString()).toBe('{ "a" : 1.0 }')
})

test('a value whose encoding is longer than its text has room', () => {
  const text = `[${Array(87_000).fill('-0').join()}]`
  const value = decodeValue(run(true, text).value ?? new Uint8Array(0)) as number[]
  expect(value).toHaveLength(87_000)
  expect(value.every((element) => Object.is(element, -0))).toBe(true)
})

test('the quick look at a date-time never takes what the full check refuses, and takes what machines write', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const samples = [
    '2024-02-28T23:59:59Z',
    '0000-01-31T00:00:00.1Z',
    '9999-12-31T12:30:00.123456789Z',
    '2023-04-30T09:09:09.000Z',
  ]
  for (const sample of samples) expect(isPlainDateTime(sample)).toBe(true)
  const characters = '0123456789-:TtZz.+ é'
  let takenCount = 0
  for (let i = 0; i < 200_000; i++) {
    const units = random.pick(samples).split('')
    for (let count = random.below(3); count >= 0; count--)
      units[random.below(units.length)] = random.pick([...characters])
    const text = units.join('').slice(0, random.below(4) === 0 ? random.below(units.length + 1) : undefined)
    if (!isPlainDateTime(text)) continue
    takenCount++
    expect(formatChecks['date-time'](text), `SLUICE_SEED=${seed}: ${text}`).toBe(true)
  }
  expect(takenCount).toBeGreaterThan(10_000)
})

test.each([
  [0.01, [4.35, 1, 0.07, 19.99, -3.21, 0, 1e300], [0.005, 4.355, 1e-300]],
  [0.1, [0.3, 0.7, 1e20], [0.25]],
  [3, [9, 0, -3, 9007199254740993n, 18446744073709551615n], [1, 2.5, 9007199254740994n]],
  [1e-8, [12391239123, 1e-8], [1.5e-9]],
  [0.5, [1e308, 2.5, 9007199254740993n], [0.25]],
  [1e300, [1e300, 0], [1e299, 5n]],
])('multiples of %d', (divisor, multiples, others) => {
  const isMultiple = multipleOfTest(divisor)
  expect(multiples.filter((value) => !isMultiple(value))).toEqual([])
  expect(others.filter((value) => isMultiple(value))).toEqual([])
})
