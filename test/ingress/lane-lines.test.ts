// Bodies of lines in the fast lane: put as they come, left with the client while there is no room, and refused on the way.
import { describe, expect, test } from 'vitest'
import { eventually, flush, giveRoom } from './fixture.ts'
import {
  answered,
  client,
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

  test('whose client closes its side is answered once what was put is durable, and then ended', async () => {
    it.fake.holding = true
    const one = await client()
    one.socket.end(lines(records(1000)).slice(0, -3))
    await eventually(() => it.fake.held.length > 0, 'a put')
    await pause(50)
    expect(one.text).toBe('')
    it.fake.holding = false
    flush(it.fake)
    await eventually(() => one.isEnded, 'the end')
    expect(statuses(one)).toEqual(['400'])
    expect(one.text).toMatch(/connection: close.*"code":"REQUEST_MALFORMED".*"accepted":999,.*"nextIndex":999}$/s)
    expect(it.fake.requests).toEqual(['POST /api/order 400'])
  })

  test('refused on the way keeps that answer when its client closes its side then', async () => {
    it.fake.holding = true
    const one = await client()
    const text = lines(records(1000))
    one.socket.write(text.slice(0, 500))
    await eventually(() => it.fake.held.length === 1, 'a put')
    it.fake.logRefusal = 'STORAGE_FULL'
    one.socket.end(text.slice(500, 1000))
    await pause(50)
    it.fake.holding = false
    flush(it.fake)
    await eventually(() => one.isEnded, 'the end')
    expect(statuses(one)).toEqual(['507'])
    expect(it.fake.requests).toEqual(['POST /api/order 507'])
  })

  test('that is cut while it is refused is not answered', async () => {
    it.fake.holding = true
    const one = await client()
    one.socket.end(lines(records(1000)).slice(0, -3))
    await eventually(() => it.fake.held.length > 0, 'a put')
    await pause()
    lane.cut()
    await pause()
    flush(it.fake)
    await eventually(() => it.fake.requests.length === 1, 'the count')
    expect(it.fake.requests).toEqual(['POST /api/order aborted'])
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
