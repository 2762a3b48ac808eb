// The way of raw bytes into slabs and of outcomes back. (Contract; the implementation replaces this file.)
import type { ErrorCode } from '../errors.ts'
import type { RecordStatus } from '../kernel/abi.ts'

/** One record's outcome, valid only during the call it is handed to. Read what you need, keep nothing. */
export type Outcome = {
  status: RecordStatus
  /** Accepted: its offset; duplicate, conflict: the first one's. Else −1. */
  offset: number
  /** Refused: byte offset in the record. */
  errorOffset: number
  /** SCHEMA_INVALID: index in the stream's `locations`. */
  locationIndex: number
  /** SCHEMA_INVALID: JSON pointer of the refused value. */
  pointer(): string
  /** The record's key, from its encoded form; '' without one. */
  key(): string
  /** The record's own bytes, a copy. */
  bytes(): Uint8Array
}

/** Hears what became of one chunk. Calls are made while the slab is still owned, in order. */
export type Collector = {
  /** One call a record, in the order of the chunk. Never called for records whose commit failed. */
  record(outcome: Outcome): void
  /**
   * The chunk is through. With a code, the records not yet handed to `record` were not taken (LOG_UNAVAILABLE,
   * STORAGE_FULL, OVERLOADED when the kernel failed): the client may send them again.
   */
  done(refusal: ErrorCode | undefined): void
}

export type ChunkInput = {
  readonly kind: 'record' | 'lines'
  readonly bytes: Uint8Array
  /** A key that came in a header, else undefined. */
  readonly key: Uint8Array | undefined
}

export type Intake = {
  /** Copies the chunk into the stream's open slab. False: there is no room now, nothing was taken; wait for `room`. */
  put(streamIndex: number, input: ChunkInput, collector: Collector): boolean
  /** Resolves true once `put` may succeed, false at the deadline (then shed with OVERLOADED). */
  room(streamIndex: number, bytes: number, deadlineMs: number): Promise<boolean>
  /** Chunks put and not yet done. */
  inFlight(): number
  freeSlabs(): number
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>
}
