// The drain as the main thread sees it: a thread that moves committed records into the sink, and one that reads them back.
// It refuses to start on a table that does not fit, on a sink it cannot open, and on a log that does not reach back to the
// sink's checkpoint. What always holds: `onBatch` hears of every batch once, in order, after its commit was durable.
import { Worker } from 'node:worker_threads'
import type { Config } from '../config/config.ts'
import { streamNames } from '../config/streams.ts'
import { SluiceError } from '../errors.ts'
import type { Plan } from '../kernel/engine.ts'
import { siblingModule } from '../modules.ts'
import { planTable } from '../schema/table.ts'
import { openLookup } from '../sink/lookup.ts'
import type { SinkReader, SinkStream } from '../sink/sink.ts'
import type { DrainMessage, DrainRequest, DrainSetup } from './messages.ts'

/** What one batch in the sink was: one message each. */
export type DrainedBatch = {
  readonly streamIndex: number
  /** Everything below is in the sink, durably. */
  readonly nextOffset: number
  readonly stored: number
  readonly repeated: number
  readonly refused: readonly { readonly offset: number; readonly reason: string }[]
  readonly ms: number
}

/** Whether the drain of a stream gets on, and why not. `stream` undefined: the thread died (then `fatal`). */
export type DrainState = {
  readonly stream: string | undefined
  readonly state: 'ok' | 'retrying' | 'failed'
  readonly reason: string | undefined
  readonly fatal: boolean
}

export type DrainStats = {
  readonly stream: string
  readonly drainedOffset: number
  readonly storedCount: number
  readonly repeatedCount: number
  readonly refusedCount: number
  /** Measured while there is a backlog; undefined before the first batch. */
  readonly recordsPerSecond: number | undefined
  readonly state: 'ok' | 'retrying' | 'failed'
  readonly reason: string | undefined
}

export type Drain = {
  stats(): readonly DrainStats[]
  /** The JSON text of the record the sink stored under a key, or undefined. @throws SluiceError SINK_UNAVAILABLE */
  read(streamIndex: number, key: string): Promise<string | undefined>
  /** Finishes the batch at hand, then closes the sink. */
  close(): Promise<void>
}

export type DrainOptions = {
  readonly config: Config
  readonly plans: readonly Plan[]
  /** Shared progress of all streams, see log/progress.ts. */
  readonly progress: SharedArrayBuffer
  readonly onBatch: (batch: DrainedBatch) => void
  readonly onState: (state: DrainState) => void
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

type Handle = {
  readonly options: DrainOptions
  readonly worker: Worker
  readonly lookup: SinkReader
  /** In the plans' order. */
  readonly stats: readonly Mutable<DrainStats>[]
  readonly opening: PromiseWithResolvers<void>
  readonly ended: PromiseWithResolvers<void>
  state: 'opening' | 'open' | 'closing'
}

/**
 * Opens the sink, makes what is not there yet, and starts to drain at its checkpoints.
 * @throws SluiceError CONFIG_INVALID, SINK_MISMATCH, SINK_UNAVAILABLE, or LOG_DAMAGED when log and sink do not meet.
 */
export async function openDrain(options: DrainOptions): Promise<Drain> {
  const setup = setupOf(options)
  const worker = new Worker(siblingModule(import.meta.url, 'thread'), { workerData: setup })
  const handle: Handle = {
    options,
    worker,
    lookup: openLookup(setup.sink),
    stats: setup.sink.streams.map(({ name }) => firstStats(name)),
    opening: Promise.withResolvers(),
    ended: Promise.withResolvers(),
    state: 'opening',
  }
  follow(handle)
  await handle.opening.promise
  return {
    stats: () => handle.stats.map((stats) => ({ ...stats })),
    read: (streamIndex, key) => handle.lookup.read(streamIndex, key),
    close: () => close(handle),
  }
}

function setupOf({ config, plans, progress }: DrainOptions): DrainSetup {
  const streams = plans.map((plan) => sinkStream(config, plan))
  return {
    sink: { dataDir: config.dataDir, config: config.sink, streams },
    drain: config.drain,
    progress,
    values: plans.map(({ compiled }) => compiled.options.value),
  }
}

function sinkStream(config: Config, { streamIndex, compiled }: Plan): SinkStream {
  const name = streamNames(config)[streamIndex]!
  const { table, key } = config.streams[name]!
  const { keyPointers } = compiled.options
  const plan = planTable({ name: table ?? name, schema: compiled.schema, keyed: key !== undefined, keyPointers })
  return { streamIndex, name, table: plan }
}

function firstStats(stream: string): Mutable<DrainStats> {
  const counts = { drainedOffset: 0, storedCount: 0, repeatedCount: 0, refusedCount: 0 }
  return { stream, ...counts, recordsPerSecond: undefined, state: 'ok', reason: undefined }
}

function follow(handle: Handle): void {
  let reason = 'the drain thread ended by itself'
  handle.worker.on('message', (message: DrainMessage) => take(handle, message))
  handle.worker.on('error', (error) => {
    reason = `the drain thread died: ${error.stack ?? error.message}`
  })
  handle.worker.on('exit', () => {
    if (handle.state === 'open') failed(handle, reason)
    handle.opening.reject(new Error(reason))
    handle.ended.resolve()
  })
}

function take(handle: Handle, message: DrainMessage): void {
  if (message.kind === 'batch') countBatch(handle, message.batch, message.recordsPerSecond)
  else if (message.kind === 'state') noteState(handle, message.state)
  else if (message.kind === 'opened') start(handle, message.checkpoints)
  else handle.opening.reject(new SluiceError(message.code, message.detail, message.extra))
}

function start(handle: Handle, checkpoints: readonly number[]): void {
  handle.state = 'open'
  for (const [position, checkpoint] of checkpoints.entries()) handle.stats[position]!.drainedOffset = checkpoint
  handle.opening.resolve()
}

function countBatch(handle: Handle, batch: DrainedBatch, recordsPerSecond: number | undefined): void {
  const { options } = handle
  const stats = handle.stats[options.plans.findIndex(({ streamIndex }) => streamIndex === batch.streamIndex)]!
  stats.drainedOffset = batch.nextOffset
  stats.storedCount += batch.stored
  stats.repeatedCount += batch.repeated
  stats.refusedCount += batch.refused.length
  stats.recordsPerSecond = recordsPerSecond
  options.onBatch(batch)
}

function noteState(handle: Handle, state: DrainState): void {
  for (const stats of handle.stats) {
    if (state.stream !== undefined && state.stream !== stats.stream) continue
    stats.state = state.state
    stats.reason = state.reason
  }
  handle.options.onState(state)
}

function failed(handle: Handle, reason: string): void {
  noteState(handle, { stream: undefined, state: 'failed', reason, fatal: true })
}

async function close(handle: Handle): Promise<void> {
  handle.state = 'closing'
  handle.worker.postMessage({ kind: 'close' } satisfies DrainRequest)
  await Promise.all([handle.ended.promise, handle.lookup.close()])
}
