// Takes a body that is one JSON value. It is held whole, up to the record limit, since the kernel wants it in one piece.
// What always holds: the answer is made after the record was committed, from what the log said of it.
import { type ErrorCode, errorTable, SluiceError } from '../errors.ts'
import { recordStatus } from '../kernel/abi.ts'
import { storedWaitMs } from '../limits.ts'
import { refusalAnswer } from './admit.ts'
import type { Ingress, IngressStream } from './deps.ts'
import { append, dropHeld, makeHeld, takeHeld } from './held.ts'
import type { Collector } from './intake.ts'
import { outcomeName, singleAnswer } from './outcomes.ts'
import type { Reader, ReaderOptions } from './reader.ts'
import { type Answer, problem, problemOf } from './replies.ts'

/** What became of the record: its answer, and its offset when it was taken. */
type Result = { readonly answer: Answer; readonly offset: number }

/** @param key the record's key, when the stream has it in a header. */
export function makeSingle(
  ingress: Ingress,
  stream: IngressStream,
  key: Uint8Array | undefined,
  options: ReaderOptions,
): Reader {
  const { deps, state } = ingress
  const { limits } = deps.config
  const held = makeHeld()
  let only: Buffer | undefined // nearly every record comes in one chunk, which needs no copy
  let heldBytes = 0

  function take(bytes: Buffer): undefined {
    if ((only?.length ?? held.size) + bytes.length > limits.recordBytesMax) {
      throw new SluiceError('RECORD_TOO_LARGE', `The record is larger than ${limits.recordBytesMax} bytes`)
    }
    if (only === undefined && held.size === 0) only = bytes
    else {
      if (only !== undefined) append(held, only)
      only = undefined
      append(held, bytes)
    }
    hold(only?.length ?? held.bytes.length)
  }

  function hold(bytes: number): void {
    state.heldBytes += bytes - heldBytes
    heldBytes = bytes
  }

  function free(): void {
    only = undefined
    dropHeld(held)
    hold(0)
  }

  async function end(): Promise<Answer | undefined> {
    const bytes = only ?? takeHeld(held)
    const result = await putRecord(bytes)
    free()
    if (result === undefined || !options.waitStored || result.offset < 0) return result?.answer
    return storedAnswer(ingress, stream, result)
  }

  function putRecord(bytes: Buffer): Promise<Result | undefined> {
    return new Promise((resolve, reject) => {
      const collector = collect(ingress, stream, resolve)
      const input = { kind: 'record', bytes, key } as const
      if (!deps.intake.put(stream.index, input, collector)) putLater(input, collector).catch(reject)
    })
  }

  async function putLater(input: Parameters<typeof deps.intake.put>[1], collector: Collector): Promise<void> {
    const deadlineMs = deps.now() + limits.queueWaitMs
    do {
      const given = await deps.intake.room(stream.index, input.bytes.length, deadlineMs)
      if (!given || options.isGone()) return collector.done('OVERLOADED')
    } while (!deps.intake.put(stream.index, input, collector))
  }

  return {
    take,
    end,
    recordsTaken: () => 0,
    gone: free,
    fail(error) {
      free()
      return Promise.resolve(problemOf(error))
    },
  }
}

function collect(ingress: Ingress, stream: IngressStream, resolve: (result: Result) => void): Collector {
  const { meter } = ingress.deps
  let result: Result | undefined
  return {
    record(outcome) {
      const { status } = outcome
      meter.records(stream.index, outcomeName(status), 1)
      const taken = status === recordStatus.ACCEPTED || status === recordStatus.DUPLICATE
      result = { answer: singleAnswer(outcome, stream), offset: taken ? outcome.offset : -1 }
    },
    done(refusal) {
      if (result === undefined) meter.records(stream.index, 'refused', 1)
      resolve(result ?? { answer: refusedAnswer(ingress, stream, refusal), offset: -1 })
    },
  }
}

function refusedAnswer(ingress: Ingress, stream: IngressStream, code: ErrorCode | undefined): Answer {
  return code === undefined ? problemOf(undefined) : refusalAnswer(ingress, stream, code)
}

async function storedAnswer(ingress: Ingress, stream: IngressStream, result: Result): Promise<Answer> {
  const { answer, offset } = result
  const owns = (each: number) => each === offset
  const { state, deadLetters } = await ingress.deps.stored.whenStored(stream.index, offset, owns, storedWaitMs)
  const dead = deadLetters[0]
  if (dead === undefined) return { ...answer, body: `${answer.body.slice(0, -1)},"state":"${state}"}` }
  const code = dead.reason.startsWith('KEY_CONFLICT') ? 'KEY_CONFLICT' : 'SINK_REFUSED'
  const detail = `${errorTable[code].title}; it was durable and is now in the dead letters: ${dead.reason}`
  return problem(code, detail, { offset })
}
