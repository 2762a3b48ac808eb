// `?errors=all`, by real servers of both engines: one record, an array, lines, a line a record. Without it a refusal names its
// first error only; the engines say the same, to the byte.
import { pack } from 'msgpackr'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { orderSchema } from '../../src/config/orders.ts'
import { recordErrorsListed } from '../../src/limits.ts'
import { makeDataDir, order, type RunningServer, startServer } from '../e2e/server.ts'

const config = {
  streams: {
    orders: { path: '/orders', schema: orderSchema, key: '/orderId' },
    lists: { path: '/lists', schema: { properties: { list: { items: { type: 'null' } } } } },
  },
}
const engines = ['wasm', 'js'].map((engine) => ({ engine, home: makeDataDir() }))
let servers: readonly RunningServer[]
beforeAll(async () => {
  servers = await Promise.all(
    engines.map(({ engine, home }) => startServer({ dataDir: home.dir, config, args: ['--engine', engine] })),
  )
})
afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.stop()))
  for (const { home } of engines) home.remove()
})

/** Posts the same to both servers; they must answer the same. */
async function post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  const request = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } } as RequestInit
  const answers = await Promise.all(
    servers.map(async ({ url }) => {
      const response = await fetch(`${url}${path}`, request)
      return { status: response.status, text: await response.text() }
    }),
  )
  expect(answers[1]).toEqual(answers[0])
  return answers[0]!
}

const wrong = { ...order('a'), total: -1, currency: 'XXX', note: 5 }
const wrongErrors = ['enum /currency', 'minimum /total', 'type /note']

type Listed = {
  readonly keyword: string
  readonly pointer: string
  readonly byteOffset: number
  readonly message: string
}

function named(errors: readonly Listed[]): string[] {
  return errors.map(({ keyword, pointer }) => `${keyword} ${pointer}`).sort()
}

describe('one record', () => {
  test('has all errors in its refusal, the first one in its detail', async () => {
    const { status, text } = await post('/orders?errors=all', JSON.stringify(wrong))
    const problem = JSON.parse(text) as { code: string; detail: string; errors: Listed[]; errorsCut?: true }
    expect([status, problem.code]).toEqual([422, 'SCHEMA_INVALID'])
    expect(named(problem.errors)).toEqual(wrongErrors)
    const [first] = problem.errors
    expect(problem.detail).toBe(`The value at ${first!.pointer} ${first!.message}`)
    expect(problem.errorsCut).toBeUndefined()
  })

  test.each(['/orders', '/orders?errors=first'])('at %s has the first', async (path) => {
    const { text } = await post(path, JSON.stringify(wrong))
    const all = await post('/orders?errors=all', JSON.stringify(wrong))
    expect(JSON.parse(text).errors).toEqual(JSON.parse(all.text).errors.slice(0, 1))
  })

  test('in MessagePack has the same, at the offsets of its own bytes', async () => {
    const { text } = await post('/orders?errors=all', pack(wrong), { 'content-type': 'application/msgpack' })
    expect(named(JSON.parse(text).errors)).toEqual(wrongErrors)
  })

  test('is told when its errors are too many', async () => {
    const many = JSON.stringify({ list: Array.from({ length: recordErrorsListed + 1 }, () => 1) })
    const { text } = await post('/lists?errors=all', many)
    expect(JSON.parse(text).errors).toHaveLength(recordErrorsListed)
    expect(JSON.parse(text).errorsCut).toBe(true)
  })

  test('that is no JSON, or fits, is answered as ever', async () => {
    for (const body of ['{"orderId":', JSON.stringify(order('fits'))]) {
      const offset = (text: string) => text.replace(/"status":"(accepted|duplicate)"/, '')
      expect(offset((await post('/orders?errors=all', body)).text)).toBe(offset((await post('/orders', body)).text))
    }
  })

  test('is not taken with another wish', async () => {
    const { status, text } = await post('/orders?errors=some', JSON.stringify(order('b')))
    expect([status, JSON.parse(text).code]).toEqual([400, 'REQUEST_MALFORMED'])
  })
})

describe('many records', () => {
  const records = [order('many-1'), wrong, { ...order('many-2'), items: [] }, { orderId: 'x' }].map((each) =>
    JSON.stringify(each),
  )
  const counts = [3, 1, 4]

  test.each([
    ['lines', 'application/x-ndjson', records.join('\n')],
    ['an array', 'application/json', `[${records.join()}]`],
  ])('in %s: each refused one has its first error and all of them', async (_, type, body) => {
    const { text } = await post('/orders?errors=all', body, { 'content-type': type })
    const entries = JSON.parse(text).errors as (Listed & { index: number; errors: Listed[] })[]
    expect(entries.map(({ index, errors }) => [index, errors.length])).toEqual(
      [1, 2, 3].map((index, at) => [index, counts[at]]),
    )
    for (const { errors, ...entry } of entries) expect(entry).toMatchObject(errors[0]!)
    const plain = JSON.parse((await post('/orders', body, { 'content-type': type })).text)
    expect(plain.errors).toEqual(entries.map(({ errors: _, ...entry }) => entry))
  })

  test('with a line a record', async () => {
    const accept = { 'content-type': 'application/x-ndjson', accept: 'application/x-ndjson' }
    const { text } = await post('/orders?errors=all', records.join('\n'), accept)
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { errors?: Listed[] })
    expect(lines.map(({ errors }) => errors?.length ?? 0)).toEqual([0, ...counts])
  })

  test('more refused ones than a slab can describe at once are all described', async () => {
    const body = `${'{}\n'.repeat(5000)}`
    const accept = { 'content-type': 'application/x-ndjson', accept: 'application/x-ndjson' }
    const { text } = await post('/orders?errors=all', body, accept)
    const lines = text.trimEnd().split('\n')
    expect(lines).toHaveLength(5000)
    for (const [index, line] of lines.entries()) {
      const { index: told, errors } = JSON.parse(line) as { index: number; errors: Listed[] }
      expect([told, errors.length]).toEqual([index, 5])
    }
  })
})
