// A SQLite sink over a directory of its own, and records made of plain values.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { encodeValue } from '../../src/kernel/messagepack.ts'
import type { JsonSchema } from '../../src/schema/compile.ts'
import { planTable } from '../../src/schema/table.ts'
import type { Refusal, Sink, SinkReader, SinkRecord, SinkStream, WriteResult } from '../../src/sink/sink.ts'
import { openSqlite } from '../../src/sink/sqlite.ts'
import { openSqliteReader } from '../../src/sink/sqlite-reader.ts'

export const receivedAtMs = 1_764_000_000_000

export type Bench = {
  readonly file: string
  readonly streams: readonly SinkStream[]
  /** The sink at hand; `reopen` replaces it. */
  sink: Sink
  readonly reader: SinkReader
  /** Another connection, as a user has it. */
  query(sql: string, ...values: (string | number | bigint)[]): Record<string, unknown>[]
  exec(sql: string): void
}

export type StreamSpec = {
  readonly schema: JsonSchema
  readonly key?: readonly string[] | 'header'
  readonly table?: string
}

export function streamOf(name: string, streamIndex: number, { schema, key, table }: StreamSpec): SinkStream {
  const keyPointers = key === undefined || key === 'header' ? [] : key
  return { streamIndex, name, table: planTable({ name: table ?? name, schema, keyed: key !== undefined, keyPointers }) }
}

/** Runs `body` over a sink in a directory that is gone afterwards. */
export async function withBench(
  specs: Record<string, StreamSpec>,
  body: (bench: Bench) => Promise<void>,
): Promise<void> {
  await withFile(async (file) => {
    const streams = Object.entries(specs).map(([name, spec], index) => streamOf(name, index, spec))
    const bench: Bench = {
      file,
      streams,
      sink: openSqlite({ file, streams }),
      reader: openSqliteReader(file, streams),
      query: (sql, ...values) => withDatabase(file, (db) => db.prepare(sql).all(...values)),
      exec: (sql) => withDatabase(file, (db) => db.exec(sql)),
    }
    try {
      await body(bench)
    } finally {
      await bench.reader.close()
      await bench.sink.close()
    }
  })
}

export async function withFile(body: (file: string) => Promise<void> | void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-sink-'))
  try {
    await body(join(directory, 'sluice.db'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

export function withDatabase<T>(file: string, step: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file, { timeout: 1000 })
  try {
    return step(db)
  } finally {
    db.close()
  }
}

export async function reopen(bench: Bench): Promise<void> {
  await bench.sink.close()
  bench.sink = openSqlite({ file: bench.file, streams: bench.streams })
}

export function recordOf(offset: number, value: unknown, key: string | null = null): SinkRecord {
  const keyBytes = key === null ? null : Buffer.from(key)
  return { offset, key: keyBytes, value: Buffer.from(encodeValue(value)), receivedAtMs }
}

export type Outcome = Omit<WriteResult, 'refused'> & { readonly refused: readonly [offset: number, reason: string][] }

/** Writes records that start at the stream's checkpoint; the checkpoint then stands behind the last. */
export async function put(bench: Bench, records: readonly SinkRecord[], streamIndex = 0): Promise<Outcome> {
  const from = await bench.sink.checkpoint(streamIndex)
  const to = records.at(-1)!.offset + 1
  let told: readonly Refusal[] = []
  const result = await bench.sink.write(streamIndex, records, from, to, async (refused) => {
    told = refused
  })
  if (told.length !== result.refused.length) throw new Error('the refusals told are not those of the result')
  return { ...result, refused: told.map(({ record, reason }) => [record.offset, reason]) }
}
