// One stream on its way into the sink: read a batch, write it, and if that fails keep it and try again later. At most one
// batch is held, so a slow sink costs no memory. Clock and chance come in.
// It refuses to skip: a batch that the sink cannot take now is tried until it can, a damaged log stops this stream.
// What always holds: `nextOffset` is the sink's checkpoint; a batch counts once, also if its commit was not heard of.
import { SluiceError } from '../errors.ts'
import type { Refusal, Sink, SinkStream, WriteResult } from '../sink/sink.ts'
import type { DeadLetters } from './dead-letters.ts'
import { allowance, backoffMs, observe, type Pace, type Rate, spend } from './pace.ts'
import type { Source, SourceBatch } from './source.ts'

export type Flow = {
  readonly stream: SinkStream
  readonly source: Source
  readonly deadLetters: DeadLetters
  readonly pace: Pace
  nextOffset: number
  /** Read and not yet in the sink. */
  batch: SourceBatch | undefined
  /** What the sink refused of it, at the last attempt that came so far. */
  refused: readonly Refusal[]
  /** Failed attempts in a row, and when to try again. */
  failures: number
  retryAtMs: number
  reason: string | undefined
  /** The log cannot be read any further. */
  isStopped: boolean
  /** Nothing is committed beyond `nextOffset`. */
  isIdle: boolean
  /** Since when there has been a backlog, or since the last batch of it. */
  busySinceMs: number | undefined
  readonly rate: Rate
}

export type FlowDeps = {
  readonly sink: Sink
  readonly batchBytesMax: number
  readonly nowMs: () => number
  /** In 0 … 1. */
  readonly random: () => number
  /** The offset below which the stream's records are durable in the log. */
  readonly committed: (streamIndex: number) => number
  readonly onBatch: (flow: Flow, result: WriteResult, ms: number) => void
  /** `reason` is undefined when it goes on. */
  readonly onState: (flow: Flow, state: 'ok' | 'retrying' | 'failed', reason: string | undefined) => void
}

export function makeFlow(parts: Pick<Flow, 'stream' | 'source' | 'deadLetters' | 'pace' | 'nextOffset'>): Flow {
  return {
    ...parts,
    batch: undefined,
    refused: [],
    failures: 0,
    retryAtMs: 0,
    reason: undefined,
    isStopped: false,
    isIdle: false,
    busySinceMs: undefined,
    rate: { records: 0, ms: 0 },
  }
}

/** Does what can be done now, one batch at most. Returns in how many ms there may be more: 0 at once, `Infinity` unknown. */
export async function stepFlow(deps: FlowDeps, flow: Flow): Promise<number> {
  const nowMs = deps.nowMs()
  if (flow.isStopped) return Infinity
  if (nowMs < flow.retryAtMs) return flow.retryAtMs - nowMs
  try {
    const waitMs = flow.batch === undefined ? readBatch(deps, flow, nowMs) : 0
    if (flow.batch !== undefined) await writeBatch(deps, flow, flow.batch)
    return waitMs
  } catch (error) {
    return afterFailure(deps, flow, error)
  }
}

/** Reads a batch if the pace allows one; else returns how long to wait. */
function readBatch(deps: FlowDeps, flow: Flow, nowMs: number): number {
  const available = deps.committed(flow.stream.streamIndex) - flow.nextOffset
  flow.isIdle = available <= 0
  if (flow.isIdle) return Infinity
  flow.busySinceMs ??= nowMs
  const { count, waitMs } = allowance(flow.pace, available, nowMs)
  if (count === 0) return waitMs
  const batch = flow.source.read(count, deps.batchBytesMax)
  if (batch.nextOffset === flow.nextOffset) return Infinity
  spend(flow.pace, batch.records.length, nowMs)
  flow.batch = batch
  flow.refused = []
  return 0
}

async function writeBatch(deps: FlowDeps, flow: Flow, batch: SourceBatch): Promise<void> {
  const startMs = deps.nowMs()
  const result = (await landed(deps, flow, batch)) ?? (await write(deps, flow, batch))
  const nowMs = deps.nowMs()
  flow.nextOffset = batch.nextOffset
  flow.batch = undefined
  flow.deadLetters.passed(batch.nextOffset)
  const isLast = deps.committed(flow.stream.streamIndex) <= flow.nextOffset
  observe(flow.rate, batch.records.length, nowMs - (flow.busySinceMs ?? startMs), isLast)
  flow.busySinceMs = isLast ? undefined : nowMs
  deps.onBatch(flow, result, nowMs - startMs)
  if (flow.failures > 0) recovered(deps, flow)
}

function write({ sink }: FlowDeps, flow: Flow, batch: SourceBatch): Promise<WriteResult> {
  const { streamIndex } = flow.stream
  return sink.write(streamIndex, batch.records, flow.nextOffset, batch.nextOffset, async (refused) => {
    flow.deadLetters.append(refused)
    flow.refused = refused
  })
}

/** A commit that failed may have been made all the same: then the checkpoint says so, and the batch must not go again. */
async function landed({ sink }: FlowDeps, flow: Flow, batch: SourceBatch): Promise<WriteResult | undefined> {
  if (flow.failures === 0) return undefined
  const checkpoint = await sink.checkpoint(flow.stream.streamIndex)
  if (checkpoint !== batch.nextOffset || checkpoint === flow.nextOffset) return undefined
  return { stored: batch.records.length - flow.refused.length, repeated: 0, refused: flow.refused }
}

/** What has a code is weather, of sink or disk; anything else is a bug and ends the thread. */
function afterFailure(deps: FlowDeps, flow: Flow, error: unknown): number {
  if (error instanceof SluiceError && error.code === 'LOG_DAMAGED') return stop(deps, flow, error)
  const isWeather = error instanceof SluiceError || (error instanceof Error && 'syscall' in error)
  if (!isWeather) throw error
  flow.failures++
  const waitMs = backoffMs(flow.failures, deps.random())
  flow.retryAtMs = deps.nowMs() + waitMs
  if (flow.reason !== error.message) deps.onState(flow, 'retrying', error.message)
  flow.reason = error.message
  return waitMs
}

function stop(deps: FlowDeps, flow: Flow, error: SluiceError): number {
  flow.isStopped = true
  deps.onState(flow, 'failed', error.message)
  return Infinity
}

function recovered(deps: FlowDeps, flow: Flow): void {
  flow.failures = 0
  flow.retryAtMs = 0
  flow.reason = undefined
  deps.onState(flow, 'ok', undefined)
}
