// What an error of SQLite means for the drain: this record never, or everything later. Decided by the result code alone.
// It refuses to guess: whatever is not sure to be the record's own fault holds the drain up, visibly, and loses nothing.
import { SluiceError } from '../errors.ts'

/** As node:sqlite throws it; `errcode` is SQLite's extended result code. */
export type SqliteError = Error & { readonly code: 'ERR_SQLITE_ERROR'; readonly errcode: number }

// https://www.sqlite.org/rescode.html; the low byte is the primary code.
const BUSY = 5
const LOCKED = 6
const TOOBIG = 18
const CONSTRAINT = 19
const MISMATCH = 20
const primaryMask = 0xff

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
}

function hasCode(error: unknown, codes: readonly number[]): error is SqliteError {
  return isSqliteError(error) && codes.includes(error.errcode & primaryMask)
}

/** Whether the record itself is what SQLite will not have: a constraint of the table, a value of the wrong type or size. */
export function isRefusal(error: unknown): error is SqliteError {
  return hasCode(error, [CONSTRAINT, MISMATCH, TOOBIG])
}

/** Whether another connection is in the way, so that this one is as good as before. */
export function isContention(error: unknown): boolean {
  return hasCode(error, [BUSY, LOCKED])
}

/** Turns an error of SQLite into SINK_UNAVAILABLE; any other is returned as it is. */
export function sinkError(error: unknown, file: string): unknown {
  if (!isSqliteError(error)) return error
  const detail = `${file}: ${error.message} (SQLite code ${error.errcode})`
  return new SluiceError('SINK_UNAVAILABLE', detail, { sqliteCode: error.errcode }, error)
}
