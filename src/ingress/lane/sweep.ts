// Time, for all connections at once: one timer looks through them, so that a connection costs none of its own.
// A head has `headMs`, a body `bodyStallMs` from one progress to the next, an idle connection `keepAliveMs`; a client that
// does not read its answers is left after a while.
import { lingerMs } from '../../limits.ts'
import { problem } from '../replies.ts'
import { stallBulk } from './bulk.ts'
import type { Connection } from './connection.ts'
import { heldSize } from './connection.ts'
import type { Lane } from './lane-state.ts'
import { refuse } from './leave.ts'

const sweepMsMax = 1_000

/** Starts the sweep. Returns what stops it. */
export function startSweep(lane: Lane): () => void {
  const { headMs, bodyStallMs } = lane.ingress.deps.config.limits
  const timer = setInterval(() => sweep(lane), Math.min(sweepMsMax, headMs / 2, bodyStallMs / 2))
  timer.unref()
  return () => clearInterval(timer)
}

/** Ends what has waited too long by the lane's clock. */
export function sweep(lane: Lane): void {
  const nowMs = lane.now()
  for (const connection of lane.connections) look(connection, nowMs - connection.sinceMs)
}

function look(connection: Connection, waitedMs: number): void {
  const { socket, state, bulk } = connection
  const { headMs, bodyStallMs, keepAliveMs } = connection.lane.ingress.deps.config.limits
  if (socket.writableLength > 0 || (state === 'ended' && !socket.writableFinished)) {
    if (waitedMs > bodyStallMs + 2 * headMs) socket.destroy()
  } else if (state === 'ended') {
    if (waitedMs > lingerMs) socket.destroy()
  } else if (bulk !== undefined) {
    if (waitedMs > bodyStallMs) stallBulk(connection, bulk)
  } else if (connection.owedCount > 0 || state !== 'open') {
    return // it is us who stand still
  } else if (connection.needBytes > 0) {
    if (waitedMs > bodyStallMs)
      refuse(connection, problem('REQUEST_TIMEOUT', `The body stood still for ${bodyStallMs} ms`))
  } else if (heldSize(connection) > 0 || connection.isFresh) {
    if (waitedMs > headMs) refuse(connection, problem('REQUEST_TIMEOUT', 'The request head did not arrive in time'))
  } else if (keepAliveMs > 0 && waitedMs > keepAliveMs) socket.destroySoon()
}
