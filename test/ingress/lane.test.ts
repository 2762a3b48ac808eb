// The fast lane by itself: what is answered here, what is handed over and in which state, and that the lane's memory and
// its connections are bounded. Bodies of lines are in lane-lines.test.ts, how answers are written in lane-answers.test.ts.
import { describe, expect, test, vi } from 'vitest'
import { lanePipelineMax } from '../../src/limits.ts'
import { eventually, flush, giveRoom } from './fixture.ts'
import {
  answered,
  client,
  dropped,
  given,
  ingress,
  it,
  keys,
  lane,
  pause,
  post,
  record,
  reopen,
  stageLane,
  statuses,
} from './lane-stage.ts'

stageLane()

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
