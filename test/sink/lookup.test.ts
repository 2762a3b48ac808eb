import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openLookup } from '../../src/sink/lookup.ts'
import type { SinkReader } from '../../src/sink/sink.ts'
import { type Bench, put, recordOf, type StreamSpec, withBench } from './fixture.ts'

const orders: StreamSpec = {
  key: ['/id'],
  schema: { type: 'object', properties: { id: { type: 'string' }, n: { type: 'integer' } } },
}

async function withLookup(body: (bench: Bench, lookup: SinkReader) => Promise<void>): Promise<void> {
  await withBench({ orders, keyless: { schema: true } }, async (bench) => {
    const config = { kind: 'sqlite', file: 'sluice.db' } as const
    const lookup = openLookup({ dataDir: dirname(bench.file), config, streams: bench.streams })
    try {
      await put(bench, [recordOf(0, { id: 'a', n: 2n ** 60n }), recordOf(1, { id: 'b' })])
      await body(bench, lookup)
    } finally {
      await lookup.close()
    }
  })
}

test('reads of one turn are answered each, and equal ones share an answer', async () => {
  await withLookup(async (_bench, lookup) => {
    const [a, b, again, none] = ['a', 'b', 'a', 'c'].map((key) => lookup.read(0, key))
    expect(again).toBe(a)
    expect(await Promise.all([a, b, again, none, lookup.read(1, 'a')])).toEqual([
      '{"id":"a","n":1152921504606846976}',
      '{"id":"b"}',
      '{"id":"a","n":1152921504606846976}',
      undefined,
      undefined,
    ])
  })
})

test('many reads one after the other and at once all find their own', async () => {
  await withLookup(async (bench, lookup) => {
    await put(
      bench,
      Array.from({ length: 500 }, (_, index) => recordOf(2 + index, { id: `k${index}`, n: index })),
    )
    const reads = Array.from({ length: 1000 }, async (_, index) => {
      if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
      return lookup.read(0, `k${index % 500}`)
    })
    const expected = Array.from({ length: 1000 }, (_, index) => `{"id":"k${index % 500}","n":${index % 500}}`)
    expect(await Promise.all(reads)).toEqual(expected)
  })
})

test('a read waits for no write, and sees what was committed', async () => {
  await withLookup(async (bench, lookup) => {
    const writer = new DatabaseSync(bench.file)
    writer.exec("BEGIN IMMEDIATE; DELETE FROM orders WHERE id = 'a'")
    expect(await lookup.read(0, 'a')).toContain('"a"')
    writer.exec('COMMIT')
    expect(await lookup.read(0, 'a')).toBeUndefined()
    writer.close()
  })
})

test('a read that fails has a code, and the next one finds the record again', async () => {
  await withLookup(async (bench, lookup) => {
    bench.exec('ALTER TABLE orders RENAME TO away')
    await expect(lookup.read(0, 'a')).rejects.toMatchObject({ code: 'SINK_UNAVAILABLE' })
    bench.exec('ALTER TABLE away RENAME TO orders')
    expect(await lookup.read(0, 'b')).toBe('{"id":"b"}')
  })
})

test('a bug in the thread costs the reads it had, not the ones after', async () => {
  await withLookup(async (_bench, lookup) => {
    await expect(lookup.read(99, 'a')).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      message: expect.stringContaining('knows no stream 99'),
    })
    expect(await lookup.read(0, 'b')).toBe('{"id":"b"}')
  })
})

test('closing answers what was asked before and refuses what comes after', async () => {
  await withLookup(async (_bench, lookup) => {
    const before = [lookup.read(0, 'a'), lookup.read(0, 'b')]
    const closing = lookup.close()
    await expect(lookup.read(0, 'a')).rejects.toMatchObject({ code: 'SINK_UNAVAILABLE' })
    expect(await Promise.all(before)).toEqual(['{"id":"a","n":1152921504606846976}', '{"id":"b"}'])
    await closing
  })
})
