// The answers to a body of many records: the summary when all of it was read, a problem document with the same members
// when it was not, or the last line when every record had a line of its own.
import { type ErrorCode, errorTable, SluiceError } from '../errors.ts'
import { storedWaitMs } from '../limits.ts'
import { refusalAnswer } from './admit.ts'
import type { Ingress } from './deps.ts'
import type { Ledger } from './ledger.ts'
import { refusedEntry } from './outcomes.ts'
import { type Answer, json, problem, problemOf } from './replies.ts'
import type { Results } from './results.ts'
import { hasOffset } from './runs.ts'

type Members = Readonly<Record<string, unknown>>

function membersOf(ledger: Ledger): Members {
  const { tally, entries, entriesOmitted, firstOffset, lastOffset } = ledger
  return {
    ...tally,
    firstOffset: firstOffset < 0 ? null : firstOffset,
    lastOffset: lastOffset < 0 ? null : lastOffset,
    errors: entries,
    errorsOmitted: entriesOmitted,
  }
}

/** 202 when every record was taken, 207 when some were not, 422 when none can be; a refusal of all of them is its code's. */
export function summaryAnswer(ingress: Ingress, ledger: Ledger, form: 'array' | 'lines' | 'msgpack'): Answer {
  const { accepted, duplicate, conflict, invalid, refused } = ledger.tally
  const faulty = conflict + invalid
  const taken = accepted + duplicate
  if (form === 'lines' && ledger.settledCount === 0) return problem('JSON_MALFORMED', 'There is no record in the body')
  if (refused > 0 && taken + faulty === 0) {
    return refusalAnswer(ingress, ledger.stream, ledger.refusal ?? 'OVERLOADED', membersOf(ledger))
  }
  const status = faulty + refused === 0 ? 202 : taken + refused === 0 ? 422 : 207
  return json(status, JSON.stringify(membersOf(ledger)), refused > 0 ? retryAfter(ingress, ledger) : {})
}

function retryAfter(ingress: Ingress, ledger: Ledger): Record<string, string> {
  return {
    ...refusalAnswer(ingress, ledger.stream, ledger.refusal ?? 'OVERLOADED').headers,
    'content-type': 'application/json',
  }
}

/** Waits for the sink, then says what it did. A record the sink refused is in the dead letters, not in the table. */
export async function storedAnswer(ingress: Ingress, ledger: Ledger, answer: Answer): Promise<Answer> {
  const { highestOffset, stream, runs = [] } = ledger
  if (highestOffset < 0) return answer
  const owns = (offset: number) => hasOffset(runs, offset)
  const { state, deadLetters, deadLetterCount } = await ingress.deps.stored.whenStored(
    stream.index,
    highestOffset,
    owns,
    storedWaitMs,
  )
  const status = deadLetterCount > 0 && answer.status === 202 ? 207 : answer.status
  const dead = deadLetterCount > 0 ? { deadLetters, deadLettersOmitted: deadLetterCount - deadLetters.length } : {}
  return { ...answer, status, body: JSON.stringify({ ...membersOf(ledger), state, ...dead }) }
}

/**
 * The answer when the body was not read to its end: what became of the records before is told beside the problem, and
 * `nextIndex` is the first record nothing is known of.
 */
export function interruptedAnswer(
  ingress: Ingress,
  ledger: Ledger,
  error: unknown,
  results: Results | undefined,
): Answer | undefined {
  if (results?.begun()) {
    results.write(restLine(ingress, ledger, error))
    return undefined
  }
  const members = ledger.settledCount > 0 ? { ...membersOf(ledger), nextIndex: ledger.settledCount } : {}
  if (!(error instanceof SluiceError)) return problemOf(error)
  if (isPassing(error.code)) return refusalAnswer(ingress, ledger.stream, error.code, members)
  return problem(error.code, error.message, { ...error.extra, ...members })
}

// In a stream of results the last line speaks for its record and all that follow.
function restLine(ingress: Ingress, ledger: Ledger, error: unknown): string {
  const code = error instanceof SluiceError ? error.code : 'INTERNAL'
  const entry = refusedEntry(
    code,
    error instanceof SluiceError ? error.message : 'The server met an error it did not expect',
  )
  const after = isPassing(code) ? refusalAnswer(ingress, ledger.stream, code).headers['retry-after'] : undefined
  const seconds = after === undefined ? undefined : Number(after)
  return `${JSON.stringify({ ...entry, index: ledger.settledCount, rest: true, retryAfterSeconds: seconds })}\n`
}

function isPassing(code: ErrorCode): boolean {
  return errorTable[code].status === 503 || errorTable[code].status === 507
}
