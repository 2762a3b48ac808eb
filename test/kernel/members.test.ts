// Members are looked up by what the parser remembers of their keys. Whatever it remembers, from other records, other places
// and other orders, the answer is that of the record at hand.
import { expect, test } from 'vitest'
import { createKernel } from '../../src/kernel/kernel.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'

const seed = seedFromEnv()
const recordCount = 400

/** The members in an order by chance, as JSON. */
function shuffled(random: Random, members: readonly string[]): string {
  const left = [...members]
  const text: string[] = []
  while (left.length > 0) text.push(left.splice(random.below(left.length), 1)[0]!)
  return `{${text.join(',')}}`
}

test('the key is that of the record wherever it stands, also behind others of its name', async () => {
  const kernel = await createKernel({}, { key: '/id' })
  const random = randomFrom(seed)
  for (let index = 0; index < recordCount; index++) {
    const inner = shuffled(random, ['"id":"inner"', '"a":[{"id":"deep"}]'])
    const record = shuffled(random, [`"id":"outer-${index}"`, '"a":1', `"in":${inner}`, `"list":[${inner},${inner}]`])
    const checked = kernel.check(record)
    const key = checked.ok ? checked.key : checked.error.code
    expect(key, `SLUICE_SEED=${seed} ${record}`).toBe(`outer-${index}`)
  }
  expect(kernel.check('{"in":{"id":"inner"},"a":1}')).toMatchObject({ ok: false, error: { code: 'KEY_MISSING' } })
  expect(kernel.check('{"a":1}')).toMatchObject({ ok: false, error: { code: 'KEY_MISSING' } })
  expect(kernel.check('"id"')).toMatchObject({ ok: false, error: { code: 'KEY_MISSING' } })
})

test('a key is not taken from where the record before had it', async () => {
  const kernel = await createKernel({}, { key: '/id' })
  // In both `id` is written at the same place, but in the second it is another object's.
  for (let index = 0; index < 3; index++) {
    expect(kernel.check('{"a":1,"id":"x"}')).toMatchObject({ ok: true, key: 'x' })
    expect(kernel.check('{"a":{"id":"y"}}')).toMatchObject({ ok: false, error: { code: 'KEY_MISSING' } })
  }
})

test('the same members mean what each branch says of them', async () => {
  const branch = (kind: number, type: string, more: object) => ({
    type: 'object',
    properties: { kind: { const: kind }, ...more, v: { type } },
    required: ['kind', 'v'],
  })
  const kernel = await createKernel({ anyOf: [branch(1, 'integer', {}), branch(2, 'string', { w: {} })] })
  for (let index = 0; index < 3; index++) {
    for (const fitting of ['{"v":1,"kind":1}', '{"v":"x","kind":2}', '{"kind":2,"v":"x"}'])
      expect(kernel.check(fitting).ok, fitting).toBe(true)
    for (const wrong of ['{"v":"x","kind":1}', '{"v":1,"kind":2}']) expect(kernel.check(wrong).ok, wrong).toBe(false)
  }
})

test('the same names mean what the schema says at each place, in any order', async () => {
  const leaf = (type: string) => ({
    type: 'object',
    properties: { v: { type }, w: { type } },
    required: ['v', 'w'],
    additionalProperties: false,
  })
  const properties = { s: leaf('string'), n: leaf('integer'), list: { type: 'array', items: leaf('boolean') } }
  const kernel = await createKernel({ type: 'object', properties, additionalProperties: false })
  const random = randomFrom(seed)
  for (let index = 0; index < recordCount; index++) {
    const isWrong = random.below(2) === 1
    const members = [
      `"s":${shuffled(random, ['"v":"x"', '"w":"y"'])}`,
      `"n":${shuffled(random, [`"v":${isWrong ? '"x"' : '1'}`, '"w":2'])}`,
      `"list":[${shuffled(random, ['"v":true', '"w":false'])},${shuffled(random, ['"w":true', '"v":true'])}]`,
    ]
    const record = shuffled(random, members)
    const checked = kernel.check(record)
    expect(checked.ok ? '' : checked.error.pointer, `SLUICE_SEED=${seed} ${record}`).toBe(isWrong ? '/n/v' : '')
  }
  for (const wrong of ['{"x":1}', '{"s":{"v":"x","w":"y","x":1}}', '{"n":{"w":1,"x":2}}'])
    expect(kernel.check(wrong).ok, wrong).toBe(false)
})

test('what is known of a JSON record is not taken for true of one in MessagePack', async () => {
  const properties = { a: { type: 'integer' }, b: { type: 'string' } }
  const kernel = await createKernel({ type: 'object', properties, required: ['a', 'b'] }, { key: '/b' })
  const b = [0xa1, 0x62, 0xa1, 0x78]
  const a = [0xa1, 0x61, 0x07]
  for (let index = 0; index < 20; index++) {
    expect(kernel.check('{"c":1,"b":"y","a":7}')).toMatchObject({ ok: true, key: 'y' })
    for (const members of [
      [...a, ...b],
      [...b, ...a],
    ])
      expect(kernel.checkMessagePack(Uint8Array.of(0x82, ...members))).toMatchObject({ ok: true, key: 'x' })
  }
})

test('an object of more than 15 members, whose bytes are moved, is looked up where they are', async () => {
  const names = Array.from({ length: 24 }, (_, index) => `k${index}`)
  const properties = Object.fromEntries(names.map((name, index) => [name, { const: index }]))
  const kernel = await createKernel({ type: 'object', properties, required: names }, { key: '/k20' })
  const random = randomFrom(seed)
  for (let index = 0; index < recordCount; index++) {
    const members = names.map((name, number) => `"${name}":${number}`)
    const record = shuffled(random, members)
    expect(kernel.check(record), `SLUICE_SEED=${seed} ${record}`).toMatchObject({ ok: true, key: '20' })
    const few = shuffled(random, [...members.slice(0, 3), '"k20":20'])
    expect(kernel.check(few).ok, few).toBe(false)
  }
})
