import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../fixtures/wait.ts'
import { type DataDir, letters, logged, makeDataDir, openTestDrain, query, type Running, writeLog } from './fixture.ts'

const orders = {
  key: '/id',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'n'],
    properties: { id: { type: 'string' }, n: { type: 'integer' } },
  },
}

let data: DataDir
let running: Running | undefined

beforeEach(() => {
  data = makeDataDir()
})

afterEach(async () => {
  await running?.drain.close()
  running = undefined
  data.remove()
})

function order(n: number) {
  return logged({ id: `o-${n}`, n }, `o-${n}`)
}

function ordersFrom(first: number, count: number) {
  return Array.from({ length: count }, (_, index) => order(first + index))
}

async function open(setup: Partial<Parameters<typeof openTestDrain>[0]> = {}): Promise<Running> {
  running = await openTestDrain({ dir: data.dir, streams: { orders }, ...setup })
  return running
}

async function reopen(setup: Partial<Parameters<typeof openTestDrain>[0]> = {}): Promise<Running> {
  await running?.drain.close()
  return open(setup)
}

describe('the drain', () => {
  test('moves what is committed into the sink, gaps and all, and reads it back', async () => {
    const end = writeLog(data.dir, 'orders', [
      [order(0), undefined, order(2)],
      ordersFrom(3, 500),
      [order(503), undefined],
    ])
    const { drain, drained, batches, commit } = await open()
    expect(await drain.read(0, 'o-0')).toBeUndefined()
    commit(0, end)
    await drained(0, end)
    expect(query(data.dir, 'SELECT count(*) AS n, sum(n) AS sum, max(_offset) AS last FROM orders')).toEqual([
      { n: 503, sum: (503 * 504) / 2 - 1, last: 503 },
    ])
    expect(await drain.read(0, 'o-2')).toBe('{"id":"o-2","n":2}')
    expect(batches.reduce((sum, { stored }) => sum + stored, 0)).toBe(503)
    expect(drain.stats()).toMatchObject([{ stream: 'orders', drainedOffset: end, storedCount: 503, state: 'ok' }])
    expect(drain.stats()[0]!.recordsPerSecond).toBeGreaterThan(0)
  })

  test('goes on at the checkpoint after a restart', async () => {
    const end = writeLog(data.dir, 'orders', [ordersFrom(0, 10), ordersFrom(10, 10)])
    await (await open({ committed: [10] })).drained(0, 10)
    const { drained, batches } = await reopen({ committed: [end] })
    await drained(0, end)
    expect(batches.map(({ stored, repeated }) => [stored, repeated])).toEqual([[10, 0]])
    expect(query(data.dir, 'SELECT count(*) AS n FROM orders')).toEqual([{ n: 20 }])
  })

  test('cuts batches at the bytes it is given', async () => {
    const end = writeLog(data.dir, 'orders', [ordersFrom(0, 100)])
    const { drained, batches } = await open({ committed: [end], drain: { batchBytesMax: 200 } })
    await drained(0, end)
    expect(batches.length).toBeGreaterThan(5)
    expect(batches.map(({ nextOffset }) => nextOffset)).toEqual(
      batches.map(({ nextOffset }) => nextOffset).sort((a, b) => a - b),
    )
  })

  test('serves several streams, one with JSON values, each with its own table and checkpoint', async () => {
    const streams = {
      orders,
      events: { schema: true, value: 'json' as const, table: 'all "events"' },
      odd: {
        key: { header: 'x-key' },
        schema: { type: 'object', properties: { a: { type: 'number' } } },
        value: 'json' as const,
      },
    }
    const json = (text: string, key: string | null = null) => ({ key, value: Buffer.from(text) })
    const committed = [
      writeLog(data.dir, 'orders', [ordersFrom(0, 50)]),
      writeLog(data.dir, 'events', [[json('[1.0, 18446744073709551615 ,-0]'), json('{"2":1,"1":2,"__proto__":3}')]]),
      writeLog(
        data.dir,
        'odd',
        [[json('{"b" : 1e400e, "a":1}'.replace('1e400e', '12345678901234567890')), json('{"a":-0.0}', 'k')]].map(
          ([a, b]) => [{ ...a!, key: 'j' }, b],
        ),
      ),
    ]
    const { drain, drained } = await open({ streams, committed })
    for (const [streamIndex, end] of committed.entries()) await drained(streamIndex, end)
    expect(query(data.dir, 'SELECT value FROM "all ""events"""')).toEqual([
      { value: '[1,18446744073709551615,-0]' },
      { value: '{"2":1,"1":2,"__proto__":3}' },
    ])
    expect(await drain.read(2, 'j')).toBe('{"a":1,"b":12345678901234567890}')
    expect(await drain.read(2, 'k')).toBe('{"a":-0}')
    expect(query(data.dir, 'SELECT * FROM _sluice_checkpoint ORDER BY stream')).toEqual([
      { stream: 'events', nextOffset: 2 },
      { stream: 'odd', nextOffset: 2 },
      { stream: 'orders', nextOffset: 50 },
    ])
  })

  test('puts what the sink refuses with the dead letters, tells so, and goes on', async () => {
    const end = writeLog(data.dir, 'orders', [
      [order(0), logged({ id: 'o-0', n: 5 }, 'o-0'), order(0), logged({ id: 'x' }, 'x'), order(4)],
    ])
    const { drain, drained, batches } = await open({ committed: [end] })
    await drained(0, end)
    const missing = 'SINK_REFUSED: NOT NULL constraint failed: orders.n'
    expect(batches).toMatchObject([
      {
        stored: 2,
        repeated: 1,
        refused: [
          { offset: 1, reason: 'KEY_CONFLICT' },
          { offset: 3, reason: missing },
        ],
      },
    ])
    expect(letters(data.dir, 'orders')).toMatchObject([
      { offset: 1, key: 'o-0', reason: 'KEY_CONFLICT', record: { id: 'o-0', n: 5 } },
      { offset: 3, key: 'x', reason: missing, record: { id: 'x' } },
    ])
    expect(drain.stats()).toMatchObject([{ storedCount: 2, repeatedCount: 1, refusedCount: 2 }])
  })
})

describe('weather', () => {
  test('a locked sink is waited for and told, and then everything is there once', async () => {
    const end = writeLog(data.dir, 'orders', [ordersFrom(0, 20)])
    const { drained, states, drain, commit } = await open()
    const other = new DatabaseSync(join(data.dir, 'sluice.db'))
    other.exec('BEGIN IMMEDIATE')
    commit(0, end)
    await until('a failed attempt', () => states.length > 0)
    expect(states[0]).toMatchObject({ stream: 'orders', state: 'retrying', fatal: false })
    expect(states[0]!.reason).toContain('locked')
    expect(drain.stats()[0]).toMatchObject({ state: 'retrying', storedCount: 0 })
    expect(await drain.read(0, 'o-1')).toBeUndefined()
    other.close()
    await drained(0, end)
    await until('the all-clear', () => states.at(-1)?.state === 'ok')
    expect(query(data.dir, 'SELECT count(*) AS n FROM orders')).toEqual([{ n: 20 }])
  })

  test('dead letters that cannot be written hold the checkpoint back', async () => {
    const end = writeLog(data.dir, 'orders', [[order(0), logged({ id: 'x' }, 'x')]])
    const inTheWay = join(data.dir, 'dead-letters')
    const { drained, states, commit } = await open()
    writeFileSync(inTheWay, '')
    commit(0, end)
    await until('a failed attempt', () => states.length > 0)
    expect(query(data.dir, 'SELECT nextOffset FROM _sluice_checkpoint')).toEqual([{ nextOffset: 0 }])
    expect(query(data.dir, 'SELECT count(*) AS n FROM orders')).toEqual([{ n: 0 }])
    rmSync(inTheWay)
    await drained(0, end)
    expect(letters(data.dir, 'orders')).toMatchObject([{ offset: 1 }])
  })

  test('one damaged stream stops, and the others go on', async () => {
    const streams = { bad: { schema: true }, orders }
    const committed = [
      writeLog(data.dir, 'bad', [[logged(1)], [logged(2)]]),
      writeLog(data.dir, 'orders', [ordersFrom(0, 5)]),
    ]
    const { drain, drained, states, commit } = await open({ streams })
    writeFileSync(join(data.dir, 'log', 'bad', '00000000000000000000.log'), Buffer.alloc(500, 0x5a))
    commit(0, committed[0]!)
    commit(1, committed[1]!)
    await drained(1, 5)
    await until('the failure', () => states.length > 0)
    expect(states).toMatchObject([{ stream: 'bad', state: 'failed', fatal: false }])
    expect(drain.stats()).toMatchObject([
      { state: 'failed', drainedOffset: 0 },
      { state: 'ok', drainedOffset: 5 },
    ])
  })
})

describe('a start is refused', () => {
  test('when the table does not fit', async () => {
    mkdirSync(data.dir, { recursive: true })
    const db = new DatabaseSync(join(data.dir, 'sluice.db'))
    db.exec('CREATE TABLE orders (id TEXT PRIMARY KEY)')
    db.close()
    await expect(open()).rejects.toMatchObject({ code: 'SINK_MISMATCH', extra: { table: 'orders', column: 'n' } })
  })

  test('when two streams share a table', async () => {
    await expect(open({ streams: { orders, others: { ...orders, table: 'ORDERS' } } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })

  test('when the sink is ahead of the log', async () => {
    const end = writeLog(data.dir, 'orders', [ordersFrom(0, 5)])
    await (await open({ committed: [end] })).drained(0, end)
    await expect(reopen({ committed: [2] })).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
    running = undefined
  })
})

test('closing ends behind the batch at hand, however much is left', async () => {
  const end = writeLog(
    data.dir,
    'orders',
    Array.from({ length: 40 }, (_, index) => ordersFrom(index * 500, 500)),
  )
  const first = await open({ committed: [end], drain: { batchBytesMax: 10_000 } })
  await until('a first batch', () => first.batches.length > 0)
  await first.drain.close()
  const { n } = query(data.dir, 'SELECT count(*) AS n FROM orders')[0] as { n: number }
  expect(query(data.dir, 'SELECT nextOffset FROM _sluice_checkpoint')).toEqual([{ nextOffset: n }])
  expect(first.batches.at(-1)?.nextOffset).toBe(n)
  expect(first.states).toEqual([])
  const { drained } = await open({ committed: [end] })
  await drained(0, end)
  expect(query(data.dir, 'SELECT count(*) AS n FROM orders')).toEqual([{ n: 20_000 }])
})

test('a thread that dies is told as fatal', async () => {
  const end = writeLog(data.dir, 'orders', [[{ key: 'x', value: Uint8Array.of(0xc1) }]])
  const { states, drain } = await open({ committed: [end] })
  await until('the end', () => states.length > 0)
  expect(states).toMatchObject([{ stream: undefined, state: 'failed', fatal: true }])
  expect(states[0]!.reason).toContain('0xc1 at 0 is not canonical')
  expect(drain.stats()).toMatchObject([{ state: 'failed' }])
})
