// The way of raw bytes into slabs and of outcomes back. Chunks of all requests of a stream share one open slab; it is
// sealed when whoever takes it has nothing to do or when it is full, so batches grow with the load and nothing waits for a
// timer. It refuses to hold bytes itself: what finds no room stays with its request.
// A slab with little in it is run here and goes to the log alone: what comes while the log is at work on one goes together.
// A slab with much in it goes to a kernel thread, so that reading, running and writing overlap.
// What always holds: a chunk's collector hears each of its records once, in order, then `done` once.
import type { ErrorCode } from '../errors.ts'
import type { RecordStatus } from '../kernel/abi.ts'
import {
  type ErrorList,
  makeRecordFields,
  readRecord,
  recordBytes,
  recordErrors,
  recordKey,
  recordPointer,
} from '../kernel/descriptors.ts'
import type { MemoryMap } from '../kernel/engine.ts'
import { copyPlainKey, plainKey } from '../kernel/key-text.ts'
import {
  appendChunk,
  type ChunkKind,
  chunkFirstRecord,
  chunkInput,
  chunkRecordCount,
  hasNextRound,
  inputRoomBytes,
  isPackedChunk,
  openSlab,
  readHeader,
  resetSlab,
  type Slab,
  sealSlab,
} from '../kernel/memory.ts'
import type { Pool } from '../kernel/pool.ts'
import { slabInputBytes, smallChunkBytesMax, smallSlabBytesMax } from '../limits.ts'
import type { Log } from '../log/log.ts'
import { copyBytes } from './copy.ts'
import { makeFlow } from './flow.ts'
import { makeGather } from './gather.ts'
import { makeWaiters } from './waiters.ts'

/** One record's outcome, valid only during the call it is handed to. Read what you need, keep nothing. */
export type Outcome = {
  readonly status: RecordStatus
  /** Accepted: its offset; duplicate, conflict: the first one's. */
  readonly offset: number
  /** Refused: byte offset in the record. */
  readonly errorOffset: number
  /** SCHEMA_INVALID: index in the stream's `locations`. */
  readonly locationIndex: number
  /** SCHEMA_INVALID: JSON pointer of the refused value. */
  pointer(): string
  /** SCHEMA_INVALID: all errors, where the chunk asked for them. */
  errors(): ErrorList | undefined
  /** The key of a record that was accepted, a duplicate or a conflict; '' without one. */
  key(): string
  /** The same when JSON writes it as it is between quotes, else undefined. Costs less. */
  plainKey(): string | undefined
  /** The same as bytes, to `into` from `at` on. Returns how many they are, −1 when there are others or more than `bytesMax`. */
  copyPlainKey(into: Uint8Array, at: number, bytesMax: number): number
  /** The record's own bytes, a copy. */
  bytes(): Uint8Array
  /** Those bytes are MessagePack. */
  readonly isPacked: boolean
}

/** Hears what became of one chunk. Calls are made while the slab is still owned, in order. */
export type Collector = {
  /** One call a record, in the order of the chunk. Never called for records whose commit failed. */
  record(outcome: Outcome): void
  /**
   * The chunk is through. With a code, the records not yet handed to `record` were not taken (LOG_UNAVAILABLE,
   * STORAGE_FULL, OVERLOADED when the kernel failed): the client may send them again. `input`: the chunk's bytes, set with
   * a code and valid only during the call.
   */
  done(refusal: ErrorCode | undefined, input?: Uint8Array): void
}

export type ChunkInput = {
  readonly kind: ChunkKind
  readonly bytes: Uint8Array
  /** A key that came in a header, else undefined. */
  readonly key: Uint8Array | undefined
  /** Errors listed of a record that the schema refuses; 0 or left out: the first, without a list. */
  readonly errorsMax?: number
}

export type Intake = {
  /** Copies the chunk into the stream's open slab. False: there is no room now, nothing was taken; wait for `room`. */
  put(streamIndex: number, input: ChunkInput, collector: Collector): boolean
  /** Resolves true once `put` may succeed, false at the deadline (then shed with OVERLOADED). */
  room(streamIndex: number, bytes: number, deadlineMs: number): Promise<boolean>
  /** Chunks put and not yet done. */
  inFlight(): number
  freeSlabs(): number
  /** Whether `put` may succeed now. */
  hasRoom(streamIndex: number, bytes: number): boolean
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>
}

export type IntakeOptions = {
  readonly memory: WebAssembly.Memory
  readonly map: MemoryMap
  readonly pool: Pick<Pool, 'threads' | 'slots' | 'run' | 'runHere'>
  readonly log: Pick<Log, 'commit'>
  readonly now: () => number
  /** Told of every slab the kernel failed on, with what went wrong. */
  readonly onKernelFailure: (detail: string) => void
}

/** A slab and the collectors of its chunks; those before `heard` have heard everything. */
type Filled = { readonly slab: Slab; readonly collectors: Collector[]; heard: number }

export function openIntake(options: IntakeOptions): Intake {
  const { memory, map, pool, log, now } = options
  const filled = Array.from(
    { length: map.slabCount },
    (_, index): Filled => ({ slab: openSlab(memory, map, index, copyBytes), collectors: [], heard: 0 }),
  )
  const free = filled.map((_, index) => index)
  const open = new Map<number, number>() // stream → slab being filled, oldest first
  const waiters = makeWaiters(now)
  const outcome = makeOutcome()
  let idleWaiters: (() => void)[] = []
  let inFlight = 0
  let sealPlanned = false

  const inLog: number[] = [] // by stream: slabs with the log
  const gather = makeGather(goOn)
  const flow = makeFlow(pool.threads, pool.slots, {
    runRound: (index) => (isSmall(index) ? pool.runHere : pool.run)(index, streamOf(index)),
    commit,
    needsRound: (index) => hasNextRound(at(index).slab),
    answer,
    fail,
    release,
    onIdle: goOn,
  })

  function at(index: number): Filled {
    const found = filled[index]
    if (found === undefined) throw new Error(`no slab ${index}`)
    return found
  }

  function put(streamIndex: number, input: ChunkInput, collector: Collector): boolean {
    const opened = open.get(streamIndex)
    if (opened !== undefined && append(opened, input, collector)) return true
    const index = free.pop()
    if (index === undefined) return false
    if (opened !== undefined) seal(streamIndex, opened)
    resetSlab(at(index).slab, streamIndex)
    open.set(streamIndex, index)
    if (!append(index, input, collector)) throw new Error(`a chunk of ${input.bytes.length} bytes fits no slab`)
    return true
  }

  function append(index: number, input: ChunkInput, collector: Collector): boolean {
    const { slab, collectors } = at(index)
    if (appendChunk(slab, input.kind, input.bytes, input.key, input.errorsMax) < 0) return false
    collectors.push(collector)
    inFlight++
    if (!sealPlanned && isAwaited(index)) planSeal()
    return true
  }

  // What single requests bring is little beside what answering them takes, however many they are.
  function isSmall(index: number): boolean {
    const { slab, collectors } = at(index)
    return readHeader(slab, 'inputBytes') <= Math.max(smallSlabBytesMax, collectors.length * smallChunkBytesMax)
  }

  function streamOf(index: number): number {
    return readHeader(at(index).slab, 'streamIndex')
  }

  /** Whether the open slab would be worked on at once. */
  function isAwaited(index: number): boolean {
    if (!isSmall(index)) return flow.hasIdleThread()
    const streamIndex = streamOf(index)
    return !inLog[streamIndex] && gather.isEnough(streamIndex, at(index).collectors.length)
  }

  // Sealing waits for the end of the turn, so that all that the sockets bring in this turn shares the slab.
  function planSeal(): void {
    sealPlanned = true
    setImmediate(() => {
      sealPlanned = false
      for (const [streamIndex, index] of open) if (isAwaited(index)) seal(streamIndex, index)
    })
  }

  // A kernel thread that is idle gets its slab at once, the log after what it answered has been told.
  function goOn(): void {
    for (const [streamIndex, index] of open) {
      if (!isAwaited(index)) continue
      if (!isSmall(index)) seal(streamIndex, index)
      else if (!sealPlanned) planSeal()
    }
  }

  function commit(index: number, done: () => void): void {
    const streamIndex = streamOf(index)
    inLog[streamIndex] = (inLog[streamIndex] ?? 0) + 1
    log.commit(index, () => {
      inLog[streamIndex]!--
      const opened = open.get(streamIndex)
      gather.answered(streamIndex, at(index).collectors.length, opened === undefined ? 0 : at(opened).collectors.length)
      done()
    })
  }

  function seal(streamIndex: number, index: number): void {
    open.delete(streamIndex)
    gather.gone(streamIndex)
    sealSlab(at(index).slab, now())
    flow.seal(index)
  }

  function answer(index: number): boolean {
    const one = at(index)
    const refusal = refusals[readHeader(one.slab, 'commitStatus')]
    if (refusal !== undefined) {
      finish(one, one.collectors.length, refusal)
      return false
    }
    const again = hasNextRound(one.slab)
    const through = again ? readHeader(one.slab, 'resumeChunk') : one.collectors.length
    for (let chunk = one.heard; chunk < one.collectors.length && chunk <= through; chunk++) tell(one, chunk)
    finish(one, through, undefined)
    return again
  }

  function tell({ slab, collectors }: Filled, chunk: number): void {
    const first = chunkFirstRecord(slab, chunk)
    const end = first + chunkRecordCount(slab, chunk)
    const isPacked = isPackedChunk(slab, chunk)
    for (let record = first; record < end; record++) collectors[chunk]?.record(outcome.at(slab, record, isPacked))
  }

  // Ends the chunks before `through` that have not been ended yet.
  function finish(one: Filled, through: number, refusal: ErrorCode | undefined): void {
    for (; one.heard < through; one.heard++) {
      inFlight--
      one.collectors[one.heard]?.done(refusal, refusal && chunkInput(one.slab, one.heard))
    }
  }

  function fail(index: number, failure: string): void {
    options.onKernelFailure(failure)
    const one = at(index)
    finish(one, one.collectors.length, 'OVERLOADED')
  }

  function release(index: number): void {
    const one = at(index)
    one.collectors.length = 0
    one.heard = 0
    free.push(index)
    waiters.give(free.length * slabInputBytes)
    if (inFlight > 0) return
    for (const resolve of idleWaiters) resolve()
    idleWaiters = []
  }

  function hasRoom(streamIndex: number, bytes: number): boolean {
    const opened = open.get(streamIndex)
    return free.length > 0 || (opened !== undefined && inputRoomBytes(at(opened).slab) >= bytes)
  }

  return {
    put,
    room: (streamIndex, bytes, deadlineMs) =>
      hasRoom(streamIndex, bytes) ? Promise.resolve(true) : waiters.wait(bytes, deadlineMs),
    inFlight: () => inFlight,
    freeSlabs: () => free.length,
    hasRoom,
    idle: () => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
  }
}

/** By the header's `commitStatus`. */
const refusals: readonly (ErrorCode | undefined)[] = [undefined, 'LOG_UNAVAILABLE', 'STORAGE_FULL']

// One object serves all records: it is filled anew for each, so a million a second leave no garbage.
function makeOutcome(): { at(slab: Slab, index: number, isPacked: boolean): Outcome } {
  const fields = makeRecordFields()
  let slab: Slab
  let index = 0
  const outcome = Object.assign(fields, {
    pointer: () => recordPointer(slab, index),
    errors: () => recordErrors(slab, index),
    key: () => recordKey(slab, index),
    plainKey: () => plainKey(slab, index),
    copyPlainKey: (into: Uint8Array, at: number, bytesMax: number) => copyPlainKey(slab, index, into, at, bytesMax),
    bytes: () => recordBytes(slab, index),
    isPacked: false,
  })
  return {
    at(nextSlab, nextIndex, isPacked) {
      slab = nextSlab
      index = nextIndex
      outcome.isPacked = isPacked
      readRecord(slab, index, fields)
      return outcome
    },
  }
}
