// The pace of one stream's drain: how many records may go now, or how long until some may. Pure; time is an argument.
// What always holds: over any span of t seconds at most `burst + t × recordsPerSecond` records are let go, and records
// wait only for tokens, never for a batch to fill.
import { type Bucket, makeBucket, takeTokens, tokensAt, waitMs } from '../guard/bucket.ts'
import { drainBatchRecordCountMax } from '../limits.ts'

export type Pace = {
  readonly bucket: Bucket
  /** With this many tokens a batch is worth its commit; fewer go only if there are no more records. */
  readonly quantum: number
}

/** A slow pace still lets one record go at a time; a fast one is cut into a batch every `pollMs`. */
export function makePace(recordsPerSecond: number, pollMs: number, nowMs: number): Pace {
  const quantum = Math.min(drainBatchRecordCountMax, Math.max(1, Math.floor((recordsPerSecond * pollMs) / 1000)))
  // Twice the quantum, so that what a late timer leaves in the bucket is not lost.
  return { bucket: makeBucket(recordsPerSecond, Math.min(drainBatchRecordCountMax, 2 * quantum), nowMs), quantum }
}

/** How many of `available` records may go now; 0 with how long to wait until some may. */
export function allowance(
  { bucket, quantum }: Pace,
  available: number,
  nowMs: number,
): { readonly count: number; readonly waitMs: number } {
  const wanted = Math.min(available, quantum)
  const tokens = Math.floor(tokensAt(bucket, nowMs))
  if (tokens >= wanted) return { count: bucket.perSecond === Infinity ? drainBatchRecordCountMax : tokens, waitMs: 0 }
  return { count: 0, waitMs: waitMs(bucket, wanted, nowMs) }
}

/** Counts records that were let go. */
export function spend({ bucket }: Pace, count: number, nowMs: number): void {
  if (!takeTokens(bucket, count, nowMs)) throw new RangeError(`${count} records were read, more than the pace allowed`)
}

/** What the drain got done of late: records and the time they took, both fading over about five seconds of drain time. */
export type Rate = { records: number; ms: number }

const rateWindowMs = 5_000
const elapsedMsMin = 0.01

/** Records a second, no more than the pace allows; undefined before the first batch. */
export function recordsPerSecond({ records, ms }: Rate, { bucket }: Pace): number | undefined {
  return ms === 0 ? undefined : Math.min(bucket.perSecond, (records * 1000) / ms)
}

/**
 * Notes a batch, weighed by its time. One that left no backlog (`isLast`) says only what the sink can do at least: a lone
 * record costs a whole commit, and must not make the drain look slow.
 */
export function observe(rate: Rate, records: number, elapsedMs: number, isLast: boolean): void {
  const ms = Math.max(elapsedMs, elapsedMsMin)
  if (isLast && records * rate.ms < rate.records * ms) return
  const fade = Math.exp(-ms / rateWindowMs)
  rate.records = rate.records * fade + records
  rate.ms = rate.ms * fade + ms
}

const backoffFirstMs = 50
const backoffLastMs = 5_000

/**
 * How long to wait before attempt `attempt` (1: the first repeat): twice as long each time, up to five seconds, of which
 * half is chance, so that several drains do not come back together. `random` is in 0 … 1.
 */
export function backoffMs(attempt: number, random: number): number {
  const fullMs = Math.min(backoffLastMs, backoffFirstMs * 2 ** (attempt - 1))
  return fullMs / 2 + (fullMs / 2) * random
}
