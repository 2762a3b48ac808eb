// Lets go of segments from the oldest on: one goes when it is closed, everything in it is drained, and no key in the dedupe
// table comes from it. One file a step, its going made durable before the next, so that a crash never leaves a gap.
// What always holds: the last segment stays, and the one before it while the last is empty, because the number of the last
// commit must be found on a start.
import { oldestOffset } from './dedupe.ts'
import { errorCode } from './disk.ts'
import { sparePath } from './segment.ts'
import { spareCountMax } from './spare.ts'
import { publishCommitted, type StreamLog } from './stream.ts'

const retryMs = 10_000

/** Lets every segment go that may. A disk that refuses is left alone for a while; the log only grows by that. */
export function retireSegments(log: StreamLog, nowMs: number): void {
  if (nowMs < log.retireAtMs) return
  try {
    while (retireOldest(log));
  } catch (error) {
    log.retireAtMs = nowMs + retryMs
    log.notices.push(`${log.segments[0]?.path} could not be let go: ${errorCode(error)}`)
  }
}

/** Retires the oldest segment if it may go. Returns whether it went; then there may be another. Throws what the disk throws. */
function retireOldest(log: StreamLog): boolean {
  const { segments, disk, settings, spares } = log
  const [oldest, next] = segments
  if (oldest === undefined || next === undefined || next.bytes === 0) return false
  if (oldest.endOffset > log.drainedOffset) return false
  if (log.dedupe !== undefined && oldest.endOffset > oldestOffset(log.dedupe)) return false
  const isUseful = spares.length < spareCountMax && oldest.bytes * 2 > settings.segmentBytes
  const spare = sparePath(settings.directory, log.spareNumber++)
  if (isUseful) disk.rename(oldest.path, spare)
  else disk.unlink(oldest.path)
  segments.shift()
  publishCommitted(log)
  disk.syncDirectory(settings.directory)
  // Only now: a power cut must not bring the old name back on a file that was written to again.
  if (isUseful) spares.push(spare)
  return true
}
