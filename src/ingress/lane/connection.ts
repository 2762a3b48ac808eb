// What the lane knows of a connection: a small object, since there may be many thousands that do nothing, with the bytes
// of an unfinished message and the answers it owes.
// What always holds: what is held is counted, and begins at the first byte of a message, or within a body of lines where it
// was left; the slots are in the order of their requests.
import type { Socket } from 'node:net'
import type { ErrorCode } from '../../errors.ts'
import { append, dropHeld, type Held, makeHeld } from '../held.ts'
import type { Collector, Outcome } from '../intake.ts'
import { singleAnswer } from '../outcomes.ts'
import type { Answer } from '../replies.ts'
import { answerWithout, countOne } from '../single.ts'
import type { LaneBulk } from './bulk.ts'
import type { Lane } from './lane-state.ts'
import type { Place } from './paths.ts'
import { notNoted } from './plain.ts'
import { fileOf } from './socket.ts'

/**
 * `open`: takes requests. `bulk`: in the middle of an NDJSON body. `waiting`: its record waits for room. `handing`: will be handed over once nothing is owed.
 * `last`: takes no more, and is ended once nothing is owed. `ended`: reads and drops until the client has closed.
 * `handed`: is not the lane's any more.
 */
export type ConnectionState = 'open' | 'bulk' | 'waiting' | 'handing' | 'last' | 'ended' | 'handed'

/** An answer owed. It hears of its own record: a collector made for each would be most of what a request leaves behind. */
export type Slot = Collector & {
  readonly connection: Connection
  readonly place: Place
  readonly startedMs: number
  /** The client wants the connection closed after it. */
  readonly close: boolean
  /** Not to be written before the slot is settled. */
  answer: Answer | undefined
  /** Where it is noted (plain.ts), if it is: then there is no other. */
  noteAt: number
  isSettled: boolean
  next: Slot | undefined
}

export type Connection = {
  readonly lane: Lane
  readonly socket: Socket
  /** Where texts may be written past the socket. */
  readonly file: number
  /** Whom it is counted for. */
  readonly client: string
  state: ConnectionState
  held: Held | undefined
  /** Bytes of the message at hand, once its head was read; 0 before. */
  needBytes: number
  bulk: LaneBulk | undefined
  /** What the message at hand is for, and when its head was read. */
  place: Place | undefined
  begunMs: number
  first: Slot | undefined
  last: Slot | undefined
  owedCount: number
  isDirty: boolean
  /** The client does not read its answers as fast as it asks: they wait in the socket until it drains. */
  isFull: boolean
  /** A GET is owed: its answer may be long, so nothing behind it is taken before it is written. */
  isReading: boolean
  /** No byte has come yet. */
  isFresh: boolean
  /** The client has closed its side. */
  isHalf: boolean
  /** What it is ended with, after the answers owed. */
  final: Answer | undefined
  /** Handed over to be refused, whatever the other parser makes of it. */
  isRefused: boolean
  /** When it last got on, in ms of the lane's clock. */
  sinceMs: number
  /** Bytes held then; after the end, bytes dropped. */
  markBytes: number
}

export function makeConnection(lane: Lane, socket: Socket, client: string): Connection {
  return {
    lane,
    socket,
    file: fileOf(socket),
    client,
    state: 'open',
    held: undefined,
    needBytes: 0,
    bulk: undefined,
    place: undefined,
    begunMs: 0,
    first: undefined,
    last: undefined,
    owedCount: 0,
    isDirty: false,
    isFull: false,
    isReading: false,
    isFresh: true,
    isHalf: false,
    final: undefined,
    isRefused: false,
    sinceMs: lane.now(),
    markBytes: 0,
  }
}

/** Keeps a copy of `bytes` behind what is held. */
export function hold(connection: Connection, bytes: Uint8Array): void {
  if (bytes.length === 0) return
  const held = connection.held ?? makeHeld()
  connection.held = held
  const before = held.bytes.length
  append(held, bytes)
  connection.lane.ingress.state.heldBytes += held.bytes.length - before
}

/** Forgets the first `bytes` bytes of what is held. */
export function drop(connection: Connection, bytes: number): void {
  const { held } = connection
  if (held === undefined || bytes === 0) return
  const rest = held.bytes.subarray(bytes, held.size)
  connection.lane.ingress.state.heldBytes -= held.bytes.length
  connection.held = undefined
  dropHeld(held)
  hold(connection, rest)
}

export function heldSize(connection: Connection): number {
  return connection.held?.size ?? 0
}

export function openSlot(connection: Connection, place: Place, startedMs: number, close: boolean): Slot {
  const slot: Slot = {
    connection,
    place,
    startedMs,
    close,
    answer: undefined,
    noteAt: notNoted,
    isSettled: false,
    next: undefined,
    record,
    done,
  }
  if (connection.last === undefined) connection.first = slot
  else connection.last.next = slot
  connection.last = slot
  connection.owedCount++
  return slot
}

// Of answers that go together the text is made at once.
function record(this: Slot, outcome: Outcome): void {
  const { connection, place } = this
  const { lane } = connection
  countOne(lane.ingress, place.stream, outcome)
  if (connection.owedCount === 1 && !this.close) this.noteAt = lane.plain.note(outcome, place.stream.hasKey)
  if (this.noteAt === notNoted) this.answer = singleAnswer(outcome, place.stream)
}

function done(this: Slot, refusal: ErrorCode | undefined): void {
  if (this.noteAt === notNoted) {
    this.answer ??= answerWithout(this.connection.lane.ingress, this.place.stream, refusal)
  }
  planWrite(this)
}

/** Has the answer written at the end of the turn, after those before it. */
export function settle(slot: Slot, answer: Answer): void {
  slot.answer = answer
  planWrite(slot)
}

function planWrite(slot: Slot): void {
  const { connection } = slot
  slot.isSettled = true
  if (connection.isDirty || connection.first !== slot) return
  connection.isDirty = true
  const { lane } = connection
  if (lane.dirty.push(connection) === 1) queueMicrotask(lane.flush)
}

/** Takes the first slot off the line. */
export function shiftSlot(connection: Connection): void {
  const { first } = connection
  if (first === undefined) return
  if (first.place.method === 'GET') connection.isReading = false
  forgetNote(first)
  connection.first = first.next
  if (connection.first === undefined) connection.last = undefined
  connection.owedCount--
}

/** Takes all slots off the line and returns them. */
export function dropOwed(connection: Connection): readonly Slot[] {
  const slots: Slot[] = []
  for (let slot = connection.first; slot !== undefined; slot = slot.next) {
    forgetNote(slot)
    slots.push(slot)
  }
  connection.first = undefined
  connection.last = undefined
  connection.owedCount = 0
  return slots
}

function forgetNote(slot: Slot): void {
  if (slot.noteAt === notNoted) return
  slot.noteAt = notNoted
  slot.connection.lane.plain.forget()
}

/** Frees what is held. */
export function letGo(connection: Connection): void {
  connection.lane.ingress.state.heldBytes -= connection.held?.bytes.length ?? 0
  connection.held = undefined
}
