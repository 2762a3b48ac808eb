// What reads one request's records: one for a single record, one for many. Who drives it feeds it the body, then asks for
// the answer, whatever happened on the way.
import type { BodyTaker } from './body.ts'
import type { Wishes } from './query.ts'
import type { Answer } from './replies.ts'

export type Reader = BodyTaker & {
  /** The body is complete, or the reader had enough. Undefined: results were written as they came. */
  end(): Promise<Answer | undefined>
  /** The body broke off or was refused; what was put before is waited for. */
  fail(error: unknown): Promise<Answer | undefined>
  /** The client has left: frees what was held. What was put goes its way. */
  gone(): void
}

export type ReaderOptions = Wishes & {
  /** Whether the client has left. */
  readonly isGone: () => boolean
}
