// Takes a body that is one value, in JSON or in MessagePack. It is held whole, up to the record limit, since the kernel wants it in one piece.
// What always holds: the answer is made after the record was committed, from what the log said of it.
import { type ErrorCode, errorTable, SluiceError } from '../errors.ts'
import { recordStatus } from '../kernel/abi.ts'
import { storedWaitMs } from '../limits.ts'
import { refusalAnswer } from './admit.ts'
import type { Ingress, IngressStream } from './deps.ts'
import { append, dropHeld, type Held, makeHeld, takeHeld } from './held.ts'
import type { ChunkInput, Collector, Outcome } from './intake.ts'
import { outcomeName, singleAnswer } from './outcomes.ts'
import type { Reader, ReaderOptions } from './reader.ts'
import { type Answer, problem, problemOf } from './replies.ts'

export type SingleOptions = ReaderOptions & {
  /** What the body is: a value in JSON or in MessagePack. */
  readonly kind: 'record' | 'msgpack'
}

type Single = {
  readonly ingress: Ingress
  readonly stream: IngressStream
  /** The record's key, when the stream has it in a header. */
  readonly key: Uint8Array | undefined
  readonly options: SingleOptions
  /** The body so far: nearly every record comes in one chunk, which needs no copy. */
  only: Buffer | undefined
  readonly held: Held
  heldBytes: number
}

/** What became of the record: its answer, and its offset when it was taken, else −1. */
export type Result = { readonly answer: Answer; readonly offset: number }

export function makeSingle(
  ingress: Ingress,
  stream: IngressStream,
  key: Uint8Array | undefined,
  options: SingleOptions,
): Reader {
  const single: Single = { ingress, stream, key, options, only: undefined, held: makeHeld(), heldBytes: 0 }
  return {
    take: (bytes) => take(single, bytes),
    end: () => end(single),
    recordsTaken: () => 0,
    gone: () => free(single),
    fail: (error) => {
      free(single)
      return Promise.resolve(problemOf(error))
    },
  }
}

function take(single: Single, bytes: Buffer): undefined {
  const { held, only } = single
  const { recordBytesMax } = single.ingress.deps.config.limits
  if ((only?.length ?? held.size) + bytes.length > recordBytesMax) {
    throw new SluiceError('RECORD_TOO_LARGE', `The record is larger than ${recordBytesMax} bytes`)
  }
  if (only === undefined && held.size === 0) single.only = bytes
  else {
    if (only !== undefined) append(held, only)
    single.only = undefined
    append(held, bytes)
  }
  hold(single, single.only?.length ?? held.bytes.length)
}

function hold(single: Single, bytes: number): void {
  single.ingress.state.heldBytes += bytes - single.heldBytes
  single.heldBytes = bytes
}

function free(single: Single): void {
  single.only = undefined
  dropHeld(single.held)
  hold(single, 0)
}

async function end(single: Single): Promise<Answer | undefined> {
  const { ingress, stream, options, key } = single
  const { kind, errorsMax } = options
  const input: ChunkInput = { kind, bytes: single.only ?? takeHeld(single.held), key, errorsMax }
  const { answer, offset } = await putRecord(single, input)
  free(single)
  return options.waitStored && offset >= 0 ? storedAnswer(ingress, stream, answer, offset) : answer
}

function putRecord(single: Single, input: ChunkInput): Promise<Result> {
  const { ingress, stream, options } = single
  return new Promise((resolve, reject) => {
    const collector = collect(ingress, stream, resolve)
    if (ingress.deps.intake.put(stream.index, input, collector)) return
    putLater(ingress, stream, input, collector, options.isGone).catch(reject)
  })
}

/** Puts a record that found no room, once there is some; at the deadline, or when the client has left, it is refused. */
export async function putLater(
  ingress: Ingress,
  stream: IngressStream,
  input: ChunkInput,
  collector: Collector,
  isGone: () => boolean,
): Promise<void> {
  const { intake, now, config } = ingress.deps
  const deadlineMs = now() + config.limits.queueWaitMs
  do {
    const given = await intake.room(stream.index, input.bytes.length, deadlineMs)
    if (!given || isGone()) return collector.done('OVERLOADED')
  } while (!intake.put(stream.index, input, collector))
}

/** Hears of a single record; `resolve` is handed its answer. */
export function collect(ingress: Ingress, stream: IngressStream, resolve: (result: Result) => void): Collector {
  let result: Result | undefined
  return {
    record(outcome) {
      const { status, offset } = outcome
      const isTaken = status === recordStatus.ACCEPTED || status === recordStatus.DUPLICATE
      result = { answer: answerOf(ingress, stream, outcome), offset: isTaken ? offset : -1 }
    },
    done(refusal) {
      resolve(result ?? { answer: answerWithout(ingress, stream, refusal), offset: -1 })
    },
  }
}

function answerOf(ingress: Ingress, stream: IngressStream, outcome: Outcome): Answer {
  countOne(ingress, stream, outcome)
  return singleAnswer(outcome, stream)
}

/** Counts a single record by what became of it. */
export function countOne(ingress: Ingress, stream: IngressStream, { status }: Outcome): void {
  ingress.deps.meter.records(stream.index, outcomeName(status), 1)
}

/** Counts a single record that came to nothing, and returns its answer. */
export function answerWithout(ingress: Ingress, stream: IngressStream, refusal: ErrorCode | undefined): Answer {
  ingress.deps.meter.records(stream.index, 'refused', 1)
  return refusedAnswer(ingress, stream, refusal)
}

// Without a code the kernel found no record in a chunk that is one, which cannot be.
function refusedAnswer(ingress: Ingress, stream: IngressStream, code: ErrorCode | undefined): Answer {
  return code === undefined ? problemOf(undefined) : refusalAnswer(ingress, stream, code)
}

async function storedAnswer(ingress: Ingress, stream: IngressStream, answer: Answer, offset: number): Promise<Answer> {
  const owns = (each: number) => each === offset
  const { state, deadLetters } = await ingress.deps.stored.whenStored(stream.index, offset, owns, storedWaitMs)
  const dead = deadLetters[0]
  if (dead === undefined) return { ...answer, body: `${answer.body.slice(0, -1)},"state":"${state}"}` }
  const code = dead.reason.startsWith('KEY_CONFLICT') ? 'KEY_CONFLICT' : 'SINK_REFUSED'
  const detail = `${errorTable[code].title}; it was durable and is now in the dead letters: ${dead.reason}`
  return problem(code, detail, { offset })
}
