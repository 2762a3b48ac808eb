// When the log cannot write: why, and when it tries again. A full disk and a broken one are weather; the log keeps
// answering what needs no write, tries again by itself, and says when it is back.
import { isFull } from './disk.ts'
import { rollSegment } from './roll.ts'
import type { StreamLog } from './stream.ts'

const retryMsMin = 50
const retryMsMax = 1_000

/** Notes that a write failed. The time to the next attempt doubles with every failure in a row. */
export function noteOutage(log: StreamLog, error: unknown, nowMs: number): void {
  const attempts = (log.outage?.attempts ?? 0) + 1
  const waitMs = Math.min(retryMsMin * 2 ** attempts, retryMsMax)
  const message = error instanceof Error ? error.message : String(error) // begins with the system's code
  log.outage = {
    code: isFull(error) ? 'STORAGE_FULL' : 'LOG_UNAVAILABLE',
    detail: `stream ${log.settings.name}: ${message}`,
    attempts,
    retryAtMs: nowMs + waitMs,
  }
}

/** Makes a new file when the last attempt is long enough ago. Returns whether there is one. */
export function tryRoll(log: StreamLog, nowMs: number): boolean {
  if (log.outage !== undefined && nowMs < log.outage.retryAtMs) return false
  try {
    rollSegment(log)
    return true
  } catch (error) {
    noteOutage(log, error, nowMs)
    return false
  }
}

/** What the timer does: ends an outage as soon as a new file can be made, whether or not someone writes. */
export function endOutage(log: StreamLog, nowMs: number): void {
  if (log.outage !== undefined && tryRoll(log, nowMs)) log.outage = undefined
}
