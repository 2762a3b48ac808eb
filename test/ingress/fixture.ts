// A server on a free port over stand-ins for the parts behind it: an intake that decides by plain JavaScript, a log and a
// sink that are maps. Each can be made slow, full or broken by the test.
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { Config, LimitsConfig, StreamConfig } from '../../src/config/config.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { keyPointers } from '../../src/config/streams.ts'
import type { ErrorCode } from '../../src/errors.ts'
import type { ServerDeps } from '../../src/ingress/deps.ts'
import type { ChunkInput, Collector, Outcome } from '../../src/ingress/intake.ts'
import { openServer, type Server } from '../../src/ingress/server.ts'
import { makeStoredWatch } from '../../src/ingress/stored.ts'
import { type RecordStatus, recordStatus } from '../../src/kernel/abi.ts'
import type { Plan } from '../../src/kernel/engine.ts'
import { decodeValue, encodeValue } from '../../src/kernel/messagepack.ts'
import { makeProgress } from '../../src/log/progress.ts'

export const streams: Record<string, StreamConfig> = {
  orders: { path: '/api/order', schema: { properties: { qty: { minimum: 1 } }, required: ['id'] }, key: '/id' },
  events: { path: '/events', schema: true },
  hooks: { path: '/hooks', schema: true, key: { header: 'Idempotency-Key' } },
  raw: { path: '/raw', schema: true, key: '/id', value: 'json' },
  slow: { path: '/slow', schema: true, rateLimit: { requestsPerSecond: 0.5, burst: 2 } },
}

const locations = [
  { keyword: 'minimum', schemaPointer: '/properties/qty/minimum', expected: 1 },
  { keyword: 'required', schemaPointer: '/required', expected: 'id' },
]

export type Fake = {
  /** Chunks wait here while it is on; `flush` answers them, in any order. */
  held: (() => void)[]
  holding: boolean
  /** Chunks it takes before it says there is no room. */
  room: number
  refuseWith: ErrorCode | undefined
  puts: { streamIndex: number; kind: string; bytes: number }[]
  seen: Map<string, { text: string; offset: number }>
  nextOffset: number
  counts: Record<string, number>
  requests: string[]
  connections: Record<string, number>
  errors: unknown[]
  stored: Map<string, string>
  logRefusal: 'LOG_UNAVAILABLE' | 'STORAGE_FULL' | undefined
  roomWaits: (() => void)[]
}

export type Fixture = {
  readonly server: Server
  readonly origin: string
  readonly fake: Fake
  readonly deps: ServerDeps
  close(): Promise<void>
}

export async function startFixture(
  limits: Partial<LimitsConfig> = {},
  more: Partial<Config> = {},
  moreDeps: Partial<ServerDeps> = {},
): Promise<Fixture> {
  const base = defaultConfig()
  const fastLane = process.env.SLUICE_TEST_FAST_LANE !== 'off'
  const config: Config = { ...base, port: 0, fastLane, streams, ...more, limits: { ...base.limits, ...limits } }
  const fake = makeFake()
  const deps = { ...makeDeps(config, fake), ...moreDeps }
  const server = await openServer(deps)
  return { server, origin: `http://127.0.0.1:${server.port}`, fake, deps, close: () => server.close(200) }
}

function makeFake(): Fake {
  return {
    held: [],
    holding: false,
    room: Number.POSITIVE_INFINITY,
    refuseWith: undefined,
    puts: [],
    seen: new Map(),
    nextOffset: 0,
    counts: {},
    requests: [],
    connections: {},
    errors: [],
    stored: new Map(),
    logRefusal: undefined,
    roomWaits: [],
  }
}

function makeDeps(config: Config, fake: Fake): ServerDeps {
  const names = Object.keys(config.streams)
  const progress = makeProgress(names.length)
  const plans = names.map((_, streamIndex) => ({ streamIndex, compiled: { locations } }) as unknown as Plan)
  return {
    config,
    plans,
    progress,
    now: Date.now,
    intake: makeIntake(config, fake),
    stored: makeStoredWatch(names.map(() => 0)),
    logRefusal: () => fake.logRefusal,
    drainRecordsPerSecond: () => undefined,
    readStored: async (_, key) => fake.stored.get(key),
    log: {
      async find(_, key) {
        const found = fake.seen.get(key)
        if (found === undefined) return { state: 'unknown' }
        const value =
          names[3] === 'raw' && key.startsWith('raw') ? Buffer.from(found.text) : encodeValue(JSON.parse(found.text))
        return { state: 'queued', offset: found.offset, value }
      },
    },
    meter: {
      records(streamIndex, outcome, count) {
        const name = `${names[streamIndex]} ${outcome}`
        fake.counts[name] = (fake.counts[name] ?? 0) + count
      },
      requests: (route, method) => (status) => void fake.requests.push(`${method} ${route} ${status}`),
      connection(outcome) {
        fake.connections[outcome] = (fake.connections[outcome] ?? 0) + 1
      },
    },
    logger: { error: (fields) => void fake.errors.push(fields), warn: (fields) => void fake.errors.push(fields) },
  }
}

function makeIntake(config: Config, fake: Fake): ServerDeps['intake'] {
  return {
    put(streamIndex, input, collector) {
      if (fake.room <= 0) return false
      fake.room--
      fake.puts.push({ streamIndex, kind: input.kind, bytes: input.bytes.length })
      const copy = { ...input, bytes: Buffer.from(input.bytes) } // as the slab does: the caller may write over its own
      const answer = () => decide(Object.values(config.streams)[streamIndex]!, fake, copy, collector)
      if (fake.holding) fake.held.push(answer)
      else setImmediate(answer)
      return true
    },
    hasRoom: () => fake.room > 0,
    room(_streamIndex, _bytes, deadlineMs) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), Math.max(0, deadlineMs - Date.now()))
        fake.roomWaits.push(() => {
          clearTimeout(timer)
          resolve(true)
        })
      })
    },
  }
}

export function flush(fake: Fake, order: 'first' | 'last' = 'first'): void {
  const held = fake.held.splice(0)
  for (const answer of order === 'first' ? held : held.reverse()) answer()
}

export function giveRoom(fake: Fake, chunks: number): void {
  fake.room = chunks
  for (const give of fake.roomWaits.splice(0)) give()
}

function decide(stream: StreamConfig, fake: Fake, input: ChunkInput, collector: Collector): void {
  const texts = input.kind === 'lines' ? linesIn(input.bytes) : [textOf(input)]
  const taken = fake.refuseWith === undefined ? texts : []
  for (const text of taken) collector.record(outcomeOf(stream, fake, text, input.key))
  collector.done(fake.refuseWith, fake.refuseWith && input.bytes)
}

function textOf({ kind, bytes }: ChunkInput): string {
  return kind === 'msgpack' ? JSON.stringify(decodeValue(bytes)) : Buffer.from(bytes).toString()
}

function linesIn(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString()
  return text.split('\n').filter((line) => line.trim() !== '')
}

/** What the kernel and the log would say of a record that has this key. */
export function outcomeWith(status: RecordStatus, key: string, offset: number, text = ''): Outcome {
  return {
    status,
    offset,
    errorOffset: 0,
    locationIndex: 0,
    pointer: () => '',
    errors: () => undefined,
    ...keyOf(key),
    bytes: () => Buffer.from(text),
    isPacked: false,
  }
}

function outcomeOf(stream: StreamConfig, fake: Fake, text: string, headerKey: Uint8Array | undefined): Outcome {
  const base = outcomeWith(recordStatus.SCHEMA_INVALID, '', 0, text)
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) ?? {}
  } catch {
    return { ...base, status: recordStatus.UNEXPECTED_BYTE, errorOffset: text.search(/[^{]/) }
  }
  if (typeof value.qty === 'number' && value.qty < 1) {
    const errorOffset = text.indexOf(`:${value.qty}`) + 1
    return { ...base, errorOffset, pointer: () => '/qty' }
  }
  const pointer = keyPointers(stream.key)[0]
  const key = headerKey ? Buffer.from(headerKey).toString() : pointer && value[pointer.slice(1)]
  if (pointer && typeof key !== 'string') return { ...base, locationIndex: 1 }
  const { status, offset } = verdict(fake, text, key)
  return outcomeWith(status, String(key ?? ''), offset, text)
}

function keyOf(key: string): Pick<Outcome, 'key' | 'plainKey' | 'copyPlainKey'> {
  const isPlain = JSON.stringify(key) === `"${key}"` && /^[ -~]*$/.test(key)
  return {
    key: () => key,
    plainKey: () => (isPlain ? key : undefined),
    copyPlainKey: (into, at, bytesMax) =>
      isPlain && key.length <= bytesMax ? Buffer.from(into.buffer, into.byteOffset).write(key, at, 'latin1') : -1,
  }
}

function verdict(fake: Fake, text: string, key: unknown): { status: RecordStatus; offset: number } {
  const known = typeof key === 'string' ? fake.seen.get(key) : undefined
  if (known)
    return { status: known.text === text ? recordStatus.DUPLICATE : recordStatus.CONFLICT, offset: known.offset }
  const offset = fake.nextOffset++
  if (typeof key === 'string') fake.seen.set(key, { text, offset })
  return { status: recordStatus.ACCEPTED, offset }
}

/** Members that answers may have; which they do is what the tests check. */
export type AnswerBody = {
  readonly code: string
  readonly detail: string
  readonly status: number | string
  readonly key: string
  readonly accepted: number
  readonly nextIndex: number
  readonly errors: readonly {
    readonly index: number
    readonly code: string
    readonly status: string
    readonly message: string
    readonly retry: boolean
    readonly byteOffset?: number
    readonly pointer?: string
  }[]
  readonly errorsOmitted: number
}

export type Reply = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  json(): AnswerBody
}

export type Sent = {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

/** Sends one request on a connection of its own. */
export function send(fixture: Fixture, sent: Sent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method = 'POST', path = '/api/order', headers = { 'content-type': 'application/json' }, body } = sent
    const isChunked = headers['transfer-encoding'] !== undefined
    const length = body === undefined || isChunked ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const options = {
      port: fixture.server.port,
      host: '127.0.0.1',
      method,
      path,
      headers: { ...length, ...headers },
      agent: false,
    }
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode!, headers: response.headers, text, json: () => JSON.parse(text) })
      })
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : Buffer.from(body)) // beside text the head would be sent as UTF-8
  })
}

/** Writes bytes to a raw socket, in turns, and returns all that came back until the server closed or `until` matched. */
export function talk(fixture: Fixture, parts: readonly (string | Buffer)[], until?: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(fixture.server.port, '127.0.0.1')
    let text = ''
    const finish = () => {
      socket.destroy()
      resolve(text)
    }
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (until?.test(text)) finish()
    })
    socket.on('error', (error: Error & { code?: string }) =>
      text === '' && error.code !== 'ECONNRESET' ? reject(error) : finish(),
    )
    socket.on('close', finish)
    void (async () => {
      for (const part of parts) {
        socket.write(part)
        await new Promise((next) => setTimeout(next, 20))
      }
    })()
  })
}

export async function eventually(condition: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    if (condition()) return
    await new Promise((next) => setTimeout(next, 10))
  }
  throw new Error(`it never happened: ${what}`)
}
