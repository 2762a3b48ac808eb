// NDJSON bodies in the lane: what a socket brings goes from the buffer it was read to straight into the slab, whatever the
// body's length. Before a read would find no room, the socket is left alone, so that nothing has to be copied aside.
// What always holds: a body has one answer, made after the last of its records was; bytes behind the body are not touched;
// a body that is refused on the way is answered as the other lane answers it.
import { SluiceError } from '../../errors.ts'
import { bodyProgressBytes, laneReadBytes, smallRestBytes } from '../../limits.ts'
import { refusalNow } from '../admit.ts'
import { makeBulk } from '../bulk.ts'
import { endedInside } from '../cut-short.ts'
import type { Ingress } from '../deps.ts'
import type { Reader } from '../reader.ts'
import type { Answer } from '../replies.ts'
import { type Connection, openSlot, type Slot, settle } from './connection.ts'
import { endIfIdle, refuse } from './leave.ts'
import type { Place } from './paths.ts'

/** The body a connection is in the middle of. */
export type LaneBulk = {
  readonly reader: Reader
  readonly place: Place
  readonly bodyBytes: number
  /** The client wants the connection closed after the answer. */
  readonly close: boolean
  /** Of the body, not come yet. */
  leftBytes: number
  /** `taking`: chunks go to the reader. `waiting`: it has no room. `failing`: its answer is made. `dropping`: it was given. */
  phase: 'taking' | 'waiting' | 'failing' | 'dropping'
  /** Bytes and records when it last got on. */
  markBytes: number
  markRecords: number
}

/** Whether a body of lines is taken here; what is refused before it is read is the other server's to refuse. */
export function takesLines(ingress: Ingress, place: Place, bodyBytes: number): boolean {
  return bodyBytes <= ingress.deps.config.limits.bodyBytesMax && refusalNow(ingress, place.stream) === undefined
}

/** Begins a body whose head was read. */
export function beginBulk(connection: Connection, place: Place, bodyBytes: number, close: boolean): LaneBulk {
  const { ingress } = connection.lane
  const isGone = () => connection.socket.destroyed
  const options = { form: 'lines', results: undefined, waitStored: false, errorsMax: 0, isLent: true, isGone } as const
  const reader = makeBulk(ingress, place.stream, options)
  const bulk: LaneBulk = {
    reader,
    place,
    bodyBytes,
    close,
    leftBytes: bodyBytes,
    phase: 'taking',
    markBytes: bodyBytes,
    markRecords: 0,
  }
  connection.bulk = bulk
  connection.state = 'bulk'
  connection.place = place
  connection.begunMs = connection.lane.now()
  connection.sinceMs = connection.begunMs
  return bulk
}

/** Whether what comes goes to the body now; else it is held. */
export function takesBytes({ phase }: LaneBulk): boolean {
  return phase === 'taking' || phase === 'dropping'
}

/** Takes what of the first `length` bytes is the body's. Returns how many they are. */
export function feedBulk(connection: Connection, bulk: LaneBulk, bytes: Uint8Array, length: number): number {
  const mine = Math.min(length, bulk.leftBytes)
  bulk.leftBytes -= mine
  if (bulk.phase === 'taking' && mine > 0) take(connection, bulk, Buffer.from(bytes.buffer, bytes.byteOffset, mine))
  else if (bulk.phase === 'dropping' && bulk.leftBytes === 0) leave(connection)
  return mine
}

function take(connection: Connection, bulk: LaneBulk, bytes: Buffer): void {
  let taken: ReturnType<Reader['take']>
  try {
    taken = bulk.reader.take(bytes)
  } catch (error) {
    fail(connection, bulk, error)
    return
  }
  noteProgress(connection, bulk)
  if (taken instanceof Promise) waitFor(connection, bulk, taken)
  else if (bulk.leftBytes === 0) finish(connection, bulk)
  else awaitRoom(connection, bulk)
}

function noteProgress(connection: Connection, bulk: LaneBulk): void {
  const records = bulk.reader.recordsTaken()
  if (bulk.markBytes - bulk.leftBytes < bodyProgressBytes && records === bulk.markRecords) return
  bulk.markBytes = bulk.leftBytes
  bulk.markRecords = records
  connection.sinceMs = connection.lane.now()
}

// With room for all that one read may bring, nothing of it will have to be kept aside.
function awaitRoom(connection: Connection, bulk: LaneBulk): void {
  const { deps } = connection.lane.ingress
  const { index } = bulk.place.stream
  if (deps.intake.hasRoom(index, laneReadBytes)) return
  const room = deps.intake.room(index, laneReadBytes, deps.now() + deps.config.limits.queueWaitMs).then((given) => {
    if (!given) throw new SluiceError('OVERLOADED', 'The rest of the body was not read')
  })
  waitFor(connection, bulk, room)
}

function waitFor(connection: Connection, bulk: LaneBulk, until: Promise<void>): void {
  bulk.phase = 'waiting'
  connection.socket.pause()
  until.then(
    () => takeOn(connection, bulk),
    (error: unknown) => fail(connection, bulk, error),
  )
}

function takeOn(connection: Connection, bulk: LaneBulk): void {
  if (connection.bulk !== bulk) return // the client has left
  bulk.phase = 'taking'
  connection.sinceMs = connection.lane.now()
  if (bulk.leftBytes === 0) finish(connection, bulk)
  connection.lane.goOn(connection)
}

// All of the body has come: its answer takes its place in the line, and the next request may be read.
function finish(connection: Connection, bulk: LaneBulk): void {
  const slot = answerSlot(connection, bulk)
  leave(connection)
  if (slot.close) connection.state = 'last'
  bulk.reader
    .end()
    .catch((error: unknown) => bulk.reader.fail(noted(connection, error)))
    .then((answer) => settleWith(slot, answer))
}

function settleWith(slot: Slot, answer: Answer | undefined): void {
  if (answer === undefined) throw new Error('a body without result lines has one answer')
  settle(slot, answer)
}

function answerSlot(connection: Connection, bulk: LaneBulk): Slot {
  connection.place = undefined
  return openSlot(connection, bulk.place, connection.begunMs, bulk.close)
}

function leave(connection: Connection): void {
  connection.bulk = undefined
  connection.state = 'open'
}

/** Refuses what is left of the body; what was put is waited for. */
function fail(connection: Connection, bulk: LaneBulk, error: unknown): void {
  if (connection.bulk !== bulk) return
  bulk.phase = 'failing'
  connection.socket.pause()
  void bulk.reader.fail(noted(connection, error)).then((answer) => {
    if (connection.bulk === bulk && answer !== undefined) answerEarly(connection, bulk, answer)
  })
}

// A small rest is read and dropped and the connection kept; before a long one, or one that never comes, it is closed.
function answerEarly(connection: Connection, bulk: LaneBulk, answer: Answer): void {
  const isKept = bulk.leftBytes === 0 || (bulk.bodyBytes <= smallRestBytes && !connection.isHalf)
  if (answer.status === 408 || !isKept) {
    connection.bulk = undefined
    refuse(connection, answer)
  } else {
    bulk.phase = 'dropping'
    const slot = answerSlot(connection, bulk)
    if (bulk.leftBytes === 0) leave(connection)
    settle(slot, answer)
  }
  connection.lane.goOn(connection)
}

/**
 * The body has stood still for as long as it may. When this thread was busy for long, the sweep comes before the bytes that
 * wait in the socket: they are let in first.
 */
export function stallBulk(connection: Connection, bulk: LaneBulk): void {
  const { sinceMs } = connection
  setImmediate(() => {
    if (connection.bulk !== bulk || connection.sinceMs !== sinceMs) return
    const { bodyStallMs } = connection.lane.ingress.deps.config.limits
    const error = new SluiceError('REQUEST_TIMEOUT', `The body stood still for ${bodyStallMs} ms`)
    if (bulk.phase === 'taking') fail(connection, bulk, error)
    else if (bulk.phase === 'dropping') connection.socket.destroySoon()
  })
}

/** Reads on where the body may; a body whose client has closed its side is refused from there on, with what was taken of it told. */
export function goOnBulk(connection: Connection, bulk: LaneBulk): void {
  const { socket, isHalf } = connection
  if (isHalf && bulk.leftBytes > 0) halve(connection, bulk)
  else if (socket.isPaused() && takesBytes(bulk)) socket.resume()
}

// What waits for room comes by again when it has had it, and what has failed is answered: both are left alone.
function halve(connection: Connection, bulk: LaneBulk): void {
  if (bulk.phase === 'taking') fail(connection, bulk, new SluiceError('REQUEST_MALFORMED', endedInside))
  else if (bulk.phase === 'dropping') {
    connection.bulk = undefined
    connection.state = 'last' // it was answered
    endIfIdle(connection)
  }
}

function noted(connection: Connection, error: unknown): unknown {
  const { logger } = connection.lane.ingress.deps
  if (!(error instanceof SluiceError)) logger.error({ err: error }, 'A request failed')
  return error
}
