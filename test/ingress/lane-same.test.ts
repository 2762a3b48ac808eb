// Both lanes give the same answers, byte for byte but for the date: every conversation here is held with a server that has
// its fast lane and with one that has not.
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually, type Fixture, giveRoom, startFixture } from './fixture.ts'

const limits = { recordBytesMax: 5000, bodyBytesMax: 200_000, headMs: 60_000, bodyStallMs: 60_000 }
let fast: Fixture
let plain: Fixture
beforeEach(async () => {
  fast = await startFixture(limits, { fastLane: true })
  plain = await startFixture(limits, { fastLane: false })
})
afterEach(() => Promise.all([fast.close(), plain.close()]))

/** Has the server close after its answer, by a request neither lane has anything but 404 for. */
const farewell = 'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** Sends the parts in turns and returns all that came back until the server closed, without dates. */
function converse(fixture: Fixture, parts: readonly string[], closesSide: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: fixture.server.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('end', () => {
      socket.end()
      resolve(text.replace(/^date: .*$/gim, (line) => `${line.slice(0, 4)}: …`))
    })
    void (async () => {
      for (const part of parts) {
        socket.write(part, 'latin1')
        await new Promise((next) => setTimeout(next, 5))
      }
      if (closesSide) socket.end()
    })()
  })
}

async function expectSame(parts: readonly string[], closesSide = false): Promise<string> {
  const [byFast, byPlain] = await Promise.all([converse(fast, parts, closesSide), converse(plain, parts, closesSide)])
  expect(byFast).toBe(byPlain)
  expect(byFast).toMatch(/^HTTP\/1\.1 \d{3} /)
  return byFast
}

const post = (body: string, more = '', path = '/api/order') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`
const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
const a = '{"id":"a","qty":1}'

const bodies: readonly (readonly [string, string])[] = [
  ['a record', a],
  ['white space around it', ` \r\n\t${a}\n`],
  ['a record that fits no schema', '{"id":"a","qty":0}'],
  ['a record without its key', '{}'],
  ['no JSON', '{{'],
  ['white space only', ' \n'],
  ['an array', `[${a},{"id":"b"}]`],
  ['an array behind white space', ` \n[${a}]`],
  ['an empty array', '[]'],
  ['a key beyond ASCII', '{"id":"\xc3\xbc\xe2\x82\xac"}'],
  ['a key with a quote', '{"id":"\\"\\\\"}'],
  ['as large as may be', `{"id":"${'x'.repeat(4991)}"}`],
  ['larger than may be', `{"id":"${'x'.repeat(4993)}"}`],
  ['much larger', `{"id":"${'x'.repeat(100_000)}"}`],
]
test.each(bodies)('to a body that is %s', async (_, body) => {
  await expectSame([post(body), farewell])
})

const lines = (body: string, more = '', path = '/api/order') => post(body, more, path).replace('/json', '/x-ndjson')
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `{"id":"n${from + index}","qty":1}\n`).join('')

const lineBodies: readonly (readonly [string, string])[] = [
  ['a line', `${a}\n`],
  ['a line without its end', a],
  ['some of which fit no schema', `${a}\n{"id":"a","qty":0}\n\n \n{}\n{{\n${a}\n`],
  ['all unfit', '{}\n{{\n'],
  ['white space only', ' \n\n'],
  ['of a line as large as may be', `{"id":"${'x'.repeat(4991)}"}\n${a}`],
  ['of a line larger than may be', `${a}\n{"id":"${'x'.repeat(9993)}"}\n${a}\n`],
  ['larger than a read', many(5_000)],
]
test.each(lineBodies)('to lines: %s', async (_, body) => {
  await expectSame([lines(body), farewell])
})

test.each(['/events', '/raw', '/hooks', '/slow', '/nowhere'])('to lines at %s', async (path) => {
  await expectSame([lines(`${a}\n`, '', path), farewell])
})

test.each(['Connection: close\r\n', 'Accept: application/x-ndjson\r\n', 'Content-Encoding: identity\r\n'])(
  'to lines with the field %j',
  async (field) => {
    await expectSame([lines(`${a}\n`, field), farewell])
  },
)

test('to lines and records in one piece', async () => {
  const text = await expectSame([[lines(many(3)), lines('{'), post('{'), lines(many(3)), farewell].join('')])
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
  expect(statuses).toEqual(['202', '422', '400', '202', '404'])
})

test('wherever lines are cut', async () => {
  const text = lines(many(3))
  const whole = await expectSame([text + farewell])
  expect(whole).toContain('"accepted":3')
  for (let at = 1; at < text.length; at += 7) await expectSame([text.slice(0, at), text.slice(at), farewell])
})

test('to lines when there is no room, at once or after a while', async () => {
  for (const { fake } of [fast, plain]) fake.room = 0
  await expectSame([lines(many(5)), farewell])
  for (const { fake } of [fast, plain]) fake.room = 1
  expect(await expectSame([lines(many(2)), lines(many(2_500)), farewell])).toContain('OVERLOADED')
})

test('to lines that the log does not take: before, on the way, at the commit', async () => {
  for (const { fake } of [fast, plain]) fake.logRefusal = 'STORAGE_FULL'
  await expectSame([lines(many(5)), farewell])
  for (const { fake } of [fast, plain]) fake.logRefusal = undefined
  for (const { fake } of [fast, plain]) fake.refuseWith = 'LOG_UNAVAILABLE'
  expect(await expectSame([lines(many(5)), farewell])).toContain('"refused":5')
})

test('to a client that closes its side within lines: what was taken of them is told', async () => {
  const text = lines(many(5))
  expect(await expectSame([text.slice(0, -3)], true)).toMatch(/REQUEST_MALFORMED.*"accepted":4,.*"nextIndex":4}$/)
  expect(await expectSame([text.slice(0, 150), text.slice(150, -3)], true)).toMatch(/"duplicate":4,.*"nextIndex":4}$/)
  expect(await expectSame([lines(many(5_000)).slice(0, -3)], true)).toMatch(/"accepted":4995,.*"nextIndex":4999}$/)
  expect(await expectSame([lines(`{}\n{{\n${a}`).slice(0, -1)], true)).toMatch(/"invalid":2,.*"nextIndex":2}$/)
  expect(await expectSame([post(a) + lines(many(5)).slice(0, -3)], true)).toMatch(/202 .*400 .*"nextIndex":4}$/s)
  expect(await expectSame([text.slice(0, -many(5).length)], true)).toMatch(/REQUEST_MALFORMED[^{]*}$/)
  expect(await expectSame([text], true)).toContain('202')
  for (const { fake } of [fast, plain]) {
    expect(fake.requests.every((request) => request.startsWith('POST /api/order '))).toBe(true)
    expect(fake.requests.filter((request) => request.endsWith(' 400')).length).toBe(6)
  }
})

test('to a client that closes its side within lines while there is no room for them', async () => {
  for (const { fake } of [fast, plain]) fake.room = 0
  const text = await Promise.all(
    [fast, plain].map(async (fixture) => {
      const answer = converse(fixture, [lines(many(50)).slice(0, -3)], true)
      await eventually(() => fixture.fake.roomWaits.length === 1, 'a wait')
      await new Promise((next) => setTimeout(next, 50))
      giveRoom(fixture.fake, Number.POSITIVE_INFINITY)
      return answer
    }),
  )
  expect(text[0]).toBe(text[1])
  expect(text[0]).toMatch(/REQUEST_MALFORMED.*"accepted":49,.*"nextIndex":49}$/)
})

test('to a repeat and to a conflict', async () => {
  const text = await expectSame([post(a), post(a), post('{"id":"a","qty":2}'), farewell])
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['202', '200', '409', '404'])
})

test.each(['/events', '/raw', '/hooks', '/slow', '/nowhere', '/api/order/', '/API/order', '/api/order/a', '/'])(
  'at %s',
  async (path) => {
    await expectSame([post(a, '', path), farewell])
  },
)

test.each([
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Connection: Close\r\n',
  'Connection: keep-alive, x\r\n',
  'Accept: application/x-ndjson\r\n',
  'Accept: text/html\r\n',
  'Content-Encoding: gzip\r\n',
  'Content-Encoding: identity\r\n',
  'Expect: tea\r\n',
  'Host: y\r\n',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  'X-A : b\r\n',
  ' folded: b\r\n',
  'X-A: b\rc\r\n',
  'X-A: b\n',
  'X-A: \0\r\n',
  'Upgrade: h2c\r\n',
  `X-A: ${'b'.repeat(9000)}\r\n`,
  `X-A: ${'b'.repeat(20_000)}\r\n`,
  'Idempotency-Key: k\r\n',
])('with the field %j', async (field) => {
  await expectSame([post(a, field), farewell])
})

test.each([
  '/api/order/a',
  '/api/order/none',
  '/raw/raw',
  '/events/x',
  '/api/order/%61',
  '/api/order/a?b',
  '/api/order/',
])('to who reads %s', async (path) => {
  const puts = [post(a), post('{"id":"raw"}', '', '/raw')]
  await expectSame([...puts, get(path), get(path, 'Connection: close\r\n')])
})

test('to a key as long as keys may be, and longer', async () => {
  for (const length of [1024, 1025, 3072, 3100]) await expectSame([get(`/api/order/${'k'.repeat(length)}`), farewell])
})

test.each(['HEAD', 'PUT', 'OPTIONS', 'DELETE', 'PATCH'])('to %s', async (method) => {
  await expectSame([get('/api/order/a').replace('GET', method), farewell])
})

test('to requests in one piece, of both lanes in turn', async () => {
  const chunked = `POST /api/order HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
  const parts = [post(a), get('/api/order/a'), `${chunked}12\r\n${a}\r\n0\r\n\r\n`, post('{'), farewell]
  // The record is read before it is decided on.
  const text = await expectSame([parts.join('')])
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
    '202',
    '404',
    '200',
    '400',
    '404',
  ])
})

test('wherever a request is cut', async () => {
  const text = post('{"id":"ü"}', 'Connection: close\r\n')
  const whole = await expectSame([post('{"id":"ü"}')], true)
  expect(whole).toContain('202')
  for (let at = 1; at < text.length; at += 7) await expectSame([text.slice(0, at), text.slice(at)])
})

test('when there is no room', async () => {
  for (const { fake } of [fast, plain]) fake.room = 0
  await expectSame([post(a), farewell])
})

test('while the log takes nothing', async () => {
  for (const { fake } of [fast, plain]) fake.logRefusal = 'STORAGE_FULL'
  const text = await expectSame([post(a), post('x'.repeat(4000)), farewell])
  expect(text).toContain('retry-after')
})

test('when the commit fails', async () => {
  for (const { fake } of [fast, plain]) fake.refuseWith = 'LOG_UNAVAILABLE'
  await expectSame([post(a), farewell])
})

test('to a client that closes its side: after a request, within a head, within a body', async () => {
  expect(await expectSame([post(a)], true)).toContain('202')
  expect(await expectSame([post(a).slice(0, 30)], true)).toContain('REQUEST_MALFORMED')
  expect(await expectSame([post(a).slice(0, -3)], true)).toContain('REQUEST_MALFORMED')
  expect(await expectSame([post(a) + post('{"id":"b"}').slice(0, -3)], true)).toContain('REQUEST_MALFORMED')
})

test('to clients that take too long', async () => {
  await Promise.all([fast.close(), plain.close()])
  const short = { ...limits, headMs: 200, bodyStallMs: 300 }
  fast = await startFixture(short, { fastLane: true })
  plain = await startFixture(short, { fastLane: false })
  for (const text of [post(a).slice(0, 30), post(a).slice(0, -3), lines(many(9)).slice(0, -3)])
    expect(await expectSame([text])).toContain('408')
})
