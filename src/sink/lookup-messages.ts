// What main and the lookup thread say to each other: the reads of a turn in one message, their answers in one.
import type { ErrorCode } from '../errors.ts'

export type Lookup = { readonly streamIndex: number; readonly key: string }

/** The JSON text of a record, nothing, or why it could not be read. */
export type LookupAnswer = { readonly json: string | undefined } | { readonly code: ErrorCode; readonly detail: string }

export type LookupRequest = { readonly kind: 'read'; readonly lookups: readonly Lookup[] } | { readonly kind: 'close' }
/** In the order of the lookups. */
export type LookupReply = readonly LookupAnswer[]
