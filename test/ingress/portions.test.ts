// Chunks of very many tiny records: they are cut and put a portion at a time, each in its place, and what waits is counted.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bulkPieceCountMax } from '../../src/limits.ts'
import { eventually, type Fixture, giveRoom, send, startFixture } from './fixture.ts'

let it: Fixture
beforeEach(async () => {
  it = await startFixture({ queueWaitMs: 300 })
})
afterEach(() => it.close())

const count = 20_000
const head = Buffer.from([0xdc, count >> 8, count & 0xff])
const bodies = [
  ['application/json', Buffer.from(`[${'7,'.repeat(count - 1)}7]`)],
  ['application/msgpack', Buffer.concat([head, Buffer.alloc(count, 7)])],
] as const
const post = (type: string, body: Buffer) => send(it, { path: '/events', body, headers: { 'content-type': type } })

test.each(bodies)('of %s are all taken', async (type, body) => {
  const { status, json } = await post(type, body)
  expect(status).toBe(202)
  expect(json()).toMatchObject({ accepted: count, firstOffset: 0, lastOffset: count - 1 })
})

test.each(bodies)('of %s wait in the chunk they came in, and go on as room comes', async (type, body) => {
  it.fake.room = 10
  const reply = post(type, body)
  await eventually(() => it.fake.roomWaits.length > 0, 'a wait for room')
  expect(it.server.heldBytes()).toBeGreaterThan(bulkPieceCountMax)
  expect(it.server.heldBytes()).toBeLessThanOrEqual(65_536)
  giveRoom(it.fake, Number.POSITIVE_INFINITY)
  expect((await reply).json()).toMatchObject({ accepted: count, lastOffset: count - 1 })
  expect(it.fake.puts.length).toBe(count)
  expect(it.server.heldBytes()).toBe(0)
})

test.each(bodies)('of %s are all counted as refused when no room comes', async (type, body) => {
  it.fake.room = bulkPieceCountMax + 5
  const { status, json } = await post(type, body)
  expect(status).toBe(503)
  const { 'events accepted': accepted = 0, 'events refused': refused = 0 } = it.fake.counts
  expect(accepted).toBe(bulkPieceCountMax + 5)
  expect(json()).toMatchObject({ code: 'OVERLOADED', accepted, nextIndex: accepted + refused })
  expect(accepted + refused).toBeGreaterThan(10_000) // the chunks are the network's to choose
  expect(it.server.heldBytes()).toBe(0)
})
