// MessagePack over HTTP, by real servers of both engines: a record is taken, stored, found again and refused as its JSON is,
// and the engines say the same of the same bytes. A failure names the seed: SLUICE_SEED=… runs it again.
import { gzipSync } from 'node:zlib'
import { Packr, pack } from 'msgpackr'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { orderSchema } from '../../src/config/orders.ts'
import { recordBytesMax } from '../../src/limits.ts'
import { makeDataDir, order, queryWhen, type RunningServer, startServer } from '../e2e/server.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { type AnswerBody, type Fixture, startFixture, talk } from './fixture.ts'

const seed = seedFromEnv()
const about = `SLUICE_SEED=${seed}`
const json = 'application/json'
const msgpack = 'application/msgpack'

const config = {
  streams: {
    packed: { path: '/packed', schema: orderSchema, key: '/orderId' },
    plain: { path: '/plain', schema: orderSchema, key: '/orderId' },
    any: { path: '/any', schema: true },
    hooks: { path: '/hooks', schema: true, key: { header: 'Idempotency-Key' } },
    raw: { path: '/raw', schema: true, value: 'json' },
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

type Answer = { readonly status: number; readonly text: string; body(): AnswerBody }

/** Posts the same to both servers. They must answer the same; that is what is returned. */
async function post(
  path: string,
  body: string | Uint8Array,
  type = msgpack,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answers = await Promise.all(
    servers.map((server) => postTo(server, path, body, { 'content-type': type, ...headers })),
  )
  expect(answers[1], about).toEqual(answers[0])
  const { status, text } = answers[0]!
  return { status, text, body: () => JSON.parse(text) }
}

async function postTo(
  { url }: RunningServer,
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string>,
): Promise<{ status: number; text: string }> {
  const sent = typeof body === 'string' ? body : Uint8Array.from(body)
  const response = await fetch(url + path, { method: 'POST', headers, body: sent })
  return { status: response.status, text: await response.text() }
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** Packers whose bytes differ for the same value: heads as short as may be or longer ones; numbers in single precision. */
const packrs = [
  new Packr({ useRecords: false, variableMapSize: true }),
  new Packr({ useRecords: false, variableMapSize: false }),
  new Packr({ useRecords: false, useFloat32: 1 }),
]

/** The order to be packed by the packer of this index: for the last one, of numbers that single precision has exactly. */
function anyOrder(random: Random, index: number): object {
  const isSingle = index % packrs.length === packrs.length - 1
  const fraction = () => (isSingle ? random.below(1_000_000) / 4 : random.below(1_000_000) / 100)
  const price = () => random.pick([fraction(), random.below(100), random.below(2 ** 31)])
  const items = Array.from({ length: 1 + random.below(18) }, () => {
    return { sku: 'teä-'.repeat(1 + random.below(12)), qty: 1 + random.below(10_000), price: price() }
  })
  const note = random.pick([undefined, '', 'a "note"\n\\ \u0000', '😀'.repeat(random.below(100))])
  const createdAt = random.pick([undefined, '2026-11-23T08:00:00Z'])
  const optional = { ...(note !== undefined && { note }), ...(createdAt !== undefined && { createdAt }) }
  return order(`o-${index}`, { userId: 1 + random.below(2 ** 40), total: price(), items, ...optional })
}

describe('200 distinct records', () => {
  const random = randomFrom(seed)
  const records = Array.from({ length: 200 }, (_, index) => anyOrder(random, index))

  test('one a request are answered as their JSON is', async () => {
    for (const [index, record] of records.entries()) {
      const packed = await post('/packed', packrs[index % packrs.length]!.pack(record))
      expect(packed.status, about + packed.text).toBe(202)
      expect(packed).toEqual({ ...(await post('/plain', JSON.stringify(record), json)), body: expect.any(Function) })
    }
  })

  test('are known again in the other form: the stored bytes are the same', async () => {
    const duplicates = { accepted: 0, duplicate: 200, conflict: 0, invalid: 0, refused: 0, errors: [] }
    expect((await post('/packed', JSON.stringify(records), json)).body(), about).toMatchObject(duplicates)
    expect((await post('/plain', packrs[1]!.pack(records))).body(), about).toMatchObject(duplicates)
    expect(await post('/plain', packrs[0]!.pack(records[7]))).toMatchObject({
      status: 200,
      text: '{"status":"duplicate","key":"o-7","offset":7}',
    })
  })

  test('leave the rows that their JSON leaves', async () => {
    for (const { home } of engines) {
      const rows = (table: string) =>
        queryWhen<Record<string, unknown>>(
          home.dir,
          `SELECT * FROM ${table} ORDER BY _offset`,
          (all) => all.length === 200,
        )
      const untimed = (all: readonly Record<string, unknown>[]) => all.map(({ _receivedAt, ...row }) => row)
      const packed = untimed(await rows('packed'))
      expect(packed, about).toEqual(untimed(await rows('plain')))
      expect(packed[7]).toMatchObject({ orderId: 'o-7', currency: 'EUR', _offset: 7 })
    }
  })

  test('can be read back as JSON', async () => {
    for (const { url } of servers) {
      const response = await fetch(`${url}/packed/o-7`)
      expect(await response.json()).toEqual(records[7])
    }
  })
})

describe('a record', () => {
  test.each(['application/vnd.msgpack', 'application/x-msgpack', 'Application/MsgPack; x=y'])(
    'may be said to be %s',
    async (type) => {
      expect((await post('/any', pack({ type }), type)).status).toBe(202)
    },
  )

  test('in gzip is taken', async () => {
    const { status } = await post('/any', gzipSync(pack({ a: 1 })), msgpack, { 'content-encoding': 'gzip' })
    expect(status).toBe(202)
  })

  test('with its key in a header is taken under it, an array is not', async () => {
    const key = { 'idempotency-key': 'k-1' }
    expect((await post('/hooks', pack({ a: 1 }), msgpack, key)).text).toContain('"key":"k-1"')
    expect((await post('/hooks', '{"a":1}', json, key)).body()).toMatchObject({ status: 'duplicate', key: 'k-1' })
    expect((await post('/hooks', pack({ a: 2 }), msgpack, key)).status).toBe(409)
    expect((await post('/hooks', pack([{ a: 1 }]), msgpack, key)).body()).toMatchObject({ code: 'KEY_MISSING' })
    expect((await post('/hooks', pack({ a: 1 }))).body()).toMatchObject({ code: 'KEY_MISSING', status: 422 })
  })

  test('with the key of another is a conflict', async () => {
    await post('/packed', pack(order('conflict')))
    const { status, body } = await post('/packed', pack(order('conflict', { total: 1 })))
    expect(status).toBe(409)
    expect(body()).toMatchObject({ code: 'KEY_CONFLICT' })
  })

  test('can be waited for until it is stored', async () => {
    expect((await post('/packed?wait=stored', pack(order('waited')))).body()).toMatchObject({ state: 'stored' })
  })

  test('is refused by a stream that keeps JSON text, which says why', async () => {
    for (const body of [pack({ a: 1 }), pack([{ a: 1 }])]) {
      const answer = await post('/raw', body)
      expect(answer.body()).toMatchObject({ status: 415, code: 'MEDIA_TYPE' })
      expect(answer.body().detail).toContain('JSON text')
    }
  })

  test('that does not fit the schema is told what, where and why, with the place in the bytes sent', async () => {
    const { sku, ...item } = { sku: 'tea', qty: 0, price: 1 }
    const record = packrs[0]!.pack(order('unfit', { items: [{ sku, ...item }] }))
    const { status, body } = await post('/packed', record)
    expect(status).toBe(422)
    expect(body()).toMatchObject({
      code: 'SCHEMA_INVALID',
      errors: [{ pointer: '/items/0/qty', keyword: 'minimum', message: 'must be at least 1, found 0' }],
    })
    expect(body().errors[0]?.byteOffset).toBe(record.indexOf('qty') + 3)
  })
})

const malformed = 'JSON_MALFORMED'
const deep = (levels: number) => `${'91'.repeat(levels - 1)}90`
describe('hostile bytes', () => {
  test.each([
    ['nothing at all', '', malformed, 0, 'The body is empty'],
    ['a map without its members', '82', malformed, 1, 'it ends before'],
    ['a text that is cut', '81 a161 a5 616263', malformed, 7, 'it ends before'],
    ['a number that is cut', '81 a161 cb 3ff8', malformed, 6, 'it ends before'],
    ['a map of four thousand million members', 'df ffffffff', malformed, 5, 'it ends before'],
    ['a text of four thousand million bytes', 'db ffffffff 61', malformed, 6, 'it ends before'],
    ['a second value', '80 80', malformed, 1, 'something follows the value'],
    ['a line feed behind the value', '80 0a', malformed, 1, 'something follows the value'],
    ['an extension type', '81 a161 d4 00 00', malformed, 3, 'an extension type'],
    ['a timestamp', '81 a161 d6 ff 00000000', malformed, 3, 'an extension type'],
    ['a long extension', '81 a161 c9 ffffffff 01', malformed, 3, 'an extension type'],
    ['binary data', '81 a161 c4 01 00', malformed, 3, 'binary data'],
    ['NaN', '81 a161 cb 7ff8000000000000', malformed, 3, 'NaN'],
    ['an infinity in single precision', '81 a161 ca ff800000', malformed, 3, 'NaN and infinities'],
    ['a number as key', '81 01 02', malformed, 1, 'key of a map must be a string'],
    ['null as key', '82 a161 01 c0 02', malformed, 4, 'key of a map must be a string'],
    ['a key twice', '82 a161 01 a161 02', malformed, 4, 'twice'],
    ['a key twice, in two forms', '82 a161 01 d90161 02', malformed, 4, 'twice'],
    ['text that is no UTF-8', '81 a161 a2 c328', malformed, 4, 'not UTF-8'],
    ['half of a surrogate pair', '81 a3 eda080 01', malformed, 2, 'not UTF-8'],
    ['the byte that starts no value', 'c1', malformed, 0, 'c1'],
    ['maps too deep', `${'81a161'.repeat(129)}80`, malformed, 3 * 128, 'nested too deeply'],
    ['maps much too deep', '81a161'.repeat(80_000), malformed, 3 * 128, 'nested too deeply'],
    ['JSON', '7b7d', malformed, 1, 'something follows the value'],
  ])('that are %s are refused where they go wrong', async (_, text, code, byteOffset, words) => {
    const { status, body } = await post('/any', hex(text))
    expect(status).toBe(400)
    expect(body()).toMatchObject({ code, byteOffset, detail: expect.stringContaining(words) })
  })

  test('that are a valid record, cut anywhere', async () => {
    const record = packrs[0]!.pack(order('cut'))
    for (let bytes = 0; bytes < record.length; bytes++) {
      const { status, body } = await post('/packed', record.subarray(0, bytes))
      expect(status, String(bytes)).toBe(400)
      expect(body()).toMatchObject({ code: malformed, byteOffset: bytes })
    }
  })

  test('that are a valid record with a byte changed are answered the same by both engines', async () => {
    const random = randomFrom(seed)
    const seen = new Set<number>()
    for (let done = 0; done < 150; done++) {
      const record = Buffer.from(packrs[0]!.pack(order(`spoiled-${done}`)))
      record[random.below(record.length)] = random.below(256)
      seen.add((await post('/packed', record)).status)
    }
    expect(seen, about).toContain(400)
    expect(seen, about).toContain(422)
    for (const status of seen) expect([200, 202, 207, 400, 409, 422], about).toContain(status)
  })

  test('that are longer than a record may be', async () => {
    const { status, body } = await post('/any', pack({ a: 'x'.repeat(recordBytesMax) }))
    expect(status).toBe(413)
    expect(body()).toMatchObject({ code: 'RECORD_TOO_LARGE' })
  })

  test('that inflate to much more than they are', async () => {
    const bomb = gzipSync(Buffer.concat([hex('dd ffffffff db ffffffff'), Buffer.alloc(4_000_000, 0x61)]))
    const { status, body } = await post('/packed', bomb, msgpack, { 'content-encoding': 'gzip' })
    expect(status).toBe(413)
    expect(body()).toMatchObject({ code: 'BODY_TOO_LARGE' })
  })
})

describe('an array', () => {
  const orders = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, index) => order(`${prefix}-${index}`))

  test('is taken record by record, in gzip too, as JSON is', async () => {
    const { offset } = JSON.parse((await post('/packed', pack(order('array-first')))).text) as { offset: number }
    const answer = await post('/packed', gzipSync(pack(orders(5000, 'array'))), msgpack, { 'content-encoding': 'gzip' })
    expect(answer.status).toBe(202)
    expect(answer.body()).toMatchObject({ accepted: 5000, firstOffset: offset + 1, lastOffset: offset + 5000 })
  })

  test('with nothing in it holds no record and says so', async () => {
    for (const body of ['90', 'dc 0000', 'dd 00000000']) {
      expect(await post('/any', hex(body))).toMatchObject({
        status: 202,
        text: expect.stringContaining('"accepted":0'),
      })
    }
  })

  test('has an entry for each record that was not taken, with the place in that record', async () => {
    const good = packrs[0]!.pack(order('among-1'))
    const bad = packrs[0]!.pack(order('among-2', { total: -1 }))
    const elements = [good, bad, hex('d4 00 00'), hex('81 01 02'), hex(deep(129)), good]
    const answer = await post('/packed', Buffer.concat([Buffer.of(0x96), ...elements]))
    expect(answer.status).toBe(207)
    expect(answer.body()).toMatchObject({ accepted: 1, duplicate: 1, invalid: 4, errorsOmitted: 0 })
    expect(answer.body().errors).toMatchObject([
      {
        index: 1,
        code: 'SCHEMA_INVALID',
        pointer: '/total',
        byteOffset: bad.indexOf('total') + 5,
        message: 'must be at least 0, found -1',
      },
      { index: 2, code: malformed, byteOffset: 0, message: expect.stringContaining('extension') },
      { index: 3, code: malformed, byteOffset: 1, message: expect.stringContaining('key') },
      { index: 4, code: malformed, byteOffset: 128 },
    ])
  })

  test.each([
    ['announces more than there is', 'dd ffffffff 80', 1, 'byte 6 of the body: it ends before its last element'],
    ['is cut in an element', '92 80 a3 61', 1, 'byte 4 of the body: it ends before its last element'],
    ['is followed by something', '91 80 90', 1, 'byte 2 of the body: nothing may follow the array'],
    ['has a byte that starts no value', '93 80 91 c1 80', 1, 'byte 3 of the body: no value starts with the byte c1'],
  ])('that %s keeps what was before and says where', async (_, text, accepted, words) => {
    const { status, body } = await post('/any', hex(text))
    expect(status).toBe(207)
    expect(body()).toMatchObject({ accepted, invalid: 1 })
    expect(body().errors).toMatchObject([{ index: accepted, code: malformed, message: expect.stringContaining(words) }])
  })

  test('in arrays, much too deep, is one record that is refused', async () => {
    expect((await post('/any', hex(deep(1000)))).body()).toMatchObject({ invalid: 1, errors: [{ byteOffset: 128 }] })
    const { status, body } = await post('/any', hex(deep(2 * recordBytesMax)))
    expect(status).toBe(422)
    expect(body()).toMatchObject({ invalid: 1, errors: [{ index: 0, code: 'RECORD_TOO_LARGE' }] })
  })

  test('is answered with a line a record, when that is asked for', async () => {
    const accept = { accept: 'application/x-ndjson' }
    const { status, text } = await post('/packed', pack([order('line-1'), 5, order('line-1')]), msgpack, accept)
    expect(status).toBe(207)
    const lines = text.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { index: 0, status: 'accepted', key: 'line-1' },
      { index: 1, status: 'invalid', code: 'SCHEMA_INVALID', message: 'must be of type object, found 5' },
      { index: 2, status: 'duplicate', key: 'line-1' },
    ])
  })
})

describe('both lanes', () => {
  let lanes: readonly Fixture[]
  beforeAll(async () => {
    lanes = await Promise.all([true, false].map((fastLane) => startFixture({}, { fastLane })))
  })
  afterAll(() => Promise.all(lanes.map((fixture) => fixture.close())))

  const request = (type: string, body: Uint8Array, more = '') => {
    const head = `POST /api/order HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\n${more}Content-Length: ${body.length}\r\n\r\n`
    return Buffer.concat([Buffer.from(head), body])
  }
  const record = Buffer.from('{"id":"a","qty":1}')
  const farewell = Buffer.from('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')

  /** What both answer, without dates. */
  async function converse(parts: readonly Buffer[]): Promise<string> {
    const texts = await Promise.all(lanes.map((fixture) => talk(fixture, [...parts, farewell])))
    const [fast, plain] = texts.map((text) => text.replace(/^date: .*$/gim, 'date: …'))
    expect(fast).toBe(plain)
    return fast!
  }
  const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)

  test('answer JSON and MessagePack in turn on one connection, in one piece or cut', async () => {
    const parts = [request(json, record), request(msgpack, pack({ id: 'a', qty: 1 })), request(json, record)]
    expect(statuses(await converse([Buffer.concat(parts)]))).toEqual(['202', '200', '200', '404'])
    const whole = Buffer.concat([request(msgpack, pack({ id: 'b' })), ...parts])
    for (const at of [1, 40, 90, 110, 120, 160]) {
      const text = await converse([whole.subarray(0, at), whole.subarray(at)])
      expect(statuses(text)).toEqual([at === 1 ? '202' : '200', '200', '200', '200', '404'])
    }
  })

  test('take what says it is MessagePack as that, whatever it looks like, and JSON as JSON', async () => {
    expect(await converse([request(msgpack, pack([{ id: 'c' }, { id: 'c' }]))])).toContain('"accepted":1,"duplicate":1')
    expect(await converse([request(json, pack({ id: 'd' }))])).toContain('JSON_MALFORMED')
    expect(await converse([request('application/msgpack2', pack({ id: 'd' }))])).toContain('MEDIA_TYPE')
    expect(await converse([request(msgpack, pack({ id: 'd' }), 'Accept: application/x-ndjson\r\n')])).toContain('202')
  })
})
