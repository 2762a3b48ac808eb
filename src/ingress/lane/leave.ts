// The ways a connection leaves the lane: handed over, ended after its last answer, ended with a refusal, or closed under it.
// What always holds: nothing leaves while an answer is owed; what was held is no longer counted; every request that was
// begun is counted once.
import { endedInside } from '../cut-short.ts'
import { type Answer, problem, rawAnswer } from '../replies.ts'
import { type Connection, dropOwed, heldSize, letGo } from './connection.ts'
import type { Place } from './paths.ts'

/** Gives the connection to the other server as soon as nothing is owed; until then it is not read. */
export function handOver(connection: Connection): void {
  const { lane, socket, held } = connection
  if (connection.owedCount > 0) {
    socket.pause() // its end must be seen by who gets it
    return
  }
  if (connection.isHalf) {
    refuseHalf(connection)
    return
  }
  const unread = Buffer.from(held?.bytes.subarray(0, held.size) ?? [])
  letGo(connection)
  connection.state = 'handed'
  connection.place = undefined // who gets it counts it
  lane.connections.delete(connection)
  if (!socket.destroyed) lane.giveAway(socket, unread, connection.isRefused)
}

/** Ends the connection with the refusal of what has not arrived, once what is owed has been answered. */
export function refuse(connection: Connection, answer: Answer): void {
  connection.final = answer
  connection.state = 'last'
  endIfIdle(connection)
}

/** To a client that closed its side in the middle of a request. */
export function refuseHalf(connection: Connection): void {
  refuse(connection, problem('REQUEST_MALFORMED', endedInside))
}

/** Ends the connection when nothing is owed. With bytes of the client unread it lingers, or a reset could overtake the answer. */
export function endIfIdle(connection: Connection): void {
  const { lane, socket, final, owedCount } = connection
  if (owedCount > 0) return
  const isUnread = heldSize(connection) > 0
  connection.state = 'ended'
  connection.sinceMs = lane.now()
  connection.markBytes = 0
  if (final !== undefined) socket.write(finalText(connection, final))
  letGo(connection)
  if (isUnread && !connection.isHalf) {
    socket.end()
    if (socket.isPaused()) socket.resume()
  } else socket.destroySoon()
}

// Without a head there is no request to be counted, and its answer is that of a head that cannot be read.
function finalText(connection: Connection, answer: Answer): string {
  const { lane, place } = connection
  if (place === undefined) return rawAnswer(answer)
  connection.place = undefined
  count(connection, place, answer.status, connection.begunMs)
  return lane.wire.text(answer, 'close', lane.ingress.deps.now())
}

/** The socket has closed, by whomever. */
export function closed(connection: Connection): void {
  const { lane, place } = connection
  if (connection.state !== 'handed') lane.connections.delete(connection)
  countOwed(connection)
  connection.bulk?.reader.gone()
  connection.bulk = undefined
  if (place !== undefined) count(connection, place, 'aborted', connection.begunMs)
  connection.place = undefined
  letGo(connection)
}

/** Counts what is owed as never answered, and forgets it. */
export function countOwed(connection: Connection): void {
  for (const slot of dropOwed(connection)) count(connection, slot.place, 'aborted', slot.startedMs)
}

function count({ lane }: Connection, place: Place, status: number | 'aborted', startedMs: number): void {
  place.count(status, (lane.now() - startedMs) / 1000)
}
