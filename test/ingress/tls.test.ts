// Records over TLS: the same answers as without it, from either lane; what is no handshake, or takes too long for one, is
// closed and counted, and is counted as a connection all the while.
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import type { LimitsConfig } from '../../src/config/config.ts'
import { type Certificate, readCertificate } from '../../src/ingress/certificate.ts'
import { tlsFiles } from '../fixtures/tls.ts'
import { eventually, type Fixture, startFixture } from './fixture.ts'

const first = await readCertificate(tlsFiles('first'))
const second = await readCertificate(tlsFiles('second'))
const started: Fixture[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const fixture of started.splice(0)) {
    await fixture.close()
    expect(fixture.server.heldBytes()).toBe(0)
    expect(fixture.fake.errors).toEqual([])
  }
})

async function start(
  fastLane: boolean,
  certificate: Certificate | undefined = first,
  limits: Partial<LimitsConfig> = {},
): Promise<Fixture> {
  const fixture = await startFixture({ recordBytesMax: 100_000, ...limits }, { fastLane }, { certificate })
  started.push(fixture)
  return fixture
}

function open(fixture: Fixture, isTls = true, options: object = {}): Socket {
  const where = { port: fixture.server.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true, ...options }
  const socket = isTls ? connectTls({ ...where, rejectUnauthorized: false }) : connect(where)
  sockets.push(socket)
  return socket
}

/** Resolves with what was received and how it ended: 'end' for a close, else the code of the error. */
function ending(socket: Socket): Promise<{ readonly text: string; readonly how: string }> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
    })
    socket.on('error', (error: Error & { code?: string }) => resolve({ text, how: error.code ?? error.message }))
    socket.on('end', () => resolve({ text, how: 'end' }))
  })
}

async function converse(fixture: Fixture, isTls: boolean, parts: readonly string[]): Promise<string> {
  const socket = open(fixture, isTls)
  const ended = ending(socket)
  for (const part of parts) {
    socket.write(part, 'latin1')
    await new Promise((next) => setTimeout(next, 5))
  }
  const { text, how } = await ended
  expect(how).toBe('end')
  return text.replace(/^date: .*$/gim, 'date: …')
}

const post = (body: string, more = '') =>
  `POST /api/order HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const farewell = 'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
const record = (id: string) => `{"id":"${id}"}`
const chunked =
  'POST /api/order HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n' +
  'a\r\n{"id":"n"}\r\n0\r\n\r\n'

function lines(count: number): string {
  const body = Array.from({ length: count }, (_, index) => `${record(`line-${index}-${'x'.repeat(60)}`)}\n`).join('')
  return `POST /api/order HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

const conversations: readonly (readonly [string, readonly string[]])[] = [
  ['a record', [post(record('a')), farewell]],
  ['records in one piece', [post(record('a')) + post(record('b')) + get('/api/order/a') + farewell]],
  ['a record byte by byte', [...post(record('a')), farewell]],
  ['a record longer than what TLS carries in one piece', [post(record('x'.repeat(90_000))), farewell]],
  ['a record in two halves', [post(record('a')).slice(0, -5), post(record('a')).slice(-5), farewell]],
  ['a body that is handed over, after one that is not', [post(record('a')), chunked, farewell]],
  ['both in one piece', [post(record('a')) + chunked + post(record('b')) + farewell]],
  ['lines of some length', [lines(300).slice(0, 9_000), lines(300).slice(9_000), farewell]],
  ['an array', [post(`[${record('a')},${record('b')}]`) + post(record('a')), farewell]],
  ['a head that is refused', ['POST /api/order HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n']],
  ['what is no HTTP', ['hello\r\n\r\n']],
  ['the end of its side after a request', [post(record('a'), 'Connection: close\r\n')]],
]

describe('the answers are those of a connection without TLS, from either lane, to', () => {
  test.each(conversations)('%s', async (_, parts) => {
    const texts: string[] = []
    for (const fastLane of [true, false]) {
      for (const certificate of [first, undefined]) {
        const fixture = await startFixture({ recordBytesMax: 100_000 }, { fastLane }, { certificate })
        started.push(fixture)
        texts.push(await converse(fixture, certificate !== undefined, parts))
      }
    }
    expect(texts[0]).toMatch(/^HTTP\/1\.1 \d{3} /)
    expect(new Set(texts)).toEqual(new Set([texts[0]]))
  })
})

describe.each([true, false])('with fastLane %s', (fastLane) => {
  test('plain HTTP is closed unanswered, and counted', async () => {
    const it = await start(fastLane)
    const socket = open(it, false)
    socket.write(post(record('a')))
    const { text } = await ending(socket)
    expect(text).toBe('')
    await eventually(() => it.fake.connections.plain_http === 1, 'it was counted')
    expect(it.fake.connections).toEqual({ plain_http: 1 })
    expect(it.fake.puts).toEqual([])
  })

  test('what is neither TLS nor HTTP, and a client that leaves in between, are failed handshakes', async () => {
    const it = await start(fastLane)
    open(it, false).write(Buffer.alloc(100, 0xff))
    const leaving = open(it, false)
    leaving.write('\x16\x03\x01', () => leaving.resetAndDestroy())
    await eventually(() => it.fake.connections.handshake_failed === 2, 'both were counted')
    expect(it.fake.connections).toEqual({ handshake_failed: 2 })
  })

  test('a handshake that drips is cut when its time is over, for all that it gets on', async () => {
    const it = await start(fastLane, first, { handshakeMs: 300 })
    const socket = open(it, false)
    const hello = Buffer.from('16030101000100', 'hex') // says that 256 bytes follow
    let at = 0
    const drip = setInterval(() => socket.write(Buffer.of(hello[at++] ?? 0)), 20)
    await ending(socket)
    clearInterval(drip)
    expect(at).toBeGreaterThan(1)
    await eventually(() => it.fake.connections.handshake_timeout === 1, 'it was counted')
  })

  test('a connection counts from before its handshake until it has closed', async () => {
    const it = await start(fastLane, first, { connectionsMax: 2 })
    const silent = [open(it, false), open(it, false)]
    await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    await ending(open(it, false))
    expect(it.fake.connections).toEqual({ dropped: 1 })
    for (const socket of silent) socket.end()
    await eventually(() => it.fake.connections.handshake_failed === 2, 'the silent ones are gone')
    expect(await converse(it, true, [post(record('a')), farewell])).toMatch(/^HTTP\/1\.1 202 /)
    expect(it.fake.errors.splice(0)).toEqual([{ connectionsMax: 2 }]) // a warning, for the one that was dropped
  })

  test('HTTP/1.1 is the one protocol offered', async () => {
    const it = await start(fastLane)
    const { how } = await ending(open(it, true, { ALPNProtocols: ['h2'] }))
    expect(how).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
    const both = open(it, true, { ALPNProtocols: ['h2', 'http/1.1'] }) as TLSSocket
    await new Promise((resolve) => both.once('secureConnect', resolve))
    expect(both.alpnProtocol).toBe('http/1.1')
  })

  test('another certificate is shown to new connections, and those there are go on', async () => {
    const it = await start(fastLane)
    const before = open(it) as TLSSocket
    await new Promise((resolve) => before.once('secureConnect', resolve))
    it.server.renew(second)
    const after = open(it) as TLSSocket
    await new Promise((resolve) => after.once('secureConnect', resolve))
    expect([before, after].map((each) => each.getPeerCertificate().subject.CN)).toEqual(['first', 'second'])
    const ended = ending(before)
    before.write(post(record('a')) + farewell)
    expect((await ended).text).toMatch(/^HTTP\/1\.1 202 /)
  })

  test('a client that closes its side in the middle of its handshake is not waited for', async () => {
    const it = await start(fastLane)
    open(it, false).end('\x16\x03\x01')
    await eventually(() => it.fake.connections.handshake_failed === 1, 'it was counted')
  })

  test('closing cuts handshakes and idle connections, and answers what is under way', async () => {
    const it = await start(fastLane)
    it.fake.holding = true
    const [silent, idle, busy] = [open(it, false), open(it), open(it)]
    const ended = Promise.all([silent, idle, busy].map((each) => ending(each)))
    busy.write(post(record('a')))
    await eventually(() => it.fake.held.length === 1 && it.fake.connections.taken === 2, 'they are there')
    const closed = it.server.close(30_000)
    it.fake.held.splice(0)[0]?.()
    await closed
    expect((await ended).map(({ text }) => text.slice(0, 12))).toEqual(['', '', 'HTTP/1.1 202'])
    started.length = 0
  })
})

test('a session is resumed by another listener that has the same certificate', async () => {
  const [here, there] = [await start(true), await start(true)]
  const one = open(here) as TLSSocket
  const session = await new Promise<Buffer>((resolve) => one.once('session', resolve))
  const other = open(there, true, { session }) as TLSSocket
  await new Promise((resolve) => other.once('secureConnect', resolve))
  expect(other.isSessionReused()).toBe(true)
})

test('a file that is not there, or a key of another certificate, is told with its path', async () => {
  const { certFile } = tlsFiles('first')
  const { keyFile } = tlsFiles('second')
  await expect(readCertificate({ certFile, keyFile: '/nowhere.pem' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('tls.keyFile: /nowhere.pem cannot be read'),
  })
  await expect(readCertificate({ certFile, keyFile })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('key values mismatch'),
  })
})
