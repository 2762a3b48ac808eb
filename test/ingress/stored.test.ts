// Waiting until the sink has the records, and what is said when it refused one.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addOffset, hasOffset, type Runs } from '../../src/ingress/runs.ts'
import { makeStoredWatch } from '../../src/ingress/stored.ts'
import { eventually, type Fixture, send, startFixture } from './fixture.ts'

describe('makeStoredWatch', () => {
  const all = () => true

  test('wakes who waits once everything of theirs is in the sink', async () => {
    const watch = makeStoredWatch([0, 0])
    const stored = watch.whenStored(1, 4, all, 5000)
    watch.onBatch({ streamIndex: 0, nextOffset: 100, refused: [] })
    watch.onBatch({ streamIndex: 1, nextOffset: 4, refused: [] })
    const first = await Promise.race([stored, new Promise((next) => setTimeout(next, 20, 'waits'))])
    expect(first).toBe('waits')
    watch.onBatch({ streamIndex: 1, nextOffset: 5, refused: [] })
    expect(await stored).toEqual({ state: 'stored', deadLetters: [], deadLetterCount: 0 })
  })

  test('ends at once for what is stored, and at the deadline for what is not', async () => {
    const watch = makeStoredWatch([10])
    expect((await watch.whenStored(0, 9, all, 5000)).state).toBe('stored')
    expect((await watch.whenStored(0, 10, all, 1)).state).toBe('queued')
  })

  test('tells dead letters to their owner, also when the drain was faster than the answer', async () => {
    const watch = makeStoredWatch([0])
    const owns = (offset: number) => offset === 3
    const early = watch.whenStored(0, 3, owns, 5000)
    const refused = [
      { offset: 3, reason: 'a' },
      { offset: 2, reason: 'b' },
    ]
    watch.onBatch({ streamIndex: 0, nextOffset: 8, refused })
    expect((await early).deadLetters).toEqual([{ offset: 3, reason: 'a' }])
    expect((await watch.whenStored(0, 3, owns, 5000)).deadLetters).toEqual([{ offset: 3, reason: 'a' }])
  })

  test('remembers a bounded number of refusals', async () => {
    const watch = makeStoredWatch([0])
    for (let offset = 0; offset < 10_000; offset++) {
      watch.onBatch({ streamIndex: 0, nextOffset: offset + 1, refused: [{ offset, reason: 'x' }] })
    }
    const { deadLetters, deadLetterCount } = await watch.whenStored(0, 9_999, all, 5000)
    expect(deadLetterCount).toBe(4096)
    expect(deadLetters.length).toBe(100)
  })
})

test('runs hold the offsets that were added and no others', () => {
  const runs: Runs = []
  for (const offset of [5, 6, 7, 10, 2, 3]) addOffset(runs, offset)
  expect(runs).toEqual([5, 7, 10, 10, 2, 3])
  const held = Array.from({ length: 12 }, (_, offset) => offset).filter((offset) => hasOffset(runs, offset))
  expect(held).toEqual([2, 3, 5, 6, 7, 10])
})

test('runs stay bounded', () => {
  const runs: Runs = []
  for (let offset = 0; offset < 1_000_000; offset += 2) addOffset(runs, offset)
  expect(runs.length).toBe(131_072)
  expect(hasOffset(runs, 999_998)).toBe(true)
})

describe('?wait=stored', () => {
  let it: Fixture
  beforeEach(async () => {
    it = await startFixture()
  })
  afterEach(() => it.close())

  const post = (body: string, type = 'application/json') =>
    send(it, { body, path: '/api/order?wait=stored', headers: { 'content-type': type } })
  const drained = (nextOffset: number, refused: { offset: number; reason: string }[] = []) =>
    it.deps.stored.onBatch({ streamIndex: 0, nextOffset, refused })

  test('answers after the sink has the record', async () => {
    const reply = post('{"id":"a"}')
    await eventually(() => it.fake.nextOffset === 1, 'the commit')
    drained(1)
    expect((await reply).status).toBe(202)
    expect((await reply).text).toBe('{"status":"accepted","key":"a","offset":0,"state":"stored"}')
    expect((await post('{"id":"a"}')).json()).toMatchObject({ status: 'duplicate', state: 'stored' })
  })

  test.each([
    ['KEY_CONFLICT: another record has the key', 409, 'KEY_CONFLICT'],
    ['TOO_BIG: string or blob too big', 422, 'SINK_REFUSED'],
  ])('says that the sink refused the record: %s', async (reason, status, code) => {
    drained(1, [{ offset: 0, reason }])
    const reply = await post('{"id":"a"}')
    expect(reply.status).toBe(status)
    expect(reply.json()).toMatchObject({ code, offset: 0, detail: expect.stringContaining(reason) })
  })

  test('of many names those the sink refused', async () => {
    const reply = post('{"id":"a"}\n{"id":"b"}\n{"id":"c"}', 'application/x-ndjson')
    await eventually(() => it.fake.nextOffset === 3, 'the commit')
    drained(3, [{ offset: 1, reason: 'TOO_BIG: b' }])
    expect((await reply).status).toBe(207)
    expect((await reply).json()).toMatchObject({
      accepted: 3,
      state: 'stored',
      deadLetters: [{ offset: 1, reason: 'TOO_BIG: b' }],
      deadLettersOmitted: 0,
    })
  })

  test('does not wait for records that were not taken', async () => {
    expect((await post('{"id":1}')).status).toBe(422)
    expect((await post('{"id":1}', 'application/x-ndjson')).status).toBe(422)
  })

  test('waits for nothing else', async () => {
    const reply = await send(it, { body: '{"id":"a"}', path: '/api/order?wait=forever' })
    expect(reply.json().code).toBe('REQUEST_MALFORMED')
    expect(it.fake.puts).toEqual([])
  })
})
