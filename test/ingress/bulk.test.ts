// Many records a request: every record has an outcome, in the order of the body, whatever happens on the way.
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually, type Fixture, flush, giveRoom, type Reply, send, startFixture, talk } from './fixture.ts'

let it: Fixture
beforeEach(async () => {
  it = await startFixture({ queueWaitMs: 150, bodyStallMs: 300, errorsListedMax: 3, recordBytesMax: 5000 })
})
afterEach(() => it.close())

const lines = 'application/x-ndjson'
const post = (body: string | Buffer, headers: Record<string, string> = {}, path = '/api/order') =>
  send(it, { body, path, headers: { 'content-type': lines, ...headers } })
const order = (index: number) => `{"id":"o-${index}"}`
const orders = (count: number, from = 0) => Array.from({ length: count }, (_, index) => order(from + index)).join('\n')
const results = (reply: Reply) =>
  reply.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('a body of records', () => {
  test('that are all taken gets 202 and where they are', async () => {
    await post(order(7))
    const reply = await post(orders(10))
    expect(reply.status).toBe(202)
    expect(reply.json()).toEqual({
      accepted: 9,
      duplicate: 1,
      conflict: 0,
      invalid: 0,
      refused: 0,
      firstOffset: 1,
      lastOffset: 9,
      errors: [],
      errorsOmitted: 0,
    })
    expect(it.fake.counts).toEqual({ 'orders accepted': 10, 'orders duplicate': 1 })
  })

  test('that are in part refused gets 207 and an entry for each, by index', async () => {
    await post('{"id":"k"}')
    const body = ['{"id":"a"}', '', '{"id":"k","qty":5}', '{broken', '  ', '{"id":"b","qty":0}', '{"qty":1}'].join('\n')
    const reply = await post(body)
    expect(reply.status).toBe(207)
    expect(reply.json()).toMatchObject({
      accepted: 1,
      conflict: 1,
      invalid: 3,
      firstOffset: 1,
      lastOffset: 1,
      errorsOmitted: 1,
    })
    expect(reply.json().errors).toEqual([
      { index: 1, status: 'conflict', code: 'KEY_CONFLICT', offset: 0, message: expect.any(String), retry: false },
      { index: 2, status: 'invalid', code: 'JSON_MALFORMED', byteOffset: 1, message: expect.any(String), retry: false },
      expect.objectContaining({
        index: 3,
        code: 'SCHEMA_INVALID',
        pointer: '/qty',
        keyword: 'minimum',
        byteOffset: 16,
      }),
    ])
  })

  test('that are all wrong gets 422', async () => {
    const reply = await post('{"qty":1}\n[')
    expect(reply.status).toBe(422)
    expect(reply.json()).toMatchObject({ accepted: 0, invalid: 2, firstOffset: null, lastOffset: null })
    expect(reply.json().errors[0]).toMatchObject({ message: 'must have the member "id"', keyword: 'required' })
  })

  test('without a record in it is refused, but an empty array holds none and says so', async () => {
    for (const body of ['', '\n \r\n']) expect((await post(body)).json().code).toBe('JSON_MALFORMED')
    const reply = await post(' [ ] ', { 'content-type': 'application/json' })
    expect(reply.status).toBe(202)
    expect(reply.json()).toMatchObject({ accepted: 0, firstOffset: null })
  })

  test('in an array is the same as in lines', async () => {
    const reply = await post(`\n[${orders(5).replaceAll('\n', ' ,\n')},{"qty":1}]`, {
      'content-type': 'application/json',
    })
    expect(reply.status).toBe(207)
    expect(reply.json()).toMatchObject({ accepted: 5, invalid: 1 })
    expect(reply.json().errors[0]?.index).toBe(5)
    expect(it.fake.puts.every(({ kind }) => kind === 'record')).toBe(true)
  })

  test('in an array with a fault keeps what was before it', async () => {
    const reply = await post(`[${order(1)},${order(2)},,${order(3)}]`, { 'content-type': 'application/json' })
    expect(reply.status).toBe(207)
    expect(reply.json()).toMatchObject({ accepted: 2, invalid: 1 })
    expect(reply.json().errors).toMatchObject([
      { index: 2, code: 'JSON_MALFORMED', message: expect.stringContaining('byte 27') },
    ])
  })

  test('with one too long refuses that one alone', async () => {
    const reply = await post(`${order(1)}\n{"id":"${'x'.repeat(70_000)}"}\n${order(2)}`)
    expect(reply.json()).toMatchObject({ accepted: 2, invalid: 1 })
    expect(reply.json().errors).toMatchObject([{ index: 1, code: 'RECORD_TOO_LARGE', retry: false }])
  })

  test('in gzip, several members of it, is taken as it inflates', async () => {
    const body = Buffer.concat([gzipSync(`${orders(1000)}\n`), gzipSync(orders(1000, 1000))])
    expect((await post(body, { 'content-encoding': 'gzip' })).json()).toMatchObject({ accepted: 2000 })
  })

  test('is counted right when its parts come back in another order', async () => {
    it.fake.holding = true
    const reply = post(`${orders(3000)}\n{"qty":0}\n${orders(3000, 3000)}\n{"qty":0}`)
    await eventually(() => it.fake.puts.length >= 2, 'several pieces')
    await new Promise((next) => setTimeout(next, 50))
    flush(it.fake, 'last')
    it.fake.holding = false
    expect((await reply).json()).toMatchObject({
      accepted: 6000,
      invalid: 2,
      errors: [{ index: 3000 }, { index: 6001 }],
    })
  })
})

describe('a line a record', () => {
  const accept = { accept: lines }

  test('leaves none out and keeps the order', async () => {
    await post('{"id":"o-1"}')
    const reply = await post(`${orders(3)}\n{"qty":0}\n\n${order(9)}`, accept)
    expect(reply.status).toBe(207)
    expect(reply.headers['content-type']).toBe(lines)
    expect(results(reply)).toEqual([
      { index: 0, status: 'accepted', key: 'o-0', offset: 1 },
      { index: 1, status: 'duplicate', key: 'o-1', offset: 0 },
      { index: 2, status: 'accepted', key: 'o-2', offset: 2 },
      expect.objectContaining({ index: 3, status: 'invalid', code: 'SCHEMA_INVALID', pointer: '/qty', retry: false }),
      { index: 4, status: 'accepted', key: 'o-9', offset: 3 },
    ])
  })

  test('is not cut at the number of errors a summary lists', async () => {
    const reply = await post(Array(500).fill('{"qty":0}').join('\n'), accept)
    expect(results(reply).map(({ index }) => index)).toEqual(Array.from({ length: 500 }, (_, index) => index))
  })

  test('comes as the record becomes durable, not at the end', async () => {
    const head = `POST /api/order HTTP/1.1\r\nHost: x\r\nAccept: ${lines}\r\nContent-Type: ${lines}\r\nTransfer-Encoding: chunked\r\n\r\n`
    const first = '{"id":"early"}\n'
    const text = await talk(it, [head, `${first.length.toString(16)}\r\n${first}\r\n`], /"key":"early"/)
    expect(text).toContain('{"index":0,"status":"accepted","key":"early","offset":0}')
  })

  test('ends with a line for the rest when the body breaks off', async () => {
    it.fake.room = 1
    const reply = await post(`${orders(2000)}\n`.repeat(20), accept)
    const all = results(reply)
    const last = all.at(-1)
    expect(last).toMatchObject({ status: 'refused', code: 'OVERLOADED', rest: true, retry: true, retryAfterSeconds: 1 })
    expect(last?.index).toBe(all.length - 1)
    expect(all.slice(0, -1).every(({ rest }) => rest === undefined)).toBe(true)
  })

  test('cannot be had together with waiting for the sink', async () => {
    const reply = await post(order(1), accept, '/api/order?wait=stored')
    expect(reply.status).toBe(400)
    expect(reply.json().code).toBe('REQUEST_MALFORMED')
  })
})

describe('without room', () => {
  test('the body is not read on, and goes on when there is room', async () => {
    it.fake.room = 1
    const reply = post(orders(60_000))
    await eventually(() => it.fake.roomWaits.length > 0, 'a wait for room')
    const before = it.fake.puts.length
    giveRoom(it.fake, 1)
    await eventually(() => it.fake.roomWaits.length > 0, 'another wait')
    expect(it.fake.puts.length).toBe(before + 1)
    giveRoom(it.fake, Number.POSITIVE_INFINITY)
    expect((await reply).json()).toMatchObject({ accepted: 60_000, refused: 0 })
  })

  test('the client is held back: what it sends stays with it', async () => {
    const slow = await startFixture({ queueWaitMs: 10_000 })
    slow.fake.room = 1
    const socket = connect(slow.server.port, '127.0.0.1')
    const head = `POST /api/order HTTP/1.1\r\nHost: x\r\nContent-Type: ${lines}\r\nContent-Length: 64000000\r\n\r\n`
    socket.write(head)
    socket.write(Buffer.alloc(64_000_000, `${order(1)}\n`))
    await eventually(() => slow.fake.roomWaits.length > 0, 'a wait for room')
    await new Promise((next) => setTimeout(next, 300))
    // What the two sockets' buffers take is gone from here, a few MB at most.
    expect(socket.writableLength).toBeGreaterThan(40_000_000)
    socket.destroy()
    await slow.close()
  })

  test('at the deadline the rest is refused, and what was taken is told', async () => {
    it.fake.room = 2
    const reply = await post(orders(60_000))
    expect(reply.status).toBe(503)
    expect(reply.headers['retry-after']).toBe('1')
    const answer = reply.json()
    expect(answer).toMatchObject({ code: 'OVERLOADED', retry: true, firstOffset: 0 })
    expect(answer.accepted).toBe(it.fake.nextOffset)
    const { 'orders accepted': accepted = 0, 'orders refused': refused = 0 } = it.fake.counts
    expect(accepted).toBe(answer.accepted)
    expect(answer.nextIndex).toBe(accepted + refused)
  })

  test('for a stream whose log is full, nothing is read', async () => {
    const { publishProgress } = await import('../../src/log/progress.ts')
    publishProgress(it.deps.progress, 0, 'backlogBytes', it.deps.config.log.backlogBytesMax)
    publishProgress(it.deps.progress, 0, 'committed', 5000)
    const reply = await post(orders(10))
    expect(reply.status).toBe(503)
    expect(reply.headers['retry-after']).toBe('60')
    expect(it.fake.puts).toEqual([])
  })
})

describe('a commit that fails', () => {
  test('in all of the body is answered with its code', async () => {
    it.fake.refuseWith = 'LOG_UNAVAILABLE'
    const reply = await post(orders(5))
    expect(reply.status).toBe(503)
    expect(reply.json()).toMatchObject({ code: 'LOG_UNAVAILABLE', refused: 5, accepted: 0 })
    expect(reply.json().errors[0]).toMatchObject({ index: 0, status: 'refused', code: 'LOG_UNAVAILABLE', retry: true })
    expect(it.fake.counts).toEqual({ 'orders refused': 5 })
  })

  test('in a part of it is told record by record', async () => {
    it.fake.holding = true
    const reply = post(orders(9000))
    await eventually(() => it.fake.puts.length >= 2, 'two pieces')
    await new Promise((next) => setTimeout(next, 50))
    it.fake.held.shift()?.()
    it.fake.refuseWith = 'STORAGE_FULL'
    flush(it.fake)
    const answer = (await reply).json()
    expect((await reply).status).toBe(207)
    expect((await reply).headers['retry-after']).toBe('1')
    const { 'orders accepted': accepted = 0, 'orders refused': refused = 0 } = it.fake.counts
    expect(accepted + refused).toBe(9000)
    expect(answer).toMatchObject({ accepted, refused, errorsOmitted: refused - 3 })
    expect(answer.errors[0]).toMatchObject({ index: accepted, code: 'STORAGE_FULL', retry: true })
  })

  test('stops the reading of a long body', async () => {
    it.fake.refuseWith = 'LOG_UNAVAILABLE'
    const reply = await post(orders(400_000))
    expect(reply.status).toBe(503)
    expect(reply.json().nextIndex).toBeLessThan(400_000)
    expect(it.fake.counts['orders refused']).toBe(reply.json().nextIndex)
  })
})
