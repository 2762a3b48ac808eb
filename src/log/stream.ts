// The state of one stream's log, as its parts share it: recovery makes it, commits move it on, retention shortens it.
// Plain data, owned by the log thread.
import type { Engine } from '../kernel/engine.ts'
import type { LogRegion } from '../kernel/log-region.ts'
import type { Staging } from './blocks.ts'
import type { Dedupe } from './dedupe.ts'
import type { Disk } from './disk.ts'
import { placeOf } from './places.ts'
import { publishProgress, readProgress } from './progress.ts'
import { type Segment, segmentAt } from './segment.ts'
import type { Draft } from './spare.ts'

/** The file that commits go to: the last segment's. */
export type ActiveFile = {
  readonly file: number
  readonly segment: Segment
  /** Whole blocks the file has: it is never written past them. */
  readonly capacityBytes: number
  /** The bytes of the segment's last block, as far as it is filled. */
  readonly tail: Buffer
}

/** Why the log refuses to write, and when it tries again. */
export type Outage = {
  readonly code: 'LOG_UNAVAILABLE' | 'STORAGE_FULL'
  readonly detail: string
  readonly attempts: number
  readonly retryAtMs: number
}

/** What all streams share, and what a test replaces. */
export type LogParts = {
  readonly disk: Disk
  readonly engine: Engine
  readonly region: LogRegion
  readonly staging: Staging
  readonly progress: SharedArrayBuffer
}

/** How one stream is kept. */
export type StreamSettings = {
  readonly name: string
  readonly streamIndex: number
  readonly directory: string
  readonly segmentBytes: number
  /** Undefined: the stream has no key. */
  readonly dedupeKeyCountMax: number | undefined
}

export type StreamLog = LogParts & {
  readonly settings: StreamSettings
  readonly dedupe: Dedupe | undefined
  /** Oldest first, never empty once the first file could be made. */
  readonly segments: Segment[]
  active: ActiveFile | undefined
  /** Whether its files are written past the page cache; false once the file system refused that. */
  isDirect: boolean
  outage: Outage | undefined
  nextOffset: number
  nextCommit: number
  drainedOffset: number
  /** Paths of files that can become segments. */
  readonly spares: string[]
  spareNumber: number
  /** The file that is to become the next spare, and the piece of it that is being written. */
  draft: Draft | undefined
  filling: Promise<void> | undefined
  /** No spare is made, and no segment let go, before these times: a disk that refused is left alone for a while. */
  spareAtMs: number
  retireAtMs: number
  /** What went wrong without harm to a record, to be told once. */
  readonly notices: string[]
  commitCount: number
  /** Of the newest commits, the latest counting most. */
  commitBytesMean: number
  syncMsTotal: number
}

/** Tells the other threads what is durable; the last store is the one they look at first. */
export function publishCommitted(log: StreamLog): void {
  const { progress, settings } = log
  publishProgress(progress, settings.streamIndex, 'start', startOffset(log))
  publishProgress(progress, settings.streamIndex, 'backlogBytes', backlogBytes(log))
  publishProgress(progress, settings.streamIndex, 'committed', log.nextOffset)
}

/** Tells readers that segments have changed, before anything in a new one is published as committed. */
export function publishSegments(log: StreamLog): void {
  const { progress, settings } = log
  const generation = readProgress(progress, settings.streamIndex, 'generation')
  publishProgress(progress, settings.streamIndex, 'generation', generation + 1)
}

/** First offset that is still in the log. */
export function startOffset(log: StreamLog): number {
  return log.segments[0]?.baseOffset ?? log.nextOffset
}

/** Bytes of log between the drained offset and the end, to about 4 KiB. */
export function backlogBytes(log: StreamLog): number {
  const last = log.segments.at(-1)
  if (last === undefined || log.drainedOffset >= log.nextOffset) return 0
  const end = last.bytesBefore + last.bytes
  const segment = segmentAt(log.segments, log.drainedOffset)
  if (segment === undefined) return end - log.segments[0]!.bytesBefore
  const { position } = placeOf(segment.places, log.drainedOffset - segment.baseOffset)
  return end - segment.bytesBefore - position
}
