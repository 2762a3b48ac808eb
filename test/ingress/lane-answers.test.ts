// How the lane writes what became of records: as bytes where it can, as strings where it must, and nobody can tell which.
// When an answer is due, in which order, and what is counted is the same for both.
import { expect, test, vi } from 'vitest'
import type { Collector } from '../../src/ingress/intake.ts'
import { recordStatus } from '../../src/kernel/abi.ts'
import { eventually, flush, outcomeWith } from './fixture.ts'
import { answered, client, it, keys, pause, post, record, stageLane, statuses } from './lane-stage.ts'

stageLane()

const accepted = (id: string, offset: number) => outcomeWith(recordStatus.ACCEPTED, id, offset)

test('an answer to a record that was told of is written once its chunk is through, as it was told', async () => {
  const collectors: Collector[] = []
  vi.spyOn(it.deps.intake, 'put').mockImplementation((_stream, _input, collector) => collectors.push(collector) > 0)
  const [one, two] = [await client(), await client()]
  one.socket.write(post(record('a')))
  two.socket.write(post(record('b')))
  await eventually(() => collectors.length === 2, 'both puts')
  collectors[0]!.record(accepted('a', 1))
  collectors[1]!.record(accepted('b', 2))
  await pause()
  expect(one.text + two.text).toBe('')
  collectors[1]!.done(undefined)
  await answered(two, 1)
  collectors[0]!.done('LOG_UNAVAILABLE') // what the log refused came after it
  await answered(one, 1)
  expect([...statuses(one), ...keys(one), ...statuses(two), ...keys(two)]).toEqual(['202', 'a', '202', 'b'])
  expect(it.fake.counts).toEqual({ 'orders accepted': 2 })
  expect(it.fake.requests).toEqual(['POST /api/order 202', 'POST /api/order 202'])
})

test('an answer is the same when it goes with others as when it goes alone, but for the date', async () => {
  it.fake.holding = true
  const [one, many] = [await client(), await client()]
  many.socket.write(['a', 'b', 'c'].map((id) => post(record(id))).join(''))
  await eventually(() => it.fake.held.length === 3, 'three puts')
  flush(it.fake)
  await answered(many, 3)
  it.fake.nextOffset = 0
  it.fake.seen.clear()
  for (const [index, id] of ['a', 'b', 'c'].entries()) {
    one.socket.write(post(record(id)))
    await eventually(() => it.fake.held.length === 1, 'the put')
    flush(it.fake)
    await answered(one, index + 1)
  }
  const undated = ({ text }: { text: string }) => text.replace(/Date: .*\r\n/g, '')
  expect(undated(one)).toBe(undated(many))
  expect(it.fake.requests).toEqual(Array(6).fill('POST /api/order 202'))
})

test('there is an answer to each of more clients than are answered as bytes', async () => {
  it.fake.holding = true
  const id = (index: number) => `${'k'.repeat(150)}${index}`
  const some = await Promise.all(Array.from({ length: 500 }, () => client()))
  for (const [index, one] of some.entries()) one.socket.write(post(record(id(index))))
  await eventually(() => it.fake.held.length === some.length, 'the puts')
  flush(it.fake)
  await Promise.all(some.map((one) => answered(one, 1)))
  expect(some.map((one) => keys(one)[0])).toEqual(some.map((_, index) => id(index)))
})

test('an answer that is owed to a client that left is counted as never given', async () => {
  it.fake.holding = true
  const one = await client()
  one.socket.write(post(record('a')))
  await eventually(() => it.fake.held.length === 1, 'the put')
  one.socket.resetAndDestroy()
  await eventually(() => it.fake.requests.length === 1, 'the count')
  flush(it.fake)
  await pause()
  expect(it.fake.requests).toEqual(['POST /api/order aborted'])
  expect(it.fake.counts).toEqual({ 'orders accepted': 1 })
})

test('an answer that was noted goes before one that was refused meanwhile', async () => {
  const collectors: Collector[] = []
  vi.spyOn(it.deps.intake, 'put').mockImplementation((_stream, _input, collector) => collectors.push(collector) > 0)
  const one = await client()
  one.socket.write(post(record('a')))
  await eventually(() => collectors.length === 1, 'the put')
  collectors[0]!.record(accepted('a', 1))
  it.fake.logRefusal = 'STORAGE_FULL'
  one.socket.write(post(record('b')))
  await pause()
  expect(one.text).toBe('')
  collectors[0]!.done(undefined)
  await answered(one, 2)
  expect([...statuses(one), ...keys(one)]).toEqual(['202', '507', 'a'])
})

test('a client that closed its side before it was answered what it reads is answered, and then the end', async () => {
  let find: (found: { state: 'unknown' }) => void = () => undefined
  const finding = vi.spyOn(it.deps.log, 'find').mockReturnValue(
    new Promise((resolve) => {
      find = resolve
    }),
  )
  const one = await client()
  one.socket.end('GET /api/order/a HTTP/1.1\r\nHost: x\r\n\r\n')
  await eventually(() => finding.mock.calls.length === 1, 'the look-up')
  await pause()
  expect(one.isEnded).toBe(false)
  find({ state: 'unknown' })
  await eventually(() => one.isEnded, 'the end')
  expect(statuses(one)).toEqual(['404'])
})
