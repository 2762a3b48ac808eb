// What the kernel's validator answers: the first error, numbers, equality, steps and keys. Each value goes through both
// `validate` and `explain`, which must agree.
import { beforeAll, describe, expect, test } from 'vitest'
import { encodeValue } from '../../../src/kernel/messagepack.ts'
import type { JsonSchema } from '../../../src/schema/compile.ts'
import { type Random, randomFrom, seedFromEnv } from '../../fixtures/random.ts'
import { openValidator, status, type Validator } from './validator.ts'

const seed = seedFromEnv()
let validator: Validator

beforeAll(async () => {
  validator = await openValidator()
})

function firstError(schema: JsonSchema, value: unknown): readonly [string, string, string] | undefined {
  validator.load(schema)
  const error = validator.firstError(value)
  return error && [error.keyword, error.schemaPointer, error.pointer]
}

function fits(schema: JsonSchema, value: unknown): boolean {
  return firstError(schema, value) === undefined
}

describe('the first error is reported', () => {
  const noA = { not: { required: ['a'] } }
  const noB = { not: { required: ['b'] } }
  const number = { $defs: { n: { minimum: 3 } } }
  const cases: readonly (readonly [string, JsonSchema, unknown, readonly [string, string, string]])[] = [
    [
      'where a reference leads',
      { properties: { a: { $ref: '#/$defs/n' } }, ...number },
      { a: 1 },
      ['minimum', '/$defs/n/minimum', '/a'],
    ],
    [
      'for an extra member',
      { additionalProperties: false },
      { x: 1 },
      ['additionalProperties', '/additionalProperties', '/x'],
    ],
    ['for a member that is refused', { properties: { a: false } }, { a: 1 }, ['properties', '/properties/a', '/a']],
    ['for a document that is refused', false, 1, ['false', '', '']],
    ['for branches, as a whole', { anyOf: [{ type: 'string' }, { minimum: 3 }] }, 1, ['anyOf', '/anyOf', '']],
    ['for two branches that fit', { oneOf: [{ minimum: 3 }, { maximum: 9 }] }, 5, ['oneOf', '/oneOf', '']],
    ['for what must not fit', { not: { minimum: 3 } }, 5, ['not', '/not', '']],
    // biome-ignore lint/suspicious/noThenProperty: it is the keyword's name.
    ['in a consequence', { if: { minimum: 3 }, then: { maximum: 5 } }, 7, ['maximum', '/then/maximum', '']],
    ['in the other consequence', { if: { minimum: 3 }, else: { minimum: 1 } }, 0, ['minimum', '/else/minimum', '']],
    ['for a name', { propertyNames: { maxLength: 2 } }, { a: 1, abc: 2 }, ['propertyNames', '/propertyNames', '/abc']],
    ['for elements that do not contain', { contains: { type: 'null' } }, [1], ['contains', '/contains', '']],
    ['for too few that fit', { contains: true, minContains: 2 }, [1], ['minContains', '/minContains', '']],
    ['for too many that fit', { contains: true, maxContains: 1 }, [1, 2], ['maxContains', '/maxContains', '']],
    [
      'for a dependent name',
      { dependentRequired: { a: ['b'] } },
      { a: 1 },
      ['dependentRequired', '/dependentRequired/a', ''],
    ],
    [
      'in a dependent schema',
      { dependentSchemas: { a: { maxProperties: 1 } } },
      { a: 1, b: 2 },
      ['maxProperties', '/dependentSchemas/a/maxProperties', ''],
    ],
    [
      'for a pattern of names',
      { patternProperties: { '^a': { type: 'null' } } },
      { ab: 1 },
      ['type', '/patternProperties/^a/type', '/ab'],
    ],
    [
      'deep inside',
      { items: { properties: { a: { items: { maximum: 3 } } } } },
      [{}, { a: [1, 9] }],
      ['maximum', '/items/properties/a/items/maximum', '/1/a/1'],
    ],
    [
      'with its pointer escaped',
      { additionalProperties: { type: 'null' } },
      { 'a/b~c': 1 },
      ['type', '/additionalProperties/type', '/a~1b~0c'],
    ],
    [
      'for an unevaluated member',
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { a: 1, b: 2 },
      ['unevaluatedProperties', '/unevaluatedProperties', '/b'],
    ],
    [
      'for an unevaluated element',
      { prefixItems: [true], unevaluatedItems: false },
      [1, 2],
      ['unevaluatedItems', '/unevaluatedItems', '/1'],
    ],
    [
      'behind branches of which one fits',
      { anyOf: [noB, noA], not: { required: ['a'] } },
      { a: 1 },
      ['not', '/not', ''],
    ],
    [
      'behind the only branch that fits',
      { oneOf: [noB, noA], not: { required: ['a'] } },
      { a: 1 },
      ['not', '/not', ''],
    ],
    ['behind a condition that fits', { if: noB, else: true, not: { required: ['a'] } }, { a: 1 }, ['not', '/not', '']],
    ['behind names that fit', { propertyNames: { not: { const: 'b' } }, not: noB }, { a: 1 }, ['not', '/not', '']],
    [
      'behind an element that fits',
      { contains: { not: { type: 'null' } }, not: { minItems: 1 } },
      [1],
      ['not', '/not', ''],
    ],
    ['the type before its enum', { type: 'string', enum: ['a'] }, 1, ['type', '/type', '']],
    [
      'required before members',
      { properties: { a: { type: 'null' } }, required: ['b'] },
      { a: 1 },
      ['required', '/required', ''],
    ],
    [
      'members before branches',
      { properties: { a: false }, allOf: [{ maxProperties: 0 }] },
      { a: 1 },
      ['properties', '/properties/a', '/a'],
    ],
    [
      'members in the order of the record',
      { properties: { a: false, b: false } },
      { b: 1, a: 1 },
      ['properties', '/properties/b', '/b'],
    ],
    [
      'a reference before its neighbours',
      { $ref: '#/$defs/n', maximum: 0, ...number },
      1,
      ['minimum', '/$defs/n/minimum', ''],
    ],
    ['lengths from above', { maxLength: 0, minLength: 5 }, 'abc', ['maxLength', '/maxLength', '']],
  ]
  test.each(cases)('%s', (_name, schema, value, expected) => {
    expect(firstError(schema, value)).toEqual(expected)
  })

  test('with the missing name, the first of the schema', () => {
    validator.load({ required: ['b', 'a', 'c'], properties: { a: true } })
    expect(validator.firstError({ b: 1 })).toMatchObject({ keyword: 'required', expected: 'a', pointer: '' })
  })

  test('in a document that was handed over, by its URI', () => {
    const documents = { 'https://example.com/n': { properties: { a: { minimum: 3 } } } }
    validator.load({ items: { $ref: 'https://example.com/n' } }, { documents })
    expect(validator.firstError([{ a: 1 }])).toMatchObject({
      schemaPointer: 'https://example.com/n#/properties/a/minimum',
    })
  })

  test('with the ordinals of the children on the way', () => {
    validator.load({ items: { properties: { b: { maximum: 3 } } } })
    expect(validator.explainBytes(encodeValue([{}, { x: 0, y: 0, b: 9 }])).path).toEqual([1, 2])
  })

  test('with a pointer that ends where a token would pass its limit', () => {
    const name = 'n'.repeat(300)
    validator.load({ $ref: '#/$defs/a', $defs: { a: { type: 'object', additionalProperties: { $ref: '#/$defs/a' } } } })
    const value = { [name]: { [name]: { [name]: { [name]: { [name]: 1 } } } } }
    const { pointer, path } = validator.explainBytes(encodeValue(value))
    expect(pointer).toBe(`/${name}`.repeat(3))
    expect(path).toEqual([0, 0, 0, 0, 0])
  })
})

describe('numbers compare by value', () => {
  const cases: readonly (readonly [string, JsonSchema, unknown, boolean])[] = [
    ['an integer above a bound that doubles cannot tell', { maximum: 2 ** 53 }, 2n ** 53n + 1n, false],
    ['an integer below it', { exclusiveMaximum: 2 ** 53 }, 2n ** 53n - 1n, true],
    ['the largest integer of 64 bits', { maximum: 2 ** 64 }, 2n ** 64n - 1n, true],
    ['the largest integer of 64 bits, exclusively', { exclusiveMaximum: 2 ** 64 }, 2n ** 64n - 1n, true],
    ['an integer from 2^63 on', { maximum: 2 ** 63 }, 2n ** 63n + 1n, false],
    ['the smallest integer', { exclusiveMinimum: -(2 ** 63) }, -(2n ** 63n), false],
    ['a bound beyond all integers', { minimum: 1e300 }, 2n ** 64n - 1n, false],
    ['a bound with a fraction', { minimum: 1.5 }, 1, false],
    ['a fraction against a whole bound', { exclusiveMinimum: 1 }, 1.0000000000000002, true],
    ['-0 against an exclusive 0', { exclusiveMinimum: 0 }, -0, false],
    ['-0 against 0', { minimum: 0 }, -0, true],
    ['an integer that is a double', { type: 'integer' }, 1e300, true],
    ['-0 as an integer', { type: 'integer' }, -0, true],
    ['a fraction as an integer', { type: 'integer' }, 0.5, false],
    ['an enum by value', { enum: [1e17] }, 10n ** 17n, true],
    ['a const by value', { const: [{ a: 1e17 }] }, [{ a: 10n ** 17n }], true],
    ['a const that is close', { const: 1e17 }, 10n ** 17n + 1n, false],
    ['zeros', { const: 0 }, -0, true],
  ]
  test.each(cases)('%s', (_name, schema, value, expected) => {
    expect(fits(schema, value)).toBe(expected)
  })

  test('bounds drawn at random, against exact arithmetic', () => {
    const random = randomFrom(seed)
    for (let index = 0; index < 3000; index++) {
      const bound = drawBound(random)
      const value = drawNumber(random)
      const keyword = random.pick(['maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'])
      // JavaScript compares a bigint with a double by value.
      const expected = { maximum: value <= bound, exclusiveMaximum: value < bound, minimum: value >= bound }[keyword]
      const about = `SLUICE_SEED=${seed} ${keyword} ${bound}: ${value}`
      for (const type of [{}, { type: 'number' }]) {
        expect(fits({ ...type, [keyword]: bound }, value), about).toBe(expected ?? value > bound)
      }
    }
  })

  function drawBound(random: Random): number {
    const whole = random.pick([0, 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 2 ** 64, 1e300])
    return (whole + random.pick([0, 0, 0.5, 1, -1, 2048, -2048])) * random.pick([1, -1])
  }

  function drawNumber(random: Random): number | bigint {
    if (random.below(3) === 0) return drawBound(random)
    const near = BigInt(random.pick([0, 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63])) + BigInt(random.below(5) - 2)
    const signed = random.below(2) === 0 ? near : -near
    return signed < -(2n ** 63n) ? -(2n ** 63n) : signed
  }
})

describe('multipleOf is decimal', () => {
  const cases: readonly (readonly [number, number | bigint, boolean])[] = [
    [0.01, 4.35, true],
    [0.01, 19.99, true],
    [0.01, 4.355, false],
    [0.1, 0.1 + 0.2, false],
    [0.0001, 0.0075, true],
    [0.01, 0.0075, false],
    [0.5, 1e308, true],
    [0.123456789, 1e308, false],
    [1e-8, 12391239123, true],
    [3, 2n ** 64n - 1n, true],
    [2, 2n ** 64n - 1n, false],
    [3, -9007199254740993n, true],
    [2, 1.5, false],
    [2.5, 7.5, true],
    [7, -0, true],
    [1e-300, 1e-300, true],
    [0.3, 1e22, false],
    [0.3, 9e15, true],
  ]
  test.each(cases)('%d of %d', (divisor, value, expected) => {
    expect(fits({ multipleOf: divisor }, value)).toBe(expected)
  })
})

describe('uniqueItems', () => {
  const cases: readonly (readonly [string, unknown[], boolean])[] = [
    ['a few scalars', [1, '1', true, null, 1.5, ''], true],
    ['a number written twice', [1e17, 10n ** 17n], false],
    ['zeros', [0, -0], false],
    ['false and 0', [false, 0, null, '', [], {}], true],
    [
      'members in another order',
      [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ],
      false,
    ],
    [
      'elements in another order',
      [
        [1, 2],
        [2, 1],
      ],
      true,
    ],
    ['names and values exchanged', [{ a: 'b' }, { b: 'a' }], true],
    ['nesting', [[[1], 2], [[1, 2]], [1, [2]]], true],
    ['empty ones', [[], {}, [[]], [{}], '', 0], true],
  ]
  test.each(cases)('%s', (_name, value, expected) => {
    expect(fits({ uniqueItems: true }, value)).toBe(expected)
    // The same among many others, where elements are hashed.
    const others = Array.from({ length: 300 }, (_, index) => 1000 + index)
    expect(fits({ uniqueItems: true }, [...others, ...value])).toBe(expected)
  })

  test('tens of thousands of elements differ, until one is repeated', () => {
    const many = Array.from({ length: 60_000 }, (_, index) => index)
    expect(fits({ uniqueItems: true }, many)).toBe(true)
    expect(fits({ uniqueItems: true }, [...many.slice(1), 5])).toBe(false)
  })
})

describe('strings and names', () => {
  test('lengths count code points', () => {
    expect(fits({ minLength: 2, maxLength: 2 }, '\u{1f600}é')).toBe(true)
    expect(fits({ maxLength: 1 }, '\u{1f600}é')).toBe(false)
    expect(fits({ type: 'string', minLength: 100, maxLength: 100 }, '\u{1f600}'.repeat(100))).toBe(true)
    expect(fits({ type: 'string', minLength: 101 }, '\u{1f600}'.repeat(100))).toBe(false)
  })

  test('names of every length are told apart', () => {
    const names = Array.from({ length: 300 }, (_, length) => 'n'.repeat(length))
    const properties = Object.fromEntries(names.map((name, index) => [name, { const: index }]))
    const schema = { properties, required: names, additionalProperties: false }
    const value = Object.fromEntries(names.map((name, index) => [name, index]))
    expect(fits(schema, value)).toBe(true)
    expect(fits(schema, Object.fromEntries(Object.entries(value).reverse()))).toBe(true)
    expect(firstError(schema, { ...value, [`${names[200]}m`]: 1 })?.[0]).toBe('additionalProperties')
    expect(firstError(schema, { ...value, [names[40] as string]: 41 })?.[0]).toBe('const')
  })

  test('a name that begins as another does is another', () => {
    const schema = { properties: { abcdefghijklmnopqrstuvwxyz: { type: 'null' } }, additionalProperties: false }
    expect(fits(schema, { abcdefghijklmnopqrstuvwxyz: null })).toBe(true)
    expect(fits(schema, { abcdefghijklmnopqrstuvwxyZ: null })).toBe(false)
    expect(fits(schema, { abcdefghijklmnopqrstuvwxy: null })).toBe(false)
  })
})

describe('steps', () => {
  // Each level is looked at by two branches, and the first of them refuses only after it has gone down.
  const down = { properties: { a: { $ref: '#' } } }
  const doubling = { anyOf: [{ allOf: [down, { required: ['b'] }] }, down] }
  const nested = (depth: number): unknown => (depth === 0 ? {} : { a: nested(depth - 1) })

  test('a record that would take exponential time is too complex', () => {
    validator.load(doubling)
    expect(validator.validateBytes(encodeValue(nested(8)))).toBe(status.OK)
    expect(validator.validateBytes(encodeValue(nested(100)))).toBe(status.TOO_COMPLEX)
    expect(validator.explainBytes(encodeValue(nested(100))).status).toBe(status.TOO_COMPLEX)
  })

  test('a deep tree in a schema of one reference a level is not', () => {
    validator.load({ properties: { a: { $ref: '#' }, b: { items: { $ref: '#' } } }, additionalProperties: false })
    expect(validator.fits(nested(127))).toBe(true)
    expect(validator.fits({ b: Array.from({ length: 20_000 }, () => ({ a: {} })) })).toBe(true)
  })
})

describe('a key', () => {
  const cases: readonly (readonly [string, readonly string[], unknown, string | undefined])[] = [
    ['is the string at its pointer', ['/id'], { a: [1, { id: 2 }], id: 'käy' }, 'käy'],
    ['is the whole record', [''], 'abc', 'abc'],
    ['may be deep, and in an array', ['/a/1/b'], { a: [0, { b: 'x' }] }, 'x'],
    ['may be named by digits', ['/a/1'], { a: { 1: 'x' } }, 'x'],
    ['may have an escaped name', ['/a~1b~0'], { 'a/b~': 'x' }, 'x'],
    ['may have a long name', [`/${'n'.repeat(60)}`], { ['n'.repeat(59)]: 1, ['n'.repeat(60)]: 'x' }, 'x'],
    ['is the digits of an integer', ['/id'], { id: -12 }, '-12'],
    ['is the digits of the largest integer', ['/id'], { id: 2n ** 64n - 1n }, '18446744073709551615'],
    ['is the digits of the smallest', ['/id'], { id: -(2n ** 63n) }, '-9223372036854775808'],
    ['is the digits of zero', ['/id'], { id: 0 }, '0'],
    ['of several parts is joined', ['/a', '/b/0'], { b: [7], a: 'x' }, 'x\u001f7'],
    ['that is not there is missing', ['/id'], { di: 'x' }, undefined],
    ['that is empty is missing', ['/id'], { id: '' }, undefined],
    ['that is too long is missing', ['/id'], { id: 'x'.repeat(1025) }, undefined],
    ['that is just not too long is taken', ['/id'], { id: 'x'.repeat(1024) }, 'x'.repeat(1024)],
    ['that is a fraction is missing', ['/id'], { id: 1.5 }, undefined],
    ['that is -0 is missing', ['/id'], { id: -0 }, undefined],
    ['that is null is missing', ['/id'], { id: null }, undefined],
    ['behind a string is missing', ['/id/a'], { id: 'a' }, undefined],
    ['behind the end of an array is missing', ['/a/2'], { a: [1, 2] }, undefined],
    ['at a token that is no index is missing', ['/a/01'], { a: ['x', 'y'] }, undefined],
    ['with a part that has the separator is missing', ['/a', '/b'], { a: 'x\u001fy', b: 'z' }, undefined],
    ['with an empty part is missing', ['/a', '/b'], { a: '', b: 'z' }, undefined],
    [
      'whose parts are too long together is missing',
      ['/a', '/b'],
      { a: 'x'.repeat(512), b: 'y'.repeat(512) },
      undefined,
    ],
  ]
  test.each(cases)('%s', (_name, keyPointers, value, expected) => {
    validator.load(true, { keyPointers })
    expect(validator.key(value)).toBe(expected)
  })
})
