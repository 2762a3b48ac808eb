// Writes answers: in the order of their requests, and all that a turn brought for a connection at once.
// What always holds: an answer is written once, after those before it; nothing is written after one that closes.
import type { Connection } from './connection.ts'
import { shiftSlot } from './connection.ts'
import type { Lane } from './lane-state.ts'
import { count, countOwed } from './leave.ts'
import { takeHeld } from './take.ts'
import type { After } from './wire.ts'

/** Writes what was settled in this turn, and goes on with the connections it was for. */
export function flush(lane: Lane): void {
  const { dirty } = lane
  lane.dirty = []
  const nowMs = lane.ingress.deps.now()
  for (const connection of dirty) {
    connection.isDirty = false
    if (!connection.socket.destroyed) write(connection, nowMs)
  }
}

function write(connection: Connection, nowMs: number): void {
  const { lane, socket } = connection
  let text = ''
  let after: After = 'keep'
  for (let slot = connection.first; slot?.answer !== undefined && after === 'keep'; slot = connection.first) {
    shiftSlot(connection)
    after = lane.ingress.state.closing || slot.answer.status === 408 ? 'close' : slot.close ? 'asked' : 'keep'
    text += lane.wire.text(slot.answer, after, nowMs)
    count(connection, slot.place, String(slot.answer.status), slot.startedMs)
  }
  socket.write(text, lane.wire.wasAscii() ? 'latin1' : 'utf8')
  connection.sinceMs = lane.now()
  if (after !== 'keep') {
    countOwed(connection)
    connection.state = 'last'
  }
  takeHeld(connection)
}
