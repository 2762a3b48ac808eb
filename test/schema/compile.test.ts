// What the compiler refuses, and by which name and place; what it makes of what it takes.
import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.ts'
import { type CompileOptions, compileSchema, type JsonSchema } from '../../src/schema/compile.ts'

const options: CompileOptions = {
  keyPointers: [],
  value: 'msgpack',
  depthMax: 128,
  recordBytesMax: 262_144,
  keyBytesMax: 1024,
  assertFormat: true,
  documents: {},
}

function refusal(schema: unknown, changes: Partial<CompileOptions> = {}): unknown {
  try {
    compileSchema(schema as JsonSchema, { ...options, ...changes })
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return [error.code, error.extra.keyword, error.extra.pointer]
  }
  return 'taken'
}

/** `allOf` in `allOf`, so many levels deep. */
function deepInPlace(levels: number): unknown {
  return Array.from({ length: levels }).reduce((inner) => ({ allOf: [inner] }), {} as unknown)
}

/** Definitions that each refer to the next one twice. */
function doubling(levels: number): unknown {
  const twice = (level: number) => ({ allOf: [{ $ref: `#/$defs/a${level}` }, { $ref: `#/$defs/a${level}` }] })
  const $defs = Object.fromEntries(Array.from({ length: levels }, (_, level) => [`a${level}`, twice(level + 1)]))
  return { ...twice(0), $defs: { ...$defs, [`a${levels}`]: {} } }
}

describe('a schema is refused by keyword and pointer', () => {
  const refused: readonly (readonly [string, unknown, string, string])[] = [
    ['an unknown keyword', { properties: { a: { minLenght: 3 } } }, 'minLenght', '/properties/a/minLenght'],
    ['a keyword of an older draft', { definitions: {} }, 'definitions', '/definitions'],
    ['a keyword with a slash in its name', { 'a/b~': 1 }, 'a/b~', '/a~1b~0'],
    ['an unknown keyword that nothing refers to', { $defs: { a: { foo: 1 } } }, 'foo', '/$defs/a/foo'],
    ['another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, '$schema', '/$schema'],
    ['an array of items', { items: [{}] }, 'items', '/items'],
    ['a type that is none', { type: 'float' }, 'type', '/type'],
    ['a type twice', { type: ['null', 'null'] }, 'type', '/type'],
    ['a negative length', { minLength: -1 }, 'minLength', '/minLength'],
    ['a length with a fraction', { maxItems: 1.5 }, 'maxItems', '/maxItems'],
    ['a bound that is no number', { minimum: '1' }, 'minimum', '/minimum'],
    ['a divisor of 0', { multipleOf: 0 }, 'multipleOf', '/multipleOf'],
    ['a divisor beyond 2^53', { multipleOf: 1e17 }, 'multipleOf', '/multipleOf'],
    ['a name required twice', { required: ['a', 'a'] }, 'required', '/required'],
    ['no branches', { anyOf: [] }, 'anyOf', '/anyOf'],
    ['an unknown format', { format: 'isbn' }, 'format', '/format'],
    ['a malformed pattern', { pattern: '(' }, 'pattern', '/pattern'],
    ['a pattern with a back reference', { pattern: '^(a*)b\\1$' }, 'pattern', '/pattern'],
    ['a pattern of too many states', { pattern: '(a|b)*a(a|b){20}' }, 'pattern', '/pattern'],
    [
      'a name pattern that is no automaton',
      { patternProperties: { '(a*)b\\1': {} } },
      'patternProperties',
      '/patternProperties',
    ],
    ['a reference to nowhere', { $ref: '#/$defs/a' }, '$ref', '/$ref'],
    ['a reference to a document that is not there', { $ref: 'https://example.com/a' }, '$ref', '/$ref'],
    ['a reference to what is no schema', { enum: [{}], $ref: '#/enum/0' }, '$ref', '/$ref'],
    ['a reference to itself', { $ref: '#' }, 'false', ''],
    [
      'references in a circle',
      { $ref: '#/$defs/a', $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } } },
      '$defs',
      '/$defs/a',
    ],
    ['too many schemas for one value', deepInPlace(60), 'false', ''],
    ['an $id with a fragment', { $id: 'https://example.com/a#b' }, '$id', '/$id'],
  ]
  test.each(refused)('%s', (_name, schema, keyword, pointer) => {
    expect(refusal(schema)).toEqual(['SCHEMA_UNSUPPORTED', keyword, pointer])
  })
})

test('a schema whose references double on each level is refused in time', () => {
  expect(refusal(doubling(20))).toContain('SCHEMA_UNSUPPORTED')
})

describe('a schema is taken', () => {
  const taken: readonly (readonly [string, unknown])[] = [
    ['with annotations', { title: 'a', description: 'b', default: 1, examples: [1], $comment: 'c', deprecated: true }],
    [
      'with content keywords, which assert nothing',
      { contentMediaType: 'application/json', contentSchema: { type: 'object' } },
    ],
    // biome-ignore lint/suspicious/noThenProperty: it is the keyword's name.
    ['with then but no if', { then: false }],
    ['with a tree that refers to itself', { properties: { left: { $ref: '#' }, right: { $ref: '#' } } }],
    [
      'that uses one object in two places',
      (() => {
        const price = { type: 'number', minimum: 0 }
        return { properties: { a: price, b: price } }
      })(),
    ],
    ['with a name of 40 bytes', { properties: { ['x'.repeat(40)]: { type: 'null' } }, required: ['y'.repeat(300)] }],
  ]
  test.each(taken)('%s', (_name, schema) => {
    expect(refusal(schema)).toBe('taken')
  })

  test('an unknown format, where formats are not asserted', () => {
    expect(refusal({ format: 'isbn' }, { assertFormat: false })).toBe('taken')
  })

  test('a reference to a document that was handed over, and its $id', () => {
    const documents = { 'https://example.com/money': { $id: 'https://example.com/v2/money', type: 'number' } }
    expect(refusal({ $ref: 'https://example.com/money' }, { documents })).toBe('taken')
    expect(refusal({ $ref: 'https://example.com/v2/money' }, { documents })).toBe('taken')
  })
})

test('only recursive schemas are charged', () => {
  expect(compileSchema({ $ref: '#/$defs/a', $defs: { a: { type: 'null' } } }, options).charged).toBe(false)
  expect(compileSchema({ items: { $ref: '#' } }, options).charged).toBe(true)
})

test('a place has one location, however often it is referred to', () => {
  const schema = { properties: { a: { $ref: '#/$defs/n' }, b: { $ref: '#/$defs/n' } }, $defs: { n: { minimum: 3 } } }
  const pointers = compileSchema(schema, options).locations.map((location) => location.schemaPointer)
  expect(pointers).toEqual(['/$defs/n/minimum'])
})

test('the same schema gives the same program', () => {
  const schema = { properties: { a: { enum: ['x', 'y'] }, b: { pattern: '^a+$' } }, required: ['b'] }
  expect(compileSchema(schema, options).program).toEqual(compileSchema(structuredClone(schema), options).program)
})

test('a key that is no JSON pointer is a wrong configuration', () => {
  expect(() => compileSchema(true, { ...options, keyPointers: ['orderId'] })).toThrow(/JSON pointer/)
  expect(() => compileSchema(true, { ...options, keyPointers: ['/a~2'] })).toThrow(/JSON pointer/)
})
