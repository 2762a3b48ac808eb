// A data directory whose log this file writes itself, a commit a batch, and a real drain over it.
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { crc32c } from '@aws-crypto/crc32c'
import type { Config, DrainConfig, StreamConfig } from '../../src/config/config.ts'
import { fillIn } from '../../src/config/defaults.ts'
import { compileStreams } from '../../src/config/streams.ts'
import { type Drain, type DrainedBatch, type DrainState, openDrain } from '../../src/drain/drain.ts'
import { encodeValue } from '../../src/kernel/messagepack.ts'
import { batchHeaderBytes, placeBatch, writeChecksum } from '../../src/log/format.ts'
import { makeProgress, publishProgress } from '../../src/log/progress.ts'
import { segmentName, streamDirectory } from '../../src/log/segment.ts'

export const sealedAtMs = 1_764_000_000_123

/** A record in the log; `undefined` is a duplicate that was taken out: its offset is a gap. */
export type Logged = { readonly key: string | null; readonly value: Uint8Array } | undefined

export function logged(value: unknown, key: string | null = null): Logged {
  return { key, value: encodeValue(value) }
}

export type DataDir = { readonly dir: string; remove(): void }

export function makeDataDir(): DataDir {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-drain-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** Appends batches to a stream's log, which begins with `baseOffset` and `commit`. Returns the offset behind the last. */
export function writeLog(
  dir: string,
  stream: string,
  batches: readonly (readonly Logged[])[],
  baseOffset = 0,
  commit = 1,
): number {
  const directory = streamDirectory(dir, stream)
  mkdirSync(directory, { recursive: true })
  let nextOffset = baseOffset
  for (const [index, records] of batches.entries()) {
    appendFileSync(join(directory, segmentName(0)), encodeBatch(records, nextOffset, commit + index))
    nextOffset += records.length
  }
  return nextOffset
}

function encodeBatch(records: readonly Logged[], baseOffset: number, commit: number): Buffer {
  const parts = records.flatMap((record, delta) => (record === undefined ? [] : [encodeRecord(record, delta)]))
  const batch = Buffer.concat([Buffer.alloc(batchHeaderBytes), ...parts])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt8(2, 16)
  batch.writeInt32BE(records.length - 1, 23)
  batch.writeBigInt64BE(BigInt(sealedAtMs), 27)
  batch.writeBigInt64BE(BigInt(sealedAtMs), 35)
  batch.fill(0xff, 43, 57)
  batch.writeInt32BE(parts.length, 57)
  writeChecksum(batch, crc32c(batch.subarray(21)))
  placeBatch(batch, baseOffset, commit, true)
  return batch
}

function encodeRecord({ key, value }: NonNullable<Logged>, offsetDelta: number): Buffer {
  const keyBytes = Buffer.from(key ?? '')
  const body = Buffer.concat([
    Buffer.from([0, 0]),
    varint(offsetDelta),
    varint(key === null ? -1 : keyBytes.length),
    keyBytes,
    varint(value.length),
    value,
    Buffer.from([0]),
  ])
  return Buffer.concat([varint(body.length), body])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}

export type Setup = {
  readonly dir: string
  readonly streams: Readonly<Record<string, Omit<StreamConfig, 'path'>>>
  /** Committed offsets, in the streams' order; 0 at first. */
  readonly committed?: readonly number[]
  readonly drain?: Partial<DrainConfig>
}

export type Running = {
  readonly drain: Drain
  readonly config: Config
  readonly batches: DrainedBatch[]
  readonly states: DrainState[]
  /** Publishes what the log has committed. */
  commit(streamIndex: number, nextOffset: number): void
  /** Resolves when everything below is in the sink. */
  drained(streamIndex: number, nextOffset: number): Promise<void>
}

export async function openTestDrain({ dir, streams, committed = [], drain = {} }: Setup): Promise<Running> {
  const withPaths = Object.fromEntries(
    Object.entries(streams).map(([name, stream]) => [name, { ...stream, path: `/${name}` }]),
  )
  const config = fillIn({ dataDir: dir, streams: withPaths, drain })
  const plans = compileStreams(config).map((compiled, streamIndex) => ({ streamIndex, compiled, programAddress: 0 }))
  const progress = makeProgress(plans.length)
  const commit = (streamIndex: number, nextOffset: number) =>
    publishProgress(progress, streamIndex, 'committed', nextOffset)
  for (const [streamIndex, nextOffset] of committed.entries()) commit(streamIndex, nextOffset)
  const batches: DrainedBatch[] = []
  const states: DrainState[] = []
  const waiting = new Set<() => void>()
  const handle = await openDrain({
    config,
    plans,
    progress,
    onBatch: (batch) => {
      batches.push(batch)
      for (const look of waiting) look()
    },
    onState: (state) => states.push(state),
  })
  const drained = (streamIndex: number, nextOffset: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (handle.stats()[streamIndex]!.drainedOffset < nextOffset) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { drain: handle, config, batches, states, commit, drained }
}

export function query(dir: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(join(dir, 'sluice.db'), { timeout: 1000 })
  try {
    return db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  } finally {
    db.close()
  }
}

export function letters(dir: string, stream: string): Record<string, unknown>[] {
  const text = readFileSync(join(dir, 'dead-letters', `${stream}.ndjson`), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
