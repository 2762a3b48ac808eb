import { describe, expect, test } from 'vitest'
import type { JsonSchema } from '../../src/schema/compile.ts'
import { planTable } from '../../src/schema/table.ts'

function plan(schema: JsonSchema, keyPointers: readonly string[] = [], keyed = keyPointers.length > 0) {
  return planTable({ name: 't', schema, keyed, keyPointers })
}

function object(properties: Record<string, unknown>, rest: Record<string, unknown> = {}): JsonSchema {
  return { type: 'object', properties, ...rest }
}

function kinds(properties: Record<string, unknown>, rest: Record<string, unknown> = {}): string {
  return plan(object(properties, rest))
    .columns.map(({ kind }) => kind)
    .join(' ')
}

describe('the kind of a column', () => {
  test('follows the one type a property has', () => {
    const types = ['integer', 'number', 'string', 'boolean', 'array', 'object', 'null']
    expect(kinds(Object.fromEntries(types.map((type) => [type, { type }])))).toBe(
      'integer number text boolean json json json',
    )
  })

  test('is the wider one of integer and number, and JSON text for other mixtures and for anything goes', () => {
    expect(
      kinds({
        a: { type: ['integer', 'number'] },
        b: { type: ['integer', 'string'] },
        c: {},
        d: true,
        e: { minimum: 1 },
        f: { type: ['string', 'null'] },
      }),
    ).toBe('number json json json json text')
  })

  test('follows from const and enum where there is no type', () => {
    expect(
      kinds({
        a: { const: 'x' },
        b: { enum: ['x', null] },
        c: { enum: [1, 2] },
        d: { enum: [1, 2.5] },
        e: { enum: [1, 'x'] },
        f: { const: null },
      }),
    ).toBe('text text integer number json json')
  })

  test('is found through local references, but not in circles and not across another $id', () => {
    const $defs = {
      id: { type: 'integer' },
      'a/b': { $ref: '#/$defs/id' },
      loop: { $ref: '#/$defs/loop' },
      other: { $id: 'https://example.org/other', $defs: { inner: { type: 'integer' } }, $ref: '#/$defs/inner' },
    }
    expect(
      kinds(
        {
          a: { $ref: '#/$defs/id' },
          b: { $ref: '#/$defs/a~1b' },
          c: { $ref: '#/$defs/loop' },
          d: { $ref: '#/$defs/other' },
          e: { $ref: '#/$defs/other/$defs/inner' },
          f: { $ref: '#/nowhere' },
          g: { $ref: 'https://example.org/#' },
          h: { $ref: '#/$defs/%E0' },
        },
        { $defs },
      ),
    ).toBe('integer integer json json json json json json')
  })
})

describe('the shape', () => {
  test('is one column where records need not be objects, or nothing is known of their members', () => {
    for (const schema of [
      true,
      {},
      { type: 'array' },
      { type: ['object', 'null'], properties: {} },
      { type: 'object' },
    ]) {
      expect(plan(schema).shape, JSON.stringify(schema)).toBe('value')
    }
    expect(plan({ properties: { a: { type: 'integer' } } }).shape).toBe('value')
  })

  test('has columns where a local reference leads to the object', () => {
    const schema = { $ref: '#/$defs/order', $defs: { order: object({ id: { type: 'string' } }) } }
    expect(plan(schema).columns).toEqual([{ name: 'id', kind: 'text', required: false }])
  })
})

describe('the extra column', () => {
  const closed = { additionalProperties: false }

  test('is there unless no other member can come', () => {
    expect(plan(object({ a: { type: 'string' } }, closed)).extra).toBe(false)
    expect(plan(object({ a: { type: 'string' } })).extra).toBe(true)
    expect(plan(object({ a: { type: 'string' } }, { additionalProperties: { type: 'integer' } })).extra).toBe(true)
    expect(plan(object({ a: { type: 'string' } }, { ...closed, patternProperties: { '^x': {} } })).extra).toBe(true)
  })

  test('is there for nulls that a typed column cannot tell from absent', () => {
    expect(plan(object({ a: { type: ['string', 'null'] } }, closed)).extra).toBe(true)
    expect(plan(object({ a: { type: ['array', 'null'] } }, closed)).extra).toBe(false)
  })

  test('takes properties whose names can be no column', () => {
    const properties = Object.fromEntries(
      ['a', 'A', '', 'x\0y', '_offset', '_RECEIVEDAT', '_key', '_extra', 'value'].map((name) => [
        name,
        { type: 'string' },
      ]),
    )
    const { columns, extra } = plan(object(properties, closed))
    expect(columns.map(({ name }) => name)).toEqual(['a', 'value'])
    expect(extra).toBe(true)
  })

  test('takes the properties past the most columns a table may have', () => {
    const properties = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`p${i}`, { type: 'integer' }]))
    const { columns, extra } = plan(object(properties, closed))
    expect(columns.length).toBe(1000)
    expect(extra).toBe(true)
  })
})

describe('the primary key', () => {
  const properties = {
    id: { type: 'string' },
    'a/b~c': { type: 'integer' },
    n: { type: 'number' },
    any: {},
    deep: { type: 'object' },
    _key: { type: 'string' },
  }
  const key = (...pointers: string[]) => plan(object(properties), pointers).key

  test('is the column of a root property that holds text or integers', () => {
    expect(key('/id')).toEqual({ from: 'column', columnIndex: 0 })
    expect(key('/a~1b~0c')).toEqual({ from: 'column', columnIndex: 1 })
  })

  test('is a column of its own for every other key', () => {
    for (const pointers of [['/n'], ['/any'], ['/deep/id'], ['/id', '/n'], ['/_key'], ['/unknown']]) {
      expect(key(...pointers), pointers.join()).toEqual({ from: 'key' })
    }
    expect(plan(object(properties), [], true).key).toEqual({ from: 'key' })
  })

  test('is the offset without a key', () => {
    expect(plan(object(properties)).key).toEqual({ from: 'offset' })
    expect(plan(true).key).toEqual({ from: 'offset' })
  })

  test('is required, as is what the schema requires and what cannot be null', () => {
    const { columns } = plan(
      object(
        {
          id: { type: 'string' },
          a: { type: 'string' },
          b: { type: ['string', 'null'] },
          c: {},
          d: { type: 'string' },
        },
        { required: ['a', 'b', 'c'] },
      ),
      ['/id'],
    )
    expect(columns.filter(({ required }) => required).map(({ name }) => name)).toEqual(['id', 'a', 'c'])
  })
})
