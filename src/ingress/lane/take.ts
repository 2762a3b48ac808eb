// From bytes to requests: heads are read where they lie, whole messages are taken, unfinished ones are held.
// What is not for the lane is handed over at the start of its message, with nothing of it consumed.
// What always holds: a record is put once, complete (of a body of lines, bulk.ts puts what has come); while one waits for
// room, or too much is owed or unread by the client, nothing more is taken, and beyond a bound nothing more is read.
import { headOutcome } from '../../kernel/heads.ts'
import { bodyProgressBytes, laneHeldBytesMax, lanePipelineMax, lingerBytesMax } from '../../limits.ts'
import { refusalAnswer, refusalNow } from '../admit.ts'
import { findAnswer } from '../read.ts'
import { problemOf } from '../replies.ts'
import { putLater } from '../single.ts'
import { beginBulk, feedBulk, goOnBulk, type LaneBulk, takesBytes, takesLines } from './bulk.ts'
import { type Connection, drop, heldSize, hold, openSlot, type Slot, settle } from './connection.ts'
import { endIfIdle, handOver, refuseHalf } from './leave.ts'
import { findGet, findPost, keyAt, type Place } from './paths.ts'

const openBracket = 0x5b

/** Takes what has arrived: the first `length` bytes of `bytes`, which are the shared buffer when `isInput`. */
export function receiveBytes(connection: Connection, bytes: Uint8Array, length: number, isInput: boolean): void {
  if (connection.state === 'ended' || connection.state === 'last') {
    discard(connection, length)
    return
  }
  const before = heldSize(connection)
  if (connection.bulk !== undefined && takesBytes(connection.bulk) && before === 0) {
    receiveBulk(connection, connection.bulk, bytes, length)
    return
  }
  if (before === 0) {
    connection.isFresh = false
    connection.sinceMs = connection.lane.now()
    connection.markBytes = 0
  }
  if (before > 0 || !mayTake(connection)) {
    hold(connection, bytes.subarray(0, length))
    noteProgress(connection)
    takeHeld(connection)
    return
  }
  const taken = takeMessages(connection, bytes, length, isInput)
  if (taken < length) hold(connection, bytes.subarray(taken, length))
  if (connection.state !== 'open' || connection.held !== undefined) goOn(connection)
}

// The bytes behind the body are those of any other message.
function receiveBulk(connection: Connection, bulk: LaneBulk, bytes: Uint8Array, length: number): void {
  const taken = feedBulk(connection, bulk, bytes, length)
  if (taken === length) return
  hold(connection, bytes.subarray(taken, length))
  takeHeld(connection)
}

/** Takes what is held, as far as it is complete. */
export function takeHeld(connection: Connection): void {
  feedHeld(connection)
  const { held } = connection
  if (held !== undefined && mayTake(connection) && held.size >= connection.needBytes) {
    drop(connection, takeMessages(connection, held.bytes, held.size, false))
  }
  goOn(connection)
}

// What came before the body could be read on.
function feedHeld(connection: Connection): void {
  const { held, bulk } = connection
  if (held === undefined || bulk === undefined || !takesBytes(bulk)) return
  drop(connection, feedBulk(connection, bulk, held.bytes, held.size))
}

/** The client has closed its side: what is complete is answered, what is not never will be. */
export function receiveEnd(connection: Connection): void {
  connection.isHalf = true
  if (connection.state === 'ended') connection.socket.destroy()
  else goOn(connection)
}

// What follows from the state the connection is in now.
function goOn(connection: Connection): void {
  if (connection.bulk !== undefined) {
    goOnBulk(connection, connection.bulk)
    return
  }
  if (connection.state === 'open' && connection.isHalf && mayTake(connection)) {
    if (heldSize(connection) > 0) refuseHalf(connection)
    else connection.state = 'last'
  }
  if (connection.state === 'handing') handOver(connection)
  else if (connection.state === 'last') endIfIdle(connection)
  else pace(connection)
}

// What is held beyond the bound stays with the client, until it can be taken.
function pace(connection: Connection): void {
  const { socket } = connection
  if (heldSize(connection) > laneHeldBytesMax && !mayTake(connection)) socket.pause()
  else if (socket.isPaused()) socket.resume()
}

function mayTake({ state, owedCount, isFull, isReading }: Connection): boolean {
  return state === 'open' && owedCount < lanePipelineMax && !isFull && !isReading
}

// One byte now and then is no progress.
function noteProgress(connection: Connection): void {
  const size = heldSize(connection)
  if (connection.needBytes === 0 || size - connection.markBytes < bodyProgressBytes) return
  connection.markBytes = size
  connection.sinceMs = connection.lane.now()
}

function discard(connection: Connection, length: number): void {
  connection.markBytes += length
  if (connection.markBytes > lingerBytesMax) connection.socket.destroy()
}

/** Returns how many bytes were consumed. */
function takeMessages(connection: Connection, bytes: Uint8Array, end: number, isInput: boolean): number {
  const { heads } = connection.lane
  let at = 0
  while (at < end && mayTake(connection)) {
    const headBytes = isInput ? heads.read(at, end) : heads.readHeld(bytes, at, end)
    const isFirstLook = connection.needBytes === 0
    if (headBytes === headOutcome.INCOMPLETE) break
    const place = headBytes > 0 ? findPlace(connection, isInput ? at : 0, isInput) : undefined
    if (place === undefined || !isForLane(connection, place, bytes, at + headBytes, end)) {
      connection.isRefused = headBytes === headOutcome.REFUSE
      connection.state = 'handing'
      break
    }
    if (heads.head.lines) {
      at += headBytes
      at += takeLines(connection, place, bytes.subarray(at, end))
      continue
    }
    const messageEnd = at + headBytes + heads.head.contentLength
    if (messageEnd > end) {
      if (isFirstLook) awaitBody(connection, place, messageEnd - at, end - at)
      break
    }
    const slot = openSlot(connection, place, isFirstLook ? connection.sinceMs : connection.begunMs, heads.head.close)
    if (slot.close) connection.state = 'last'
    connection.needBytes = 0
    connection.place = undefined
    if (place.method === 'GET') takeGet(slot, isInput ? at : 0, isInput)
    else takePost(slot, bytes.subarray(at + headBytes, messageEnd), isFirstLook)
    at = messageEnd
  }
  return at
}

function takeLines(connection: Connection, place: Place, bytes: Uint8Array): number {
  const { contentLength, close } = connection.lane.heads.head
  return feedBulk(connection, beginBulk(connection, place, contentLength, close), bytes, bytes.length)
}

function findPlace(connection: Connection, offset: number, isInput: boolean): Place | undefined {
  const { heads, paths } = connection.lane
  const { method, pathOffset, pathBytes } = heads.head
  const bytes = isInput ? heads.input : heads.copy
  const find = method === 'POST' ? findPost : findGet
  return find(paths, bytes, offset + pathOffset, pathBytes)
}

// An array of records, or a body that cannot be a record, has an answer that is made elsewhere. So has a body that is
// refused before it is there.
function isForLane(connection: Connection, place: Place, bytes: Uint8Array, bodyStart: number, end: number): boolean {
  const { ingress, heads } = connection.lane
  const { contentLength } = heads.head
  if (place.method === 'GET') return true
  if (heads.head.lines) return takesLines(ingress, place, contentLength)
  if (contentLength > ingress.deps.config.limits.recordBytesMax) return false
  const bodyEnd = bodyStart + contentLength
  const first = firstNoSpace(bytes, bodyStart, Math.min(end, bodyEnd))
  if (first === openBracket || (first < 0 && bodyEnd <= end)) return false
  return bodyEnd <= end || connection.needBytes > 0 || refusalNow(ingress, place.stream) === undefined
}

/** The first byte that is no white space, −1 when there is none. */
function firstNoSpace(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte
  }
  return -1
}

function awaitBody(connection: Connection, place: Place, needBytes: number, haveBytes: number): void {
  connection.needBytes = needBytes
  connection.place = place
  connection.markBytes = haveBytes
  connection.begunMs = connection.lane.now()
  connection.sinceMs = connection.begunMs
}

function takeGet(slot: Slot, offset: number, isInput: boolean): void {
  const { connection, place } = slot
  connection.isReading = true
  const { ingress, heads } = connection.lane
  const { pathOffset, pathBytes } = heads.head
  const key = keyAt(place, isInput ? heads.input : heads.copy, offset + pathOffset, pathBytes)
  void findAnswer(ingress, place.stream, key).then((answer) => settle(slot, answer))
}

function takePost(slot: Slot, body: Uint8Array, isFirstLook: boolean): void {
  const { ingress } = slot.connection.lane
  const { stream } = slot.place
  const refusal = isFirstLook ? refusalNow(ingress, stream) : undefined
  if (refusal !== undefined) {
    settle(slot, refusalAnswer(ingress, stream, refusal))
    return
  }
  const input = { kind: 'record', bytes: body, key: undefined } as const
  if (!ingress.deps.intake.put(stream.index, input, slot)) waitForRoom(slot, body)
}

// The bytes are in a buffer that is read to again, so the record is copied. A client that closes now has given up.
function waitForRoom(slot: Slot, body: Uint8Array): void {
  const { connection, place } = slot
  const { ingress } = connection.lane
  const input = { kind: 'record', bytes: Uint8Array.from(body), key: undefined } as const
  const stateAfter = connection.state
  connection.state = 'waiting'
  ingress.state.heldBytes += body.length
  const isGone = () => connection.isHalf || connection.socket.destroyed
  putLater(ingress, place.stream, input, slot, isGone)
    .catch((error: unknown) => {
      ingress.deps.logger.error({ err: error }, 'A record could not be put')
      settle(slot, problemOf(error))
    })
    .finally(() => {
      ingress.state.heldBytes -= body.length
      if (connection.state === 'waiting') connection.state = stateAfter
      takeHeld(connection)
    })
}
