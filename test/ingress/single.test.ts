// One record a request: every line of the table of answers.
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually, type Fixture, flush, giveRoom, send, startFixture } from './fixture.ts'

let it: Fixture
beforeEach(async () => {
  it = await startFixture({ queueWaitMs: 100, bodyStallMs: 300, recordBytesMax: 5000, bodyBytesMax: 20_000 })
})
afterEach(() => it.close())

const post = (body: string | Buffer, headers: Record<string, string> = {}, path = '/api/order') =>
  send(it, { body, path, headers: { 'content-type': 'application/json', ...headers } })

describe('a record', () => {
  test('that is new is accepted with its key and offset', async () => {
    const reply = await post('{"id":"a","qty":2}')
    expect(reply.status).toBe(202)
    expect(reply.headers['content-type']).toBe('application/json')
    expect(reply.text).toBe('{"status":"accepted","key":"a","offset":0}')
    expect(it.fake.counts).toEqual({ 'orders accepted': 1 })
    expect(it.fake.requests).toEqual(['POST /api/order 202'])
  })

  test('that is repeated is a duplicate at the first offset', async () => {
    await post('{"id":"x"}')
    await post('{"id":"a"}')
    const reply = await post('{"id":"a"}')
    expect(reply.status).toBe(200)
    expect(reply.json()).toEqual({ status: 'duplicate', key: 'a', offset: 1 })
  })

  test('with the key of another is a conflict', async () => {
    await post('{"id":"a"}')
    const reply = await post('{"id":"a","qty":3}')
    expect(reply.status).toBe(409)
    expect(reply.headers['content-type']).toBe('application/problem+json')
    expect(reply.json()).toMatchObject({ code: 'KEY_CONFLICT', status: 409, retry: false, offset: 0 })
    expect(it.fake.counts).toMatchObject({ 'orders conflict': 1 })
  })

  test('that is no JSON is told where', async () => {
    const reply = await post('{oops}')
    expect(reply.status).toBe(400)
    expect(reply.json()).toMatchObject({
      code: 'JSON_MALFORMED',
      byteOffset: 1,
      type: 'urn:sluice:error:JSON_MALFORMED',
    })
    expect(reply.json().detail).toContain('At byte 1')
  })

  test('that does not fit the schema is told what, where and why', async () => {
    const reply = await post('{"id":"a","qty":-7}')
    expect(reply.status).toBe(422)
    expect(reply.json()).toEqual({
      type: 'urn:sluice:error:SCHEMA_INVALID',
      title: 'The record does not fit the schema',
      status: 422,
      detail: 'The value at /qty must be at least 1, found -7',
      code: 'SCHEMA_INVALID',
      retry: false,
      errors: [
        {
          pointer: '/qty',
          keyword: 'minimum',
          schemaPointer: '/properties/qty/minimum',
          byteOffset: 16,
          message: 'must be at least 1, found -7',
        },
      ],
    })
  })

  test('without a key in its stream has none in its answer', async () => {
    expect((await post('[1]', {}, '/events')).json()).toMatchObject({ accepted: 1 })
    expect((await post('1', {}, '/events')).text).toBe('{"status":"accepted","offset":1}')
  })

  test('with white space before it counts bytes from the start of the body', async () => {
    expect((await post(' \n {"id":"a","qty":-7}')).json().errors[0]?.byteOffset).toBe(19)
  })

  test('larger than the limit is refused, announced or not', async () => {
    const large = `{"id":"${'x'.repeat(6000)}"}`
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const reply = await post(large, headers)
      expect(reply.status).toBe(413)
      expect(reply.json().code).toBe('RECORD_TOO_LARGE')
    }
    expect((await post('x'.repeat(20_001))).json().code).toBe('BODY_TOO_LARGE')
    expect(it.fake.puts).toEqual([])
  })

  test('that is nothing is refused', async () => {
    for (const body of ['', ' \n ']) {
      const reply = await post(body)
      expect(reply.status).toBe(400)
      expect(reply.json()).toMatchObject({ code: 'JSON_MALFORMED', byteOffset: body.length })
    }
  })

  test('in gzip is the same record', async () => {
    expect((await post(gzipSync('{"id":"z"}'), { 'content-encoding': 'gzip' })).status).toBe(202)
    expect((await post('{"id":"z"}')).status).toBe(200)
  })
})

describe('a key in a header', () => {
  const hook = (headers: Record<string, string>, body = '{}') => post(body, headers, '/hooks')

  test('is the key of the record', async () => {
    expect((await hook({ 'Idempotency-Key': 'k-1' })).json()).toEqual({ status: 'accepted', key: 'k-1', offset: 0 })
    expect((await hook({ 'idempotency-key': 'k-1' })).json()).toMatchObject({ status: 'duplicate' })
    expect((await hook({ 'idempotency-key': Buffer.from('é').toString('latin1') })).json().key).toBe('é')
  })

  test.each([
    [{}],
    [{ 'idempotency-key': '' }],
    [{ 'idempotency-key': 'x'.repeat(1025) }],
    [{ 'idempotency-key': '\xff' }],
  ])('that is missing or no key is KEY_MISSING: %j', async (headers) => {
    const reply = await hook(headers as Record<string, string>)
    expect(reply.status).toBe(422)
    expect(reply.json().code).toBe('KEY_MISSING')
    expect(reply.json().detail).toContain('idempotency-key')
  })

  test('cannot serve many records at once', async () => {
    expect((await hook({ 'idempotency-key': 'k' }, '[1,2]')).json().code).toBe('KEY_MISSING')
    const lines = await post('1\n2', { 'content-type': 'application/x-ndjson', 'idempotency-key': 'k' }, '/hooks')
    expect(lines.json().code).toBe('KEY_MISSING')
    expect(it.fake.puts).toEqual([])
  })
})

describe('what a body is', () => {
  test.each([
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'application/json; charset=latin1' }, 415],
    [{ 'content-type': 'no media type' }, 415],
    [{ 'content-encoding': 'br' }, 415],
    [{ 'content-encoding': 'gzip, gzip' }, 415],
    [{ 'content-type': 'application/json; charset=utf-8' }, 202],
    [{ 'content-type': 'Application/JSON;charset="UTF-8"' }, 202],
    [{ 'content-encoding': 'identity' }, 202],
  ])('%j gets %d', async (headers, status) => {
    const reply = await post('{"id":"a"}', headers as Record<string, string>)
    expect(reply.status).toBe(status)
    if (status === 415) expect(reply.json().code).toBe('MEDIA_TYPE')
  })

  test('a body without a type is refused', async () => {
    const reply = await send(it, { body: '{"id":"a"}', headers: {} })
    expect(reply.status).toBe(415)
    expect((await send(it, { headers: {} })).status).toBe(415)
  })
})

describe('a server that cannot take it now', () => {
  test('answers 503 with Retry-After when no slab gets free in time', async () => {
    it.fake.room = 0
    const reply = await post('{"id":"a"}')
    expect(reply.status).toBe(503)
    expect(reply.json()).toMatchObject({ code: 'OVERLOADED', retry: true })
    expect(Number(reply.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(it.fake.counts).toEqual({ 'orders refused': 1 })
  })

  test('takes it when a slab gets free in time', async () => {
    it.fake.room = 0
    const reply = post('{"id":"a"}')
    await eventually(() => it.fake.roomWaits.length > 0, 'a wait for room')
    giveRoom(it.fake, 1)
    expect((await reply).status).toBe(202)
  })

  test.each([
    ['LOG_UNAVAILABLE', 503],
    ['STORAGE_FULL', 507],
    ['OVERLOADED', 503],
  ] as const)('tells what the commit failed of: %s', async (code, status) => {
    it.fake.refuseWith = code
    const reply = await post('{"id":"a"}')
    expect(reply.status).toBe(status)
    expect(reply.json()).toMatchObject({ code, retry: true })
    expect(reply.headers['retry-after']).toBe('1')
  })

  test('does not even read while the log is down', async () => {
    it.fake.logRefusal = 'STORAGE_FULL'
    expect((await post('{"id":"a"}')).json().code).toBe('STORAGE_FULL')
    expect(it.fake.puts).toEqual([])
    it.fake.logRefusal = undefined
    expect((await post('{"id":"a"}')).status).toBe(202)
  })
})

test('no answer is written before the outcome is known', async () => {
  it.fake.holding = true
  let answered = false
  const reply = post('{"id":"a"}').then((each) => {
    answered = true
    return each
  })
  await eventually(() => it.fake.held.length === 1, 'the put')
  await new Promise((next) => setTimeout(next, 50))
  expect(answered).toBe(false)
  flush(it.fake)
  expect((await reply).status).toBe(202)
})

test('a rate limit grants the burst, then says when to come again', async () => {
  const replies = []
  for (let index = 0; index < 3; index++) replies.push(await post('1', {}, '/slow'))
  expect(replies.map(({ status }) => status)).toEqual([202, 202, 429])
  expect(replies[0]!.headers['ratelimit-policy']).toBe('"slow";q=2;w=4')
  expect(replies[0]!.headers.ratelimit).toMatch(/^"slow";r=1;t=\d$/)
  expect(replies[2]!.json()).toMatchObject({ code: 'RATE_LIMITED', retry: true })
  expect(Number(replies[2]!.headers['retry-after'])).toBeGreaterThanOrEqual(1)
})
