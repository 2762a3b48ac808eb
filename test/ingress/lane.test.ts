// The fast lane by itself, with a stand-in for the server behind it that notes what it is given: what is answered here,
// what is handed over and in which state, and that the lane's memory and its connections are bounded.
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LimitsConfig } from '../../src/config/config.ts'
import { type Ingress, makeIngress } from '../../src/ingress/deps.ts'
import { type OpenLane, openLane } from '../../src/ingress/lane.ts'
import { openHeads } from '../../src/kernel/heads.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { lanePipelineMax } from '../../src/limits.ts'
import { eventually, type Fixture, flush, giveRoom, startFixture } from './fixture.ts'

type Given = { readonly text: () => string; readonly refused: boolean; readonly socket: Socket }

let it: Fixture
let lane: OpenLane
let ingress: Ingress
let given: Given[]
let dropped: number

async function open(limits: Partial<LimitsConfig> = {}): Promise<void> {
  it = await startFixture({ recordBytesMax: 100_000, ...limits }, { fastLane: false }) // its server is not used, its parts are
  given = []
  dropped = 0
  ingress = makeIngress(it.deps)
  lane = openLane({
    ingress,
    heads: openHeads(await loadKernel('plain')),
    onDrop: () => dropped++,
    serve(socket, refused) {
      let text = ''
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1')
      })
      socket.on('end', () => socket.end('handed over')).on('error', () => socket.destroy())
      given.push({ text: () => text, refused, socket })
    },
  })
  lane.door.tcp.listen(0, '127.0.0.1')
  await once(lane.door.tcp, 'listening')
}

beforeEach(() => open())
afterEach(async () => {
  ingress.state.closing = true
  for (const client of clients.splice(0)) client.socket.destroy()
  lane.cut()
  for (const { socket } of given) socket.destroy()
  await lane.close()
  await it.close()
  expect(ingress.state.heldBytes).toBe(0)
  expect(it.fake.errors).toEqual([])
})

type Client = { readonly socket: Socket; text: string; isEnded: boolean }
const clients: Client[] = []

async function client(): Promise<Client> {
  const { port } = lane.door.tcp.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  const made: Client = { socket, text: '', isEnded: false }
  clients.push(made)
  socket.on('data', (chunk) => {
    made.text += chunk.toString()
  })
  socket.on('error', () => undefined) // a reset is what some of these tests are about; 'close' follows
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      made.isEnded = true
    })
  }
  await once(socket, 'connect')
  return made
}

const record = (id: string | number) => `{"id":"${id}"}`
const post = (body: string, more = '', path = '/api/order') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`
const statuses = ({ text }: Client) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
const keys = ({ text }: Client) => [...text.matchAll(/"key":"([^"]*)"/g)].map(([, key]) => key)
const answered = (one: Client, count: number) => eventually(() => statuses(one).length === count, `${count} answers`)
const pause = (ms = 30) => new Promise((next) => setTimeout(next, ms))

describe('a request of the strict form', () => {
  test('is answered by the lane alone', async () => {
    const one = await client()
    one.socket.write(post(record('a')))
    await answered(one, 1)
    one.socket.write('GET /api/order/a HTTP/1.1\r\nHost: x\r\n\r\n')
    await answered(one, 2)
    expect(statuses(one)).toEqual(['202', '200'])
    expect(it.fake.requests).toEqual(['POST /api/order 202', 'GET /api/order/{key} 200'])
    expect(given).toEqual([])
  })

  test('may come byte by byte, and is put once', async () => {
    const one = await client()
    for (const byte of post(record('a'))) {
      one.socket.write(byte)
      await new Promise((next) => setImmediate(next))
    }
    await answered(one, 1)
    expect(it.fake.puts).toEqual([{ streamIndex: 0, kind: 'record', bytes: record('a').length }])
  })

  test('larger than one read is put whole', async () => {
    const one = await client()
    const body = `{"id":"${'x'.repeat(99_000)}"}`
    one.socket.write(post(body) + post(record('b')))
    await answered(one, 2)
    expect(it.fake.puts.map(({ bytes }) => bytes)).toEqual([body.length, record('b').length])
    expect(given).toEqual([])
  })

  test('with others in one piece is answered in its place, whichever is done first', async () => {
    it.fake.holding = true
    const one = await client()
    one.socket.write([1, 2, 3].map((id) => post(record(id))).join(''))
    await eventually(() => it.fake.held.length === 3, 'three puts')
    flush(it.fake, 'last')
    await answered(one, 3)
    expect(keys(one)).toEqual(['1', '2', '3'])
  })

  test('that asks to close is the last', async () => {
    const one = await client()
    one.socket.write(post(record(1), 'Connection: close\r\n') + post(record(2)))
    await eventually(() => one.isEnded, 'the end')
    expect(keys(one)).toEqual(['1'])
    expect(it.fake.puts.length).toBe(1)
  })
})

describe('handing over', () => {
  test.each([
    ['a query', 'GET /api/order/a?x HTTP/1.1\r\nHost: x\r\n\r\n', false],
    ['an array', post(`[${record(1)}]`), false],
    ['an array behind white space', post(` \r\n\t[${record(1)}]`), false],
    ['a body of white space', post('  '), false],
    ['a record that is too large', post('x'.repeat(100_001)), false],
    ['another path', post(record(1), '', '/nowhere'), false],
    ['a stream with its key in a header', post(record(1), '', '/hooks'), false],
    ['a stream with a rate', post(record(1), '', '/slow'), false],
    ['two lengths', post(record(1), 'Content-Length: 3\r\n'), true],
    ['a bare LF', post(record(1), 'X-A: b\n'), true],
  ])('gives away every byte, and says whether it is to be refused: %s', async (_, text, refused) => {
    const one = await client()
    one.socket.write(text)
    await eventually(() => given[0]?.text() === text, 'all of it')
    expect(given[0]?.refused).toBe(refused)
    one.socket.write('more')
    await eventually(() => given[0]?.text() === `${text}more`, 'what comes later')
    one.socket.end()
    await eventually(() => one.text === 'handed over', 'the answer')
    expect(it.fake.puts).toEqual([])
    expect(ingress.state.heldBytes).toBe(0)
  })

  test('waits for what is owed, and for nothing else', async () => {
    it.fake.holding = true
    const one = await client()
    const odd = 'PUT / HTTP/1.1\r\nHost: x\r\n\r\n'
    one.socket.write(post(record(1)) + odd)
    await eventually(() => it.fake.held.length === 1, 'the put')
    one.socket.end('more')
    await pause()
    expect(given).toEqual([])
    flush(it.fake)
    await eventually(() => given[0]?.text() === `${odd}more`, 'the rest')
    await eventually(() => one.text.endsWith('handed over'), 'the end')
    expect(keys(one)).toEqual(['1'])
  })

  test('in the middle of a body leaves the counting to the other server too', async () => {
    const one = await client()
    const text = post(` ${' '.repeat(500)}[${record(1)}]`)
    one.socket.write(text.slice(0, 300))
    await eventually(() => ingress.state.heldBytes > 0, 'the first part')
    one.socket.write(text.slice(300))
    await eventually(() => given[0]?.text() === text, 'all of it')
    one.socket.resetAndDestroy()
    await eventually(() => given[0]?.socket.closed === true, 'the close')
    expect(it.fake.requests).toEqual([])
  })

  test('of a body refused before it is there leaves the refusal to the other server', async () => {
    it.fake.logRefusal = 'STORAGE_FULL'
    const one = await client()
    one.socket.write(post(record(1)))
    await answered(one, 1)
    expect(statuses(one)).toEqual(['507'])
    const begun = post('x'.repeat(1000)).slice(0, -500)
    one.socket.write(begun)
    await eventually(() => given[0]?.text() === begun, 'the hand over')
  })
})

describe('a body of lines', () => {
  const lines = (body: string) => post(body).replace('/json', '/x-ndjson')
  const records = (count: number) => Array.from({ length: count }, (_, id) => `${record(id)}\n`).join('')
  const putBytes = () => it.fake.puts.reduce((sum, { bytes }) => sum + bytes, 0)

  test('is put as it comes, however long, and what is behind it is taken in its turn', async () => {
    const one = await client()
    const body = records(30_000)
    one.socket.write(lines(body) + post(record('behind')))
    await answered(one, 2)
    expect(statuses(one)).toEqual(['202', '202'])
    expect(one.text).toContain('"accepted":30000')
    expect(keys(one)).toEqual(['behind'])
    expect(putBytes()).toBe(body.length + record('behind').length)
    expect(given).toEqual([])
  })

  test('is put while the rest of it has yet to come', async () => {
    const one = await client()
    const text = lines(records(1000))
    one.socket.write(text.slice(0, 5000))
    await eventually(() => it.fake.puts.length > 0, 'a put')
    expect(ingress.state.heldBytes).toBeLessThan(1000)
    one.socket.write(text.slice(5000))
    await answered(one, 1)
    expect(one.text).toContain('"accepted":1000')
  })

  test('stays with the client while there is no room', async () => {
    it.fake.room = 1
    const one = await client()
    one.socket.write(lines(records(60_000)))
    await eventually(() => it.fake.roomWaits.length === 1, 'a wait')
    await pause()
    expect(it.fake.puts.length).toBe(1)
    expect(ingress.state.heldBytes).toBeLessThan(70_000)
    giveRoom(it.fake, Number.POSITIVE_INFINITY)
    await answered(one, 1)
    expect(one.text).toContain('"accepted":60000')
  })

  test('keeps what a read brought for which there was no room after all', async () => {
    const one = await client()
    const text = lines(records(100))
    one.socket.write(text.slice(0, 300))
    await eventually(() => it.fake.puts.length === 1, 'a put')
    it.fake.room = 0
    one.socket.write(text.slice(300))
    await eventually(() => it.fake.roomWaits.length === 1, 'a wait')
    const other = await client()
    other.socket.write(post(record('another that is read into the same memory'), 'Connection: close\r\n'))
    await eventually(() => it.fake.roomWaits.length === 2, 'the other')
    giveRoom(it.fake, Number.POSITIVE_INFINITY)
    await answered(one, 1)
    expect(one.text).toContain('"accepted":100,')
    expect(it.fake.seen.has('99')).toBe(true)
  })

  test('refused on the way is answered with what became of its records, and the connection closed', async () => {
    const one = await client()
    const text = lines(records(60_000))
    one.socket.write(text.slice(0, 5000))
    await eventually(() => it.fake.puts.length > 0, 'a put')
    it.fake.logRefusal = 'STORAGE_FULL'
    one.socket.write(text.slice(5000, 10_000))
    await answered(one, 1)
    expect(statuses(one)).toEqual(['507'])
    expect(one.text).toMatch(/"accepted":\d{3},.*"nextIndex":\d{3}/)
    await eventually(() => one.isEnded, 'the end')
  })

  test('refused before it is read is the other server’s to refuse', async () => {
    it.fake.logRefusal = 'STORAGE_FULL'
    const one = await client()
    one.socket.write(lines(records(3)))
    await eventually(() => given.length === 1, 'the hand over')
    expect(it.fake.puts).toEqual([])
  })

  test('that its client leaves is counted once, and what was put goes its way', async () => {
    const one = await client()
    one.socket.write(lines(records(1000)).slice(0, 5000))
    await eventually(() => it.fake.seen.size > 0, 'records')
    one.socket.resetAndDestroy()
    await eventually(() => it.fake.requests.length === 1, 'the count')
    expect(it.fake.requests).toEqual(['POST /api/order aborted'])
    expect(ingress.state.heldBytes).toBe(0)
  })

  test('that stands still is ended with 408; one that gets on slowly is not', async () => {
    await reopen({ bodyStallMs: 500 })
    const [still, slow] = [await client(), await client()]
    const text = lines(records(40))
    still.socket.write(text.slice(0, -20))
    slow.socket.write(text.slice(0, 100))
    for (let at = 100; at < text.length; at += 15) {
      await pause(20)
      slow.socket.write(text.slice(at, at + 15))
    }
    await answered(slow, 1)
    await eventually(() => still.isEnded, 'the end')
    expect([statuses(still), statuses(slow)]).toEqual([['408'], ['202']])
  })
})

describe('without room', () => {
  test('a record waits, what is behind it waits too, and all are answered in order', async () => {
    it.fake.room = 0
    const one = await client()
    one.socket.write(post(record(1)) + post(record(2)))
    await eventually(() => it.fake.roomWaits.length === 1, 'a wait')
    expect(ingress.state.heldBytes).toBeGreaterThan(0)
    giveRoom(it.fake, 2)
    await answered(one, 2)
    expect(keys(one)).toEqual(['1', '2'])
  })

  test('a record is refused at the deadline, and the next one has its own', async () => {
    await reopen({ queueWaitMs: 50 })
    it.fake.room = 0
    const one = await client()
    one.socket.write(post(record(1)) + post(record(2)))
    await answered(one, 2)
    expect(statuses(one)).toEqual(['503', '503'])
    expect(it.fake.counts).toEqual({ 'orders refused': 2 })
  })

  test('what a client sends on stays with it', async () => {
    it.fake.room = 0
    const one = await client()
    one.socket.write(post(record(0)))
    await eventually(() => it.fake.roomWaits.length === 1, 'a wait')
    const more = Array.from({ length: 10_000 }, (_, id) => post(record(id + 1))).join('')
    one.socket.write(more)
    await pause(100)
    expect(ingress.state.heldBytes).toBeLessThan(400_000)
    giveRoom(it.fake, Number.POSITIVE_INFINITY)
    await eventually(() => one.text.includes('"key":"10000"'), 'the last answer')
    expect(keys(one).length).toBe(10_001)
  })
})

describe('bounds', () => {
  test('no more than so many requests of a connection are under way', async () => {
    it.fake.holding = true
    const one = await client()
    one.socket.write(Array.from({ length: 200 }, (_, id) => post(record(id))).join(''))
    await eventually(() => it.fake.held.length === lanePipelineMax, 'as many as may be')
    await pause()
    expect(it.fake.held.length).toBe(lanePipelineMax)
    it.fake.holding = false
    flush(it.fake)
    await answered(one, 200)
    expect(keys(one)).toEqual(Array.from({ length: 200 }, (_, id) => String(id)))
  })

  test('a client that does not read its answers is not read either, and gets them once it does', async () => {
    const one = await client()
    one.socket.pause()
    const id = 'y'.repeat(1000)
    const count = 20_000
    one.socket.write(post(`{"id":"${id}"}`).repeat(count))
    await eventually(() => it.fake.puts.length > 100, 'the first')
    let before = 0
    while (before !== it.fake.puts.length) {
      before = it.fake.puts.length
      await pause(200)
    }
    expect(before).toBeLessThan(count)
    one.socket.resume()
    await eventually(() => it.fake.puts.length === count, 'all of them')
    await answered(one, count)
  }, 30_000)

  test('the next record is looked up once the answer before it was written, and answers keep their order', async () => {
    const find = vi.spyOn(it.deps.log, 'find')
    const one = await client()
    const get = 'GET /api/order/none HTTP/1.1\r\nHost: x\r\n\r\n'
    it.fake.holding = true
    one.socket.write(post(record('before')) + get.repeat(50) + post(record('behind')))
    await eventually(() => find.mock.calls.length === 1, 'the first')
    await pause()
    expect(find).toHaveBeenCalledTimes(1)
    expect(it.fake.held.length).toBe(1)
    it.fake.holding = false
    flush(it.fake)
    await answered(one, 52)
    expect(find).toHaveBeenCalledTimes(50)
    expect(statuses(one)).toEqual(['202', ...Array(50).fill('404'), '202'])
  })

  test('connections over the limits are closed: of all, and of one address', async () => {
    for (const limits of [{ connectionsMax: 2 }, { connectionsPerAddressMax: 2 }]) {
      await reopen(limits)
      const [one, , third] = [await client(), await client(), await client()]
      await eventually(() => third.isEnded && dropped === 1, 'the end of the third')
      one.socket.destroy()
      await pause()
      const fourth = await client()
      fourth.socket.write(post(record('a')))
      await answered(fourth, 1)
    }
  })
})

describe('a client that leaves', () => {
  test('in the middle of a body is counted once, and what it sent is freed', async () => {
    const one = await client()
    one.socket.write(post('x'.repeat(5000)).slice(0, -100))
    await eventually(() => ingress.state.heldBytes > 0, 'bytes held')
    one.socket.resetAndDestroy()
    await eventually(() => it.fake.requests.length === 1, 'the count')
    expect(it.fake.requests).toEqual(['POST /api/order aborted'])
    expect(ingress.state.heldBytes).toBe(0)
  })

  test('with answers owed is counted for each', async () => {
    it.fake.holding = true
    const one = await client()
    one.socket.write(post(record(1)) + post(record(2)))
    await eventually(() => it.fake.held.length === 2, 'the puts')
    one.socket.resetAndDestroy()
    await eventually(() => it.fake.requests.length === 2, 'the counts')
    flush(it.fake)
    await pause()
    expect(it.fake.requests).toEqual(['POST /api/order aborted', 'POST /api/order aborted'])
  })

  test('only by half gets all its answers, and then the end', async () => {
    it.fake.holding = true
    const one = await client()
    one.socket.end(post(record(1)) + post(record(2)))
    await eventually(() => it.fake.held.length === 2, 'the puts')
    await pause()
    expect(one.isEnded).toBe(false)
    flush(it.fake)
    await eventually(() => one.isEnded, 'the end')
    expect(keys(one)).toEqual(['1', '2'])
  })
})

describe('time', () => {
  test('ends an idle connection without a word, and one that never said anything with 408', async () => {
    await reopen({ keepAliveMs: 100, headMs: 200 })
    const [idle, silent] = [await client(), await client()]
    idle.socket.write(post(record(1)))
    await eventually(() => idle.isEnded && silent.isEnded, 'both ends')
    expect(statuses(idle)).toEqual(['202'])
    expect(statuses(silent)).toEqual(['408'])
  })

  test('does not end a connection that waits for its answer', async () => {
    await reopen({ keepAliveMs: 100, headMs: 100, bodyStallMs: 100 })
    it.fake.holding = true
    const one = await client()
    one.socket.write(post(record(1)))
    await pause(400)
    expect(one.isEnded).toBe(false)
    flush(it.fake)
    await answered(one, 1)
    expect(statuses(one)).toEqual(['202'])
  })

  test('of a body is long as long as it gets on', async () => {
    await reopen({ bodyStallMs: 150 })
    const one = await client()
    const text = post(`{"id":"${'x'.repeat(20_000)}"}`)
    for (let at = 0; at < text.length; at += 1500) {
      one.socket.write(text.slice(at, at + 1500))
      await pause(40)
    }
    await answered(one, 1)
    expect(statuses(one)).toEqual(['202'])
  })
})

test('closing ends what is idle, answers what is owed and refuses what still comes', async () => {
  it.fake.holding = true
  const [idle, busy, late] = [await client(), await client(), await client()]
  busy.socket.write(post(record(1)))
  late.socket.write(post(record(2)).slice(0, 40))
  await eventually(() => it.fake.held.length === 1 && ingress.state.heldBytes > 0, 'the requests')
  ingress.state.closing = true
  const closed = lane.close()
  await eventually(() => idle.isEnded, 'the end of the idle one')
  late.socket.write(post(record(2)).slice(40))
  flush(it.fake)
  await eventually(() => busy.isEnded && late.isEnded, 'the ends')
  expect(statuses(busy)).toEqual(['202'])
  expect(statuses(late)).toEqual(['503'])
  expect(busy.text + late.text).toMatch(/connection: close[\s\S]*connection: close/)
  await closed
})

async function reopen(limits: Partial<LimitsConfig>): Promise<void> {
  for (const one of clients.splice(0)) one.socket.destroy()
  lane.cut()
  await lane.close()
  await it.close()
  await open(limits)
}
