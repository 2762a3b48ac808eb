// Where the exact parser stands in a record, and how it says no. Positions are absolute in `bytes`; only what is reported
// counts from the record's start. A reader returns undefined once `status` is set; the first refusal stands.
import { type RecordStatus, recordStatus } from '../abi.ts'

export type Cursor = {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly depthMax: number
  at: number
  depth: number
  /** 0 while nothing is wrong. */
  status: RecordStatus | 0
  errorOffset: number
  /** Opening quote of the first key that repeats one of its object; −1: none. */
  duplicateAt: number
}

/** Notes a refusal at position `at`. */
export function refuse(cursor: Cursor, status: RecordStatus, at: number): undefined {
  cursor.status = status
  cursor.errorOffset = at - cursor.start
  return undefined
}

/** Refuses the byte at `at`: unexpected, or the end that should not be there. */
export function refuseByte(cursor: Cursor, at: number): undefined {
  return at < cursor.end
    ? refuse(cursor, recordStatus.UNEXPECTED_BYTE, at)
    : refuse(cursor, recordStatus.UNEXPECTED_END, cursor.end)
}
