// Schemas drawn from a grammar, and values from the same small pools, so that keywords meet: every keyword of 2020-12, nested,
// referring to each other and to themselves.

import { SluiceError } from '../../src/errors.ts'
import type { CompiledSchema, JsonSchema } from '../../src/schema/compile.ts'
import type { Random } from '../fixtures/random.ts'
import { compileSubject, type Subject } from './compare.ts'

const names = ['a', 'b', 'ab', 'c/d', '__proto__', 'é', 'toString', 'long-name-of-forty-characters-for-a-member']
const scalars = [
  null,
  true,
  false,
  0,
  1,
  -1,
  2,
  1.5,
  3,
  1e20,
  '',
  'a',
  'ab',
  'é',
  'aaa',
  '12',
  'long string of more than thirty-two characters',
]
const patterns = ['a', '^a', 'b$', '^a+b?$', '^\\d+$', '[^a]', '^.{2}$', 'é', '(a|b)+c?$', '^(?!a)', '\\p{L}']
const types = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']
const bounds = [0, 1, 2, 3, 1.5, -1, 1e20]
const divisors = [1, 2, 0.5, 0.1, 3]

type Make = (random: Random, depth: number) => Record<string, unknown>

function schemas(random: Random, depth: number): unknown[] {
  return Array.from({ length: 1 + random.below(3) }, () => schemaAt(random, depth))
}

function named(random: Random, pool: readonly string[], make: () => unknown): Record<string, unknown> {
  const entries = Array.from({ length: 1 + random.below(3) }, () => [random.pick(pool), make()])
  return Object.fromEntries(entries) as Record<string, unknown>
}

function someNames(random: Random): string[] {
  return [...new Set(Array.from({ length: random.below(3) }, () => random.pick(names)))]
}

function under(keyword: string): Make {
  return (random, depth) => ({ [keyword]: schemaAt(random, depth - 1) })
}

function several(keyword: string): Make {
  return (random, depth) => ({ [keyword]: schemas(random, depth - 1) })
}

function chosen(keyword: string, pool: readonly unknown[]): Make {
  return (random) => ({ [keyword]: random.pick(pool) })
}

const assertions: readonly Make[] = [
  chosen('type', types),
  (random) => ({ type: [...new Set([random.pick(types), random.pick(types)])] }),
  (random) => ({ enum: [random.pick(scalars), drawValue(random, 2), random.pick(scalars)] }),
  (random) => ({ const: drawValue(random, 2) }),
  ...['maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'].map((keyword) => chosen(keyword, bounds)),
  chosen('multipleOf', divisors),
  ...['maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties'].map((keyword) =>
    chosen(keyword, [0, 1, 2, 3]),
  ),
  chosen('pattern', patterns),
  chosen('uniqueItems', [true, true, false]),
  (random) => ({ required: someNames(random) }),
  (random) => ({ dependentRequired: named(random, names, () => someNames(random)) }),
]

const applicators: readonly Make[] = [
  ...['additionalProperties', 'propertyNames', 'items', 'not', 'unevaluatedItems', 'unevaluatedProperties'].map(under),
  ...['allOf', 'anyOf', 'oneOf', 'prefixItems'].map(several),
  (random, depth) => ({ properties: named(random, names, () => schemaAt(random, depth - 1)) }),
  (random, depth) => ({ properties: named(random, names, () => schemaAt(random, depth - 1)) }),
  (random, depth) => ({ patternProperties: named(random, patterns, () => schemaAt(random, depth - 1)) }),
  (random, depth) => ({ dependentSchemas: named(random, names, () => schemaAt(random, depth - 1)) }),
  (random, depth) => ({
    contains: schemaAt(random, depth - 1),
    ...random.pick([{}, { minContains: 2 }, { minContains: 0, maxContains: 1 }]),
  }),
  (random, depth) => ({
    if: schemaAt(random, depth - 1),
    ...random.pick([under('then'), under('else')])(random, depth),
  }),
  () => ({ $dynamicRef: '#node' }),
  (random) => ({ $ref: random.pick(['#/$defs/one', '#/$defs/two', '#anchor', '#', 'inner']) }),
]

function schemaAt(random: Random, depth: number): unknown {
  if (depth <= 0 || random.below(12) === 0)
    return random.below(4) === 0 ? random.pick([true, false]) : random.pick(assertions)(random, 0)
  const parts = Array.from({ length: 1 + random.below(3) }, () =>
    random.pick(random.below(3) === 0 ? assertions : applicators)(random, depth),
  )
  return Object.assign({}, ...parts) as unknown
}

/** A schema that may be refused: a reference may lead round in place, or out of an inner resource to nowhere. */
export function drawSchema(random: Random): JsonSchema {
  const root = schemaAt(random, 3)
  if (typeof root !== 'object') return root as boolean
  const [one, two, three] = [schemaAt(random, 2), schemaAt(random, 2), schemaAt(random, 1)]
  const inner = random.below(3) > 0 ? two : { ...(two as object), $id: 'inner', $dynamicAnchor: 'node' }
  const $defs = { one, two: inner, three: { $anchor: 'anchor', ...(three as object) } }
  return {
    ...random.pick([{}, { $dynamicAnchor: 'node' }, { $id: 'https://example.com/root' }]),
    ...(root as object),
    $defs,
  }
}

/** A value of at most `depth` levels. */
export function drawValue(random: Random, depth: number): unknown {
  if (depth <= 0 || random.below(4) === 0) return random.pick(scalars)
  const children = Array.from({ length: random.below(4) }, () => drawValue(random, depth - 1))
  if (random.below(3) === 0) return children
  return Object.fromEntries(children.map((child) => [random.pick(names), child]))
}

/** A schema that is taken, ready to run. */
export function drawTaken(random: Random): { subject: Subject; compiled: CompiledSchema } {
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
