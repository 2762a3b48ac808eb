// How long a shed client should wait: as long as the drain needs to make room, from what it was measured to do.
// Pure. It never says 0 and never more than the bound, whatever it is given.

/** How full a stream's log is and how fast it empties. */
export type Load = {
  readonly backlogBytes: number
  readonly backlogBytesMax: number
  readonly backlogRecords: number
  /** Measured; undefined while nothing was drained yet. */
  readonly drainRecordsPerSecond: number | undefined
}

// Writers are let in again once a tenth of a full backlog is gone: fewer would be shed again at once.
const roomShare = 0.1
// A full log and a sink that never moved: nobody knows, so neither at once nor in an hour.
const unknownSeconds = 60

/**
 * Returns whole seconds from 1 to `secondsMax`. Below a full backlog the shortage is of slabs, which pass in
 * milliseconds, and the answer is 1.
 */
export function retryAfterSeconds(load: Load, secondsMax: number): number {
  if (load.backlogBytes < load.backlogBytesMax) return 1
  const rate = load.drainRecordsPerSecond
  const seconds = rate === undefined || !(rate > 0) ? unknownSeconds : (load.backlogRecords * roomShare) / rate
  return Math.min(secondsMax, Math.max(1, Math.ceil(seconds)))
}
