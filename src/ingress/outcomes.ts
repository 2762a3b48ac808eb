// What became of a record, as a client is told it: one table from the kernel's status to the code, one entry of a bulk
// answer, one answer for a single record.
import { type ErrorCode, errorTable } from '../errors.ts'
import { type RecordStatus, recordStatus } from '../kernel/abi.ts'
import { refusalCode, type Why, whyAllRefused, whyRefused } from '../kernel/refusals.ts'
import type { IngressStream, OutcomeName } from './deps.ts'
import type { Outcome } from './intake.ts'
import { type Answer, jsonHeaders, problem } from './replies.ts'

/** A record that was not taken, in a bulk answer. */
export type Entry = {
  index: number
  readonly status: 'conflict' | 'invalid' | 'refused'
  readonly code: ErrorCode
  readonly pointer?: string
  readonly keyword?: string
  readonly schemaPointer?: string
  /** Where in the record. */
  readonly byteOffset?: number
  /** Conflict: the offset of the record that has the key. */
  readonly offset?: number
  readonly message: string
  /** All that the schema refuses, the first error again among it, where the client asked. */
  readonly errors?: readonly Why[]
  /** There may be more than `errors` lists. */
  readonly errorsCut?: true
  readonly retry: boolean
}

export function outcomeName(status: RecordStatus): OutcomeName {
  if (status === recordStatus.ACCEPTED) return 'accepted'
  if (status === recordStatus.DUPLICATE) return 'duplicate'
  return status === recordStatus.CONFLICT ? 'conflict' : 'invalid'
}

/** What an entry is made from. */
export type Reported = Pick<
  Outcome,
  'status' | 'offset' | 'errorOffset' | 'locationIndex' | 'pointer' | 'errors' | 'bytes' | 'isPacked'
>
type Stream = Pick<IngressStream, 'locations' | 'keyHeader'>

/** The entry of a record that ended as a conflict or invalid. Its index is the caller's to set. */
export function entryOf(outcome: Reported, stream: Stream): Entry {
  const code = outcome.status === recordStatus.CONFLICT ? 'KEY_CONFLICT' : refusalCode(outcome.status)
  const { retry } = errorTable[code]
  if (code === 'KEY_CONFLICT') {
    const { offset } = outcome
    const message = `The key belongs to another record, at offset ${offset}`
    return { index: 0, status: 'conflict', code, offset, message, retry }
  }
  return { index: 0, status: 'invalid', code, ...whyInvalid(outcome, code, stream), ...allOf(outcome, stream), retry }
}

function whyInvalid(outcome: Reported, code: ErrorCode, stream: Stream): Why {
  return code === 'KEY_MISSING' ? { message: keyMissing(stream) } : whyRefused(outcome, stream.locations)
}

/** The list of errors, where there is one. */
function allOf(outcome: Reported, { locations }: Stream): Pick<Entry, 'errors' | 'errorsCut'> {
  const list = outcome.status === recordStatus.SCHEMA_INVALID ? outcome.errors() : undefined
  if (list === undefined) return {}
  const errors = whyAllRefused(list.errors, outcome.bytes(), outcome.isPacked, locations)
  return list.isCut ? { errors, errorsCut: true } : { errors }
}

/** Why a record of this stream has no usable key. */
export function keyMissing(stream: Pick<IngressStream, 'keyHeader'>): string {
  if (stream.keyHeader !== undefined)
    return `The key comes in the header "${stream.keyHeader}": 1 to 1024 bytes of UTF-8`
  return 'The key must be a string of 1 to 1024 bytes or an integer'
}

/** The entry of a record that never reached the log. */
export function refusedEntry(code: ErrorCode, message: string): Entry {
  const { retry } = errorTable[code]
  return { index: 0, status: retry ? 'refused' : 'invalid', code, message, retry }
}

/** The answer to a single record. */
export function singleAnswer(outcome: Outcome, stream: IngressStream): Answer {
  const { status } = outcome
  if (status === recordStatus.ACCEPTED) return takenAnswer(202, outcome, stream)
  if (status === recordStatus.DUPLICATE) return takenAnswer(200, outcome, stream)
  const { index: _, status: __, retry: ___, code, message, errors, errorsCut, ...where } = entryOf(outcome, stream)
  if (code !== 'SCHEMA_INVALID') return problem(code, message, where)
  const subject = where.pointer ? `The value at ${where.pointer}` : 'The record'
  return problem(code, `${subject} ${message}`, { errors: errors ?? [{ ...where, message }], errorsCut })
}

// Made for nearly every request, and so without looking at the text again: a plain key leaves nothing but ASCII.
function takenAnswer(status: number, outcome: Outcome, stream: IngressStream): Answer {
  const plain = stream.hasKey ? outcome.plainKey() : ''
  const body = `{${membersWith(outcome, stream, plain)}}`
  return { status, headers: jsonHeaders, body, bodyBytes: plain === undefined ? undefined : body.length }
}

/** The JSON members of a record that was taken, without the braces: a result line puts the index before them. */
export function takenMembers(outcome: Outcome, stream: IngressStream): string {
  return membersWith(outcome, stream, stream.hasKey ? outcome.plainKey() : '')
}

function membersWith(outcome: Outcome, stream: IngressStream, plain: string | undefined): string {
  const start = takenStart(outcome.status, stream.hasKey)
  if (!stream.hasKey) return `${start}${outcome.offset}`
  const key = plain ?? JSON.stringify(outcome.key()).slice(1, -1)
  return `${start}${key}${takenBehindKey}${outcome.offset}`
}

/** The members of a record that was taken, up to what is its own: the text of its key, or without one its offset. */
export function takenStart(status: RecordStatus, hasKey: boolean): string {
  const name = status === recordStatus.ACCEPTED ? 'accepted' : 'duplicate'
  return `"status":"${name}",${hasKey ? '"key":"' : '"offset":'}`
}

/** What stands between key and offset. */
export const takenBehindKey = '","offset":'
