// Writes answers: in the order of their requests, and all that a turn brought for a connection at once.
// What always holds: an answer is written once, after those before it; nothing is written after one that closes.
import type { Connection, Slot } from './connection.ts'
import { shiftSlot } from './connection.ts'
import type { Lane } from './lane-state.ts'
import { countOwed } from './leave.ts'
import { notNoted } from './plain.ts'
import { writeBytes, writeText } from './socket.ts'
import { takeHeld } from './take.ts'
import type { After } from './wire.ts'

/** Writes what was settled in this turn, and goes on with the connections it was for. */
export function flush(lane: Lane): void {
  const { dirty } = lane
  lane.dirty = []
  const { ingress } = lane
  const dateMs = ingress.deps.now() // clocks are read once: that costs as much as an answer does
  const clockMs = lane.now()
  for (const connection of dirty) {
    connection.isDirty = false
    const { first, socket } = connection
    if (first === undefined || socket.destroyed) continue
    if (isPlain(first) && !ingress.state.closing) writePlain(connection, first, dateMs, clockMs)
    else writeAll(connection, dateMs, clockMs)
    connection.sinceMs = clockMs
    if (goesOn(connection)) takeHeld(connection)
  }
}

/** Whether anything follows from the answer: an idle connection is read as it was. */
function goesOn({ state, held, isHalf }: Connection): boolean {
  return state !== 'open' || held !== undefined || isHalf
}

/** Whether the first answer, which is settled, was noted and is the only one to write. */
function isPlain({ noteAt, next }: Slot): boolean {
  return noteAt !== notNoted && !next?.isSettled
}

function writePlain(connection: Connection, slot: Slot, dateMs: number, clockMs: number): void {
  const { status, bytes } = connection.lane.plain.lay(slot.noteAt, dateMs)
  shiftSlot(connection)
  slot.place.count(status, (clockMs - slot.startedMs) / 1000)
  connection.isFull = !writeBytes(connection.socket, connection.file, bytes)
}

function writeAll(connection: Connection, dateMs: number, clockMs: number): void {
  const { lane, socket } = connection
  let text = ''
  let after: After = 'keep'
  for (let slot = connection.first; slot?.isSettled && after === 'keep'; slot = connection.first) {
    const answer = slot.answer ?? lane.plain.answer(slot.noteAt)
    shiftSlot(connection)
    after = lane.ingress.state.closing ? 'close' : slot.close ? 'asked' : 'keep'
    text += lane.wire.text(answer, after, dateMs)
    slot.place.count(answer.status, (clockMs - slot.startedMs) / 1000)
  }
  connection.isFull = !writeText(socket, connection.file, text, lane.wire.wasAscii())
  if (after === 'keep') return
  countOwed(connection)
  connection.state = 'last'
}
