// What a client may do wrong, by mistake or on purpose: it gets an answer in our form, and nothing it held stays held.
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually, type Fixture, flush, giveRoom, send, startFixture, talk } from './fixture.ts'

let it: Fixture
beforeEach(async () => {
  it = await startFixture({
    headMs: 200,
    bodyStallMs: 250,
    keepAliveMs: 300,
    queueWaitMs: 100,
    recordBytesMax: 5000,
    bodyBytesMax: 3_000_000,
    inflatedBytesMax: 5_000_000,
  })
})
afterEach(async () => {
  await eventually(() => it.server.heldBytes() === 0, 'nothing held')
  await it.close()
  expect(it.fake.errors).toEqual([])
})

const post = (more: string, body = '') =>
  `POST /api/order HTTP/1.1\r\nContent-Type: application/json\r\n${more}\r\n${body}`
const record = '{"id":"a"}'
const good = post(`Host: x\r\nContent-Length: ${record.length}\r\n`, record)

const sixLines = [...Array(6)].map((_, id) => `{"id":"six${id}"}\n`).join('')

function halfOpen(): Socket {
  return connect({ port: it.server.port, host: '127.0.0.1', allowHalfOpen: true })
}

/** What comes until the server ends it too. */
function textOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => resolve(text)).on('error', reject)
  })
}

/** Sends the text, closes the sending side, and returns the answer. */
function half(text: string): Promise<string> {
  const socket = halfOpen()
  socket.end(text)
  return textOf(socket)
}

/** The status lines and problem codes in what a socket brought. */
function answersIn(text: string): string[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d+)|"code":"(\w+)"/g)].map(([, status, code]) => status ?? code ?? '')
}

describe('a request whose framing is ambiguous', () => {
  test.each([
    ['no Host', post('Content-Length: 0\r\n')],
    ['two Hosts', post(`Host: a\r\nHost: a\r\nContent-Length: ${record.length}\r\n`, record)],
    ['an empty Host', post(`Host: \r\nContent-Length: ${record.length}\r\n`, record)],
    ['a comma Host', post(`Host: a,b\r\nContent-Length: ${record.length}\r\n`, record)],
    ['two lengths', post('Host: x\r\nContent-Length: 10\r\nContent-Length: 10\r\n', record)],
    ['lengths that differ', post('Host: x\r\nContent-Length: 10\r\nContent-Length: 11\r\n', record)],
    ['a length with a sign', post('Host: x\r\nContent-Length: +10\r\n', record)],
    ['a length in hexadecimal', post('Host: x\r\nContent-Length: 0xa\r\n', record)],
    [
      'both framings',
      post('Host: x\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n', `a\r\n${record}\r\n0\r\n\r\n`),
    ],
    ['an empty Transfer-Encoding', post('Host: x\r\nTransfer-Encoding:\r\nContent-Length: 10\r\n', record)],
    [
      'an unknown Transfer-Encoding',
      post('Host: x\r\nTransfer-Encoding: gzip, chunked\r\n', `a\r\n${record}\r\n0\r\n\r\n`),
    ],
    [
      'chunked twice',
      post('Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', `a\r\n${record}\r\n0\r\n\r\n`),
    ],
    ['a target that is no path', good.replace('/api/order', '*')],
    ['white space before a colon', good.replace('Host:', 'Host :')],
    ['a folded field', good.replace('Host: x', 'Host: x\r\nX-A: b\r\n c')],
    ['a bare LF', good.replace('\r\nHost', '\nHost')],
    ['a NUL', good.replace('Host: x', 'Host: x\r\nX-A: \0')],
    ['another HTTP', good.replace('HTTP/1.1', 'HTTP/1.2')],
    ['an expectation nobody knows', post('Host: x\r\nContent-Length: 10\r\nExpect: tea\r\n', record)],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['an endless head', `GET / HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(5000)}\r\n`],
  ])('gets 400 and a closed connection: %s', async (_, bytes) => {
    const text = await talk(it, [bytes])
    expect(answersIn(text)).toEqual(['400', 'REQUEST_MALFORMED'])
    expect(text.toLowerCase()).toContain('connection: close')
    expect(text).toContain('application/problem+json')
    expect(it.fake.puts).toEqual([])
  })

  test('does not take the place of an answer that is still owed', async () => {
    it.fake.holding = true
    const text = talk(it, [good, 'GARBAGE\r\n\r\n'])
    await eventually(() => it.fake.held.length === 1, 'the put')
    await new Promise((next) => setTimeout(next, 50))
    flush(it.fake)
    expect(answersIn(await text)).toEqual(['202', '400', 'REQUEST_MALFORMED'])
  })

  test('in the middle of a chunked body is answered', async () => {
    const text = await talk(it, [post('Host: x\r\nTransfer-Encoding: chunked\r\n', '5\r\n{"id"\r\n'), 'zz\r\n'])
    expect(answersIn(text)).toEqual(['400', 'REQUEST_MALFORMED'])
  })
})

describe('a request that takes its time', () => {
  test('with its head gets 408', async () => {
    const text = await talk(it, ['POST /api/order HTTP/1.1\r\nHost: x\r\n'])
    expect(answersIn(text)).toEqual(['408', 'REQUEST_TIMEOUT'])
  })

  test('with its body gets 408, and what it held is freed', async () => {
    const text = await talk(it, [post('Host: x\r\nContent-Length: 100\r\n', '{"id"')])
    expect(answersIn(text)).toEqual(['408', 'REQUEST_TIMEOUT'])
    await eventually(() => it.fake.requests.length === 1, 'the end of the request')
    expect(it.fake.puts).toEqual([])
  })

  test('with one byte now and then makes no progress', async () => {
    const bytes = [...Array(100)].map(() => ' ')
    const text = await talk(it, [post('Host: x\r\nContent-Length: 100\r\n'), ...bytes])
    expect(answersIn(text)).toEqual(['408', 'REQUEST_TIMEOUT'])
  })

  test('with lines, each of them whole, may go on as long as it likes', async () => {
    const head = post('Host: x\r\nTransfer-Encoding: chunked\r\n').replace('json', 'x-ndjson')
    const chunks = [...Array(30)].map((_, index) => `c\r\n{"id":"${10 + index}"}\n\r\n`)
    const text = await talk(it, [head, ...chunks, '0\r\n\r\n'], /\{"accepted":30/)
    expect(answersIn(text)).toEqual(['202'])
  })

  test('on an idle connection is not waited for', async () => {
    expect(answersIn(await talk(it, [good]))).toEqual(['202'])
  })
})

describe('a client that leaves', () => {
  test('in the middle of a body leaves nothing behind', async () => {
    for (const type of ['application/json', 'application/x-ndjson']) {
      const socket = connect(it.server.port, '127.0.0.1')
      socket.write(post('Host: x\r\nContent-Length: 4000\r\n', '{"id":"').replace('application/json', type))
      await new Promise((next) => setTimeout(next, 30))
      socket.resetAndDestroy()
    }
    await eventually(() => it.fake.requests.length === 2, 'both requests')
    expect(it.fake.requests).toEqual(['POST /api/order aborted', 'POST /api/order aborted'])
    expect(it.fake.puts).toEqual([])
  })

  test('by closing its side in the middle of a body is told, since it may still read', async () => {
    const socket = connect({ port: it.server.port, host: '127.0.0.1', allowHalfOpen: true })
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.end(post('Host: x\r\nContent-Length: 4000\r\n', '{"id":"'))
    await eventually(() => text.includes('connection ended before'), 'the answer')
    expect(answersIn(text)).toEqual(['400', 'REQUEST_MALFORMED'])
    socket.destroy()
  })

  const sixInChunks = [...Array(6)].map((_, id) => `e\r\n{"id":"six${id}"}\n\r\n`).join('')
  const chunked = 'Host: x\r\nTransfer-Encoding: chunked\r\n'
  const zipped = gzipSync(sixLines)
  test.each([
    ['lines in chunks', post(chunked, sixInChunks), 'x-ndjson', '6'],
    ['lines in chunks, within a line', post(chunked, `${sixInChunks}d\r\n{"id":`), 'x-ndjson', '6'],
    ['lines with a broken chunk', post(chunked, `${sixInChunks}zz\r\n`), 'x-ndjson', '6'],
    [
      'an array',
      post('Host: x\r\nContent-Length: 4000\r\n', `[${sixLines.trim().replaceAll('\n', ',')},{"id`),
      'json',
      '6',
    ],
    ['an array in chunks', post(chunked, `b\r\n[{"id":"a"}\r\n2\r\n,{\r\n`), 'json', '1'],
  ])('by closing its side is told what was taken: %s', async (_, text, type, count) => {
    const reply = await half(text.replace('/json', `/${type}`))
    expect(answersIn(reply)).toEqual(['400', 'REQUEST_MALFORMED'])
    expect(reply).toMatch(new RegExp(`"accepted":${count},.*"nextIndex":${count}}$`))
    expect(it.fake.requests).toEqual(['POST /api/order 400'])
  })

  test('by closing its side within gzip is told what was taken', async () => {
    const head = post(`Host: x\r\nContent-Encoding: gzip\r\nContent-Length: ${zipped.length + 9}\r\n`)
    const socket = halfOpen()
    socket.end(Buffer.concat([Buffer.from(head.replace('/json', '/x-ndjson')), zipped]))
    expect(await textOf(socket)).toMatch(/REQUEST_MALFORMED.*ended before.*"accepted":6,.*"nextIndex":6}$/)
    const torn = halfOpen()
    torn.end(Buffer.concat([Buffer.from(head.replace('/json', '/x-ndjson')), zipped.subarray(0, -9)]))
    expect(await textOf(torn)).toMatch(/REQUEST_MALFORMED.*The connection ended before/)
  })

  test('by closing its side gets a line for the rest where every record has one, and the end', async () => {
    const head = 'Host: x\r\nAccept: application/x-ndjson\r\nContent-Length: 4000\r\n'
    const reply = await half(post(head, sixLines).replace('/json', '/x-ndjson'))
    expect(answersIn(reply)).toEqual(['207', 'REQUEST_MALFORMED'])
    expect(reply).toMatch(/"index":5,"status":"accepted"[\s\S]*"index":6,.*"rest":true}\n\r\n0\r\n\r\n$/)
  })

  test('by closing its side behind a body that is answered already gets one answer', async () => {
    const broken = post('Host: x\r\nContent-Length: 400\r\n', '[{"id":"a"},,')
    const socket = halfOpen()
    const text = textOf(socket)
    socket.write(broken)
    await eventually(() => it.fake.requests.length === 1, 'the answer')
    socket.end()
    expect(answersIn(await text)[0]).toBe('207')
    expect(answersIn(await text).filter((each) => each === '400')).toEqual([])
  })

  test('by closing its side while its answer is made gets that one', async () => {
    it.fake.holding = true
    const reply = half(post('Host: x\r\nContent-Length: 400\r\n', '[{"id":"a"},,'))
    await eventually(() => it.fake.held.length === 1, 'a put')
    await new Promise((next) => setTimeout(next, 50))
    it.fake.holding = false
    flush(it.fake)
    expect(answersIn(await reply)).toEqual(['207', 'JSON_MALFORMED'])
  })

  test.each(['application/json', 'application/x-ndjson'])(
    'while it waits for room is not put any more: %s',
    async (type) => {
      it.fake.room = 0
      const socket = connect(it.server.port, '127.0.0.1')
      socket.write(good.replace('application/json', type))
      await eventually(() => it.fake.roomWaits.length === 1, 'a wait for room')
      socket.destroy()
      await eventually(() => it.fake.requests.length === 1, 'the end of the request')
      giveRoom(it.fake, 1)
      await eventually(() => it.fake.counts['orders refused'] === 1, 'the count')
      expect(it.fake.puts).toEqual([])
    },
  )

  test('after its record was put does not disturb it', async () => {
    it.fake.holding = true
    const socket = connect(it.server.port, '127.0.0.1')
    socket.write(good)
    await eventually(() => it.fake.held.length === 1, 'the put')
    socket.resetAndDestroy()
    await eventually(() => it.fake.requests.length === 1, 'the end of the request')
    flush(it.fake)
    expect(it.fake.counts).toEqual({ 'orders accepted': 1 })
  })
})

describe('gzip', () => {
  const gzip = (body: Buffer, type = 'application/x-ndjson') =>
    send(it, { body, headers: { 'content-type': type, 'content-encoding': 'gzip' } })

  test('that is none, or cut, is refused', async () => {
    const whole = gzipSync('{"id":"a"}\n'.repeat(100))
    const broken = Buffer.from(whole)
    broken[whole.length - 6]! ^= 0xff
    for (const body of [Buffer.from('no gzip'), whole.subarray(0, 40), broken]) {
      const reply = await gzip(body)
      expect(reply.status).toBe(400)
      expect(reply.json()).toMatchObject({ code: 'REQUEST_MALFORMED', detail: expect.stringContaining('gzip') })
    }
  })

  test('that inflates without end is cut off', async () => {
    const bomb = await gzip(gzipSync(Buffer.alloc(50_000_000, ' ')))
    expect(bomb.status).toBe(413)
    expect(bomb.json().detail).toContain('200 times')
    const lines = Array.from({ length: 400_000 }, (_, index) => `{"id":"${index * 7919}"}`).join('\n')
    const large = await gzip(gzipSync(lines))
    expect(large.json()).toMatchObject({ code: 'BODY_TOO_LARGE', detail: expect.stringContaining('5000000') })
    expect(large.json().accepted).toBe(it.fake.nextOffset)
  })

  test('of nothing is an empty body', async () => {
    expect((await gzip(gzipSync(''), 'application/json')).json().code).toBe('JSON_MALFORMED')
  })
})

test('a body larger than the limit is cut off while it comes, and the client sees why', async () => {
  const reply = await send(it, {
    headers: { 'content-type': 'application/x-ndjson', 'transfer-encoding': 'chunked' },
    body: `${record}\n`.repeat(400_000),
  })
  expect(reply.status).toBe(413)
  expect(reply.json().code).toBe('BODY_TOO_LARGE')
})

test('a client that reads only after it has sent everything still gets its answer', async () => {
  const socket = connect(it.server.port, '127.0.0.1')
  const length = 900_000
  socket.pause()
  socket.write(`POST /api/order HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n`)
  for (let sent = 0; sent < length; sent += 10_000) {
    await new Promise((next) => socket.write(Buffer.alloc(10_000, 'x'), next))
  }
  let text = ''
  const ended = new Promise((resolve) => socket.on('end', () => resolve('end')).on('error', resolve))
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.resume()
  expect(await ended).toBe('end')
  expect(answersIn(text)).toEqual(['415', 'MEDIA_TYPE'])
})

test('an array that is malformed early is answered at once, however long it goes on', async () => {
  const reply = await send(it, { body: `[{"id":"a"},,${'[],'.repeat(800_000)}1]` })
  expect(reply.status).toBe(207)
  expect(reply.json()).toMatchObject({ accepted: 1, invalid: 1, errors: [{ index: 1, code: 'JSON_MALFORMED' }] })
})

test('connections over the limit are closed, and said', async () => {
  const small = await startFixture({ connectionsMax: 1 })
  const first = connect(small.server.port, '127.0.0.1')
  await new Promise((next) => first.once('connect', next))
  expect(await talk(small, [good])).toBe('')
  await eventually(() => small.fake.errors.length === 1, 'the note')
  first.destroy()
  await small.close()
})

test('a refused body is not asked for: no 100 Continue before the request was admitted', async () => {
  const head = (type: string) =>
    `POST /api/order HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: ${type}\r\nContent-Length: 10\r\n\r\n`
  expect(answersIn(await talk(it, [head('text/plain')], /MEDIA_TYPE/))).toEqual(['415', 'MEDIA_TYPE'])
  expect(answersIn(await talk(it, [head('application/json'), record], /accepted/))).toEqual(['100', '202'])
})

test('pipelined requests are answered in their order', async () => {
  const requests = [1, 2, 3].map((index) => good.replaceAll('"a"', `"${index}"`)).join('')
  const text = await talk(it, [requests], /"key":"3"/)
  expect([...text.matchAll(/"key":"(\d)"/g)].map(([, key]) => key)).toEqual(['1', '2', '3'])
})

test('HTTP/1.0 is answered and the connection closed', async () => {
  const text = await talk(it, [good.replace('HTTP/1.1', 'HTTP/1.0').replace('Host: x\r\n', '')])
  expect(answersIn(text)).toEqual(['202'])
})

describe('a client that does not read', () => {
  test('its answers is left after a while', async () => {
    await it.close()
    it = await startFixture({ headMs: 100, bodyStallMs: 200 })
    const socket = connect(it.server.port, '127.0.0.1')
    socket.pause()
    socket.on('error', () => undefined)
    const line = `${JSON.stringify({ id: 'x', pad: 'y'.repeat(60) })}\n`
    socket.write(
      `POST /api/order HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const chunk = line.repeat(2000)
    const timer = setInterval(() => socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`), 1)
    await eventually(() => it.fake.requests.length === 1, 'the end of the request')
    clearInterval(timer)
    socket.destroy()
    expect(it.fake.requests).toEqual(['POST /api/order aborted'])
  }, 20_000)
})

test('a thousand bad requests leave a server that works', async () => {
  const bodies = ['{', '[', '"', '{"id":1', 'null', '\x00', '[[[[', '{"qty":0}']
  for (let turn = 0; turn < 1000; turn += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        send(it, { body: bodies[(turn + index) % bodies.length]! }).catch(() => undefined),
      ),
    )
  }
  expect((await send(it, { body: record })).status).toBe(202)
  const request = httpRequest({ port: it.server.port, method: 'POST', path: '/api/order' })
  request.on('error', () => undefined)
  request.destroy()
})
