// Every error of a record, through the kernel's own interface and in both engines: which ones, in which order, where the list
// ends, and that Ajv finds the same ones where both speak of the same thing.
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Checked, createKernel, type Kernel, kernelOver } from '../../src/kernel/kernel.ts'
import { encodeValue } from '../../src/kernel/messagepack.ts'
import { openReference } from '../../src/kernel/reference.ts'
import { recordErrorsListed, recordErrorsMax } from '../../src/limits.ts'
import type { JsonSchema } from '../../src/schema/compile.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'

/** What both engines say of a record; they must say the same. */
async function checkAll(schema: JsonSchema, record: string | Uint8Array, errorsMax?: number): Promise<Checked> {
  const engines = [await createKernel(schema), kernelOver(schema, {}, false, openReference)]
  const options = { errors: 'all', ...(errorsMax === undefined ? {} : { errorsMax }) } as const
  const [wasm, js] = engines.map((each) => each.check(record, options))
  expect(wasm).toEqual(js)
  return wasm!
}

/** Keyword and pointer of each error, as `minimum /a`. */
async function errorsOf(schema: JsonSchema, value: unknown): Promise<string[]> {
  const checked = await checkAll(schema, JSON.stringify(value))
  if (checked.ok) return []
  expect(checked.error).toEqual(checked.errors?.[0])
  return checked.errors!.map(({ keyword, pointer }) => `${keyword} ${pointer}`)
}

describe('all errors of a record', () => {
  const cases: readonly (readonly [string, JsonSchema, unknown, readonly string[]])[] = [
    [
      'each keyword that refuses a value',
      { type: 'string', enum: [1, 2], minimum: 8, maximum: 3, multipleOf: 2 },
      5,
      ['type ', 'enum ', 'multipleOf ', 'maximum ', 'minimum '],
    ],
    [
      'keywords for the type the value has, whatever type is asked for',
      { type: 'object', minItems: 2, uniqueItems: true, items: { type: 'null' }, required: ['a'] },
      [1],
      ['type ', 'minItems ', 'type /0'],
    ],
    [
      'of a string',
      { maxLength: 1, minLength: 5, pattern: '^b', format: 'uuid' },
      'aaa',
      ['maxLength ', 'minLength ', 'pattern ', 'format '],
    ],
    [
      'each name that is missing, in the order of the list',
      { properties: { c: true, a: { type: 'null' } }, required: ['b', 'a', 'c', 'd'] },
      { a: 1 },
      ['required ', 'required ', 'required ', 'type /a'],
    ],
    [
      'each name that another depends on',
      { dependentRequired: { a: ['b', 'c'], x: ['y'], d: ['a'] } },
      { a: 1, c: 1, d: 1 },
      ['dependentRequired '],
    ],
    [
      'counts, names and members of an object',
      {
        maxProperties: 1,
        minProperties: 3,
        propertyNames: { maxLength: 1 },
        patternProperties: { '^b': { type: 'null' } },
        properties: { bb: { minimum: 5 } },
        additionalProperties: false,
      },
      { bb: 3, c: 1 },
      ['maxProperties ', 'minProperties ', 'propertyNames /bb', 'minimum /bb', 'type /bb', 'additionalProperties /c'],
    ],
    [
      'elements, and both bounds of what is contained',
      {
        prefixItems: [{ type: 'null' }],
        items: { maximum: 1 },
        contains: { minimum: 2 },
        minContains: 3,
        maxContains: 1,
      },
      [1, 2, 3],
      ['type /0', 'maximum /1', 'maximum /2', 'minContains ', 'maxContains '],
    ],
    [
      'where references and allOf lead, as often as they lead there',
      { $ref: '#/$defs/n', allOf: [{ $ref: '#/$defs/n' }, { maximum: 0 }], $defs: { n: { minimum: 3 } } },
      1,
      ['minimum ', 'minimum ', 'maximum '],
    ],
    [
      'of branches only that none, or too many, or one that must not fit',
      { anyOf: [{ type: 'null' }, { minimum: 9 }], oneOf: [true, true], not: { type: 'integer' } },
      1,
      ['anyOf ', 'oneOf ', 'not '],
    ],
    [
      'of a condition only what it decides on',
      // biome-ignore lint/suspicious/noThenProperty: it is the keyword's name.
      { if: { minimum: 3, maximum: 1 }, then: { type: 'null' }, else: { type: 'string', minimum: 9 } },
      2,
      ['type ', 'minimum '],
    ],
    [
      'nothing is unevaluated because what evaluates it refuses it',
      { allOf: [{ properties: { a: { type: 'null' } } }], properties: { b: false }, unevaluatedProperties: false },
      { a: 1, b: 2, c: 3 },
      ['properties /b', 'type /a', 'unevaluatedProperties /c'],
    ],
    [
      'a branch that refuses evaluates nothing',
      {
        anyOf: [{ properties: { a: { type: 'null' } } }, { required: ['b'] }],
        unevaluatedProperties: { type: 'string' },
      },
      { a: 1, b: 'x' },
      ['type /a'],
    ],
    [
      'on every level',
      { properties: { a: { $ref: '#' } }, required: ['x'] },
      { a: { a: {}, x: 1 } },
      ['required ', 'required /a/a'],
    ],
  ]
  test.each(cases)('%s', async (_, schema, value, expected) => {
    const errors = await errorsOf(schema, value)
    expect(errors).toEqual(expected)
  })

  test('come with offsets and messages', async () => {
    const schema = { items: { properties: { n: { minimum: 1, multipleOf: 2 } }, required: ['k'] } }
    const checked = await checkAll(schema, ' [ {"n": -1}, {"k":0, "n" : 4}, {"n":-3 } ]')
    expect(checked).toMatchObject({ ok: false, isCut: false })
    expect(!checked.ok && checked.errors!.map(({ byteOffset, message }) => [byteOffset, message])).toEqual([
      [3, 'must have the member "k"'],
      [9, 'must be a multiple of 2, found -1'],
      [9, 'must be at least 1, found -1'],
      [32, 'must have the member "k"'],
      [37, 'must be a multiple of 2, found -3'],
      [37, 'must be at least 1, found -3'],
    ])
  })

  test('of MessagePack are those of the same JSON, at other offsets', async () => {
    const kernel = await createKernel({ items: { type: 'null' }, maxItems: 1 })
    const checked = kernel.checkMessagePack(encodeValue([null, 1, 'x']), { errors: 'all' })
    expect(
      !checked.ok && checked.errors!.map(({ keyword, pointer, byteOffset }) => [keyword, pointer, byteOffset]),
    ).toEqual([
      ['maxItems', '', 0],
      ['type', '/1', 2],
      ['type', '/2', 3],
    ])
  })

  test('malformed text has one, as nothing after it can be known', async () => {
    expect(await checkAll({ type: 'null' }, '[1,')).toMatchObject({
      errors: [{ status: 'UNEXPECTED_END' }],
      isCut: false,
    })
  })

  test('a record that fits has none', async () => {
    expect(await checkAll({ type: 'array' }, '[]')).toMatchObject({ ok: true })
  })
})

describe('the list ends', () => {
  const many = (count: number) => `[${'1,'.repeat(count - 1)}1]`
  const noNumber: JsonSchema = { items: { type: 'null' } }

  test.each([
    [undefined, recordErrorsListed, recordErrorsListed, false],
    [undefined, recordErrorsListed + 1, recordErrorsListed, true],
    [1, 1, 1, false],
    [1, 2, 1, true],
    [recordErrorsMax, recordErrorsMax, recordErrorsMax, false],
    [recordErrorsMax, 50_000, recordErrorsMax, true],
  ])('with errorsMax %s, of %i errors after %i', async (errorsMax, count, listed, isCut) => {
    const checked = await checkAll(noNumber, many(count), errorsMax)
    expect(!checked.ok && [checked.errors!.length, checked.isCut]).toEqual([listed, isCut])
  })

  test('before the text of its pointers would be too long, to the byte', async () => {
    const schema = { additionalProperties: noNumber }
    const engines = [await createKernel(schema), kernelOver(schema, {}, false, openReference)]
    let longest = 0
    for (let length = 150; length < 300; length++) {
      const record = JSON.stringify({ ['é'.repeat(length)]: Array.from({ length: 250 }, () => 1) })
      const [wasm, js] = engines.map((each) => each.check(record, { errors: 'all', errorsMax: recordErrorsMax }))
      expect(wasm).toEqual(js)
      const pointers = wasm!.ok ? [] : wasm!.errors!.map(({ pointer }) => Buffer.byteLength(pointer!))
      longest = Math.max(
        longest,
        pointers.reduce((sum, bytes) => sum + 16 + bytes, 8),
      )
      expect(!wasm!.ok && wasm!.isCut).toBe(pointers.length < 250)
    }
    expect(longest).toBeGreaterThan(65_532 - 16)
    expect(longest).toBeLessThanOrEqual(65_532)
  })

  test('where the steps are used up, and says so', async () => {
    const below = { properties: { a: { $ref: '#' } } }
    const schema = { properties: { n: false }, anyOf: [{ allOf: [below, { required: ['x'] }] }, below] }
    let record = '1'
    for (let depth = 0; depth < 30; depth++) record = `{"a":${record}}`
    expect(await checkAll(schema, record)).toMatchObject({ errors: [{ status: 'TOO_COMPLEX' }] })
    expect(await checkAll(schema, `{"n":1,${record.slice(1)}`)).toMatchObject({
      errors: [{ keyword: 'properties' }],
      isCut: true,
    })
  })

  test.each([0, -1, 1.5, recordErrorsMax + 1])('errorsMax is no %d', async (errorsMax) => {
    await expect(checkAll(true, '1', errorsMax)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('Ajv, asked for all errors, finds the same', () => {
  const seed = seedFromEnv()
  let kernels: readonly Kernel[]
  const schema: JsonSchema = {
    type: 'object',
    minProperties: 2,
    maxProperties: 4,
    required: ['b', 'list', 'a'],
    dependentRequired: { a: ['b', 's'] },
    properties: {
      a: { type: 'integer', minimum: 2, exclusiveMaximum: 5, multipleOf: 2, enum: [2, 4, 'x', null] },
      s: { type: ['string', 'null'], minLength: 2, maxLength: 3, pattern: '^a', const: 'ab' },
      list: {
        type: 'array',
        minItems: 2,
        maxItems: 3,
        uniqueItems: true,
        prefixItems: [{ type: 'string' }],
        items: { $ref: '#/$defs/n' },
      },
      b: { $ref: '#' },
    },
    patternProperties: { '^l': { maxItems: 2 } },
    additionalProperties: { type: 'boolean', allOf: [{ const: true }] },
    $defs: { n: { type: 'number', exclusiveMinimum: 0, maximum: 3, required: ['never'] } },
  }
  const ajv = new Ajv2020({ allErrors: true, strict: false }).compile(schema as AnySchema)
  const scalars = [null, true, false, 0, 1, 2, 3.5, 4, -1, 'x', 'ab', 'abcd', '']

  beforeAll(async () => {
    kernels = [await createKernel(schema), kernelOver(schema, {}, false, openReference)]
  })

  function drawValue(random: Random, depth: number): unknown {
    const kind = random.below(depth > 0 ? 5 : 2)
    if (kind < 2) return random.pick(scalars)
    if (kind === 2) return Array.from({ length: random.below(5) }, () => drawValue(random, depth - 1))
    return Object.fromEntries(
      ['a', 's', 'list', 'b', 'more/~']
        .filter(() => random.below(2) === 0)
        .map((name) => [name, drawValue(random, depth - 1)]),
    )
  }

  test('instance pointer and keyword, as a set', () => {
    const random = randomFrom(seed)
    for (let round = 0; round < 3000; round++) {
      const value = drawValue(random, 4)
      ajv(value)
      const expected = new Set((ajv.errors ?? []).map(({ instancePath, keyword }) => `${keyword} ${instancePath}`))
      for (const kernel of kernels) {
        const checked = kernel.check(JSON.stringify(value), { errors: 'all', errorsMax: recordErrorsMax })
        const found = new Set(checked.ok ? [] : checked.errors!.map(({ keyword, pointer }) => `${keyword} ${pointer}`))
        expect([...found].sort(), `SLUICE_SEED=${seed} ${JSON.stringify(value)}`).toEqual([...expected].sort())
      }
    }
  })
})
