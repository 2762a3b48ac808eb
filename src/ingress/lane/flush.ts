// Writes answers: in the order of their requests, and all that a turn brought for a connection at once.
// What always holds: an answer is written once, after those before it; nothing is written after one that closes.
import type { Connection } from './connection.ts'
import { shiftSlot } from './connection.ts'
import type { Lane } from './lane-state.ts'
import { countOwed } from './leave.ts'
import { writeText } from './socket.ts'
import { takeHeld } from './take.ts'
import type { After } from './wire.ts'

/** Writes what was settled in this turn, and goes on with the connections it was for. */
export function flush(lane: Lane): void {
  const { dirty } = lane
  lane.dirty = []
  const time = { dateMs: lane.ingress.deps.now(), clockMs: lane.now() } // read once: that costs as much as an answer does
  for (const connection of dirty) {
    connection.isDirty = false
    if (!connection.socket.destroyed) write(connection, time)
  }
}

type Time = { readonly dateMs: number; readonly clockMs: number }

function write(connection: Connection, { dateMs, clockMs }: Time): void {
  const { lane, socket } = connection
  const { meter } = lane.ingress.deps
  let text = ''
  let after: After = 'keep'
  for (let slot = connection.first; slot?.answer !== undefined && after === 'keep'; slot = connection.first) {
    shiftSlot(connection)
    const { answer, place, startedMs } = slot
    after = lane.ingress.state.closing ? 'close' : slot.close ? 'asked' : 'keep'
    text += lane.wire.text(answer, after, dateMs)
    meter.request(place.route, place.method, String(answer.status), (clockMs - startedMs) / 1000)
  }
  connection.isFull = !writeText(socket, connection.file, text, lane.wire.wasAscii())
  connection.sinceMs = clockMs
  if (after !== 'keep') {
    countOwed(connection)
    connection.state = 'last'
  }
  takeHeld(connection)
}
