// Schemas drawn from a grammar of all keywords: both engines give the same verdict, location, pointer and offset for the same
// values. A failure names the seed and the schema. SLUICE_FUZZ_SCHEMAS sets how many schemas are drawn.
import { expect, test } from 'vitest'
import { recordStatus } from '../../src/kernel/abi.ts'
import { makeRecordFields, readRecord } from '../../src/kernel/descriptors.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { compareRecords, compileSubject, openPairs, type Tally } from './compare.ts'
import { drawTaken, drawValue } from './schemas.ts'

const seed = seedFromEnv()
const schemaCount = Number(process.env.SLUICE_FUZZ_SCHEMAS ?? 600)
const schemasAtOnce = 50
const valuesPerSchema = 60

test('schemas of every keyword', async () => {
  const random = randomFrom(seed)
  const module = await loadKernel('shared')
  const tally: Tally = new Map()
  for (let done = 0; done < schemaCount; done += schemasAtOnce) {
    const drawn = Array.from({ length: schemasAtOnce }, () => drawTaken(random))
    const pairs = openPairs(
      module,
      drawn.map(({ subject }) => subject),
      drawn.map(({ compiled }) => compiled),
    )
    for (const pair of pairs) {
      const values = Array.from({ length: valuesPerSchema }, () => Buffer.from(JSON.stringify(drawValue(random, 3))))
      compareRecords(pair, values, tally, `SLUICE_SEED=${seed}`)
    }
  }
  // Neither verdict may be rare, or little would be compared.
  const encodedCount = tally.get(recordStatus.ENCODED) ?? 0
  const invalidCount = tally.get(recordStatus.SCHEMA_INVALID) ?? 0
  expect(Math.min(encodedCount, invalidCount) / (encodedCount + invalidCount), `SLUICE_SEED=${seed}`).toBeGreaterThan(
    0.2,
  )
})

// `type` comes before all other assertions, whatever instruction checks it.
test.each([
  [{ type: 'object', properties: {}, exclusiveMinimum: 2 }, 0],
  [{ type: 'object', properties: {}, minLength: 2 }, ''],
  [{ type: 'object', properties: {}, uniqueItems: true }, [1, 1]],
  [{ type: 'object', required: ['a'], contains: false }, [1]],
  [{ type: 'array', items: true, maxProperties: 0 }, { a: 1 }],
])('the first error of %j for %j', async (schema, value) => {
  const subject = { name: JSON.stringify(schema), schema, samples: [] }
  const compiled = compileSubject(subject)
  const [pair] = openPairs(await loadKernel('shared'), [subject], [compiled])
  compareRecords(pair!, [Buffer.from(JSON.stringify(value))], new Map(), '')
  const fields = makeRecordFields()
  readRecord(pair!.slabs[0], 0, fields)
  expect(compiled.locations[fields.locationIndex]?.keyword).toBe('type')
})

// Two references at each level double the work: some depth on, both engines must give up at the same record.
const below = { properties: { a: { $ref: '#' } } }
/** Refuses, but only after all that is below was looked at. */
const belowInVain = { allOf: [below, { required: ['x'] }] }

test.each([
  ['anyOf', { anyOf: [belowInVain, below] }],
  ['oneOf', { oneOf: [belowInVain, below] }],
  ['not', { properties: { a: { allOf: [{ not: { not: { $ref: '#' } } }, { $ref: '#' }] } } }],
  ['if', { if: belowInVain, else: below }],
  ['contains', { contains: { $ref: '#' }, items: { $ref: '#' } }],
  ['unevaluated', { anyOf: [{ items: { $ref: '#' } }, { items: { $ref: '#' } }], unevaluatedItems: false }],
  ['names', { propertyNames: { $ref: '#' }, anyOf: [belowInVain, below] }],
  ['dynamic', { $dynamicAnchor: 'n', properties: { a: { allOf: [{ $dynamicRef: '#n' }, { $ref: '#' }] } } }],
])('records that cost too many steps: %s', async (name, schema) => {
  const subject = { name, schema, samples: [] }
  const [pair] = openPairs(await loadKernel('shared'), [subject])
  const tally: Tally = new Map()
  const padding = JSON.stringify('p'.repeat(50))
  for (let depth = 0; depth < 40; depth++) {
    const objects = `${'{"a":'.repeat(depth)}${padding}${'}'.repeat(depth)}`
    const arrays = `${'['.repeat(depth)}${padding}${']'.repeat(depth)}`
    compareRecords(pair!, [Buffer.from(objects), Buffer.from(arrays)], tally, `depth ${depth}`)
  }
  expect(tally.get(recordStatus.TOO_COMPLEX)).toBeGreaterThan(0)
})
