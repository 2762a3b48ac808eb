// Closed loop: every connection sends its next request when the answer to the one before has come. Shows how much a server
// can do. Its latencies hide waiting (a slow server is asked less often): open.ts is the one to ask about latency.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, type Listener, nextRequest, openConnection, roomOf, takeStart } from './connection.ts'
import { record } from './histogram.ts'
import { type LoadResult, type Meter, makeMeter, resultOf, startMeter, stopMeter } from './result.ts'
import { deal, type Target, type Template } from './templates.ts'

export type ClosedOptions = {
  readonly target: Target
  /** At least one for each connection. */
  readonly templates: readonly Template[]
  readonly connections: number
  /** Requests on the way on each connection; more than 1 is pipelining. */
  readonly depth: number
  readonly warmupMs: number
  readonly measureMs: number
  /** Whose processor time is read. */
  readonly serverPid: number | undefined
}

/** Runs the loop and returns what was answered in the measured time. */
export async function runClosed(options: ClosedOptions): Promise<LoadResult> {
  const meter = makeMeter(options.serverPid)
  const listener = listen(meter)
  const hands = deal(options.templates, options.connections)
  const connections = hands.map((hand) => openConnection(options.target, hand, options.depth, listener))
  await sleep(options.warmupMs)
  startMeter(meter)
  await sleep(options.measureMs)
  stopMeter(meter)
  listener.closing = true
  await Promise.all(connections.map(end))
  return resultOf(meter)
}

function listen(meter: Meter): Listener {
  const listener: Listener = {
    closing: false,
    onResponse(connection, status) {
      const startedMs = takeStart(connection)
      if (meter.measuring) count(meter, status, performance.now() - startedMs)
    },
    onRoom(connection) {
      if (!listener.closing) fill(connection)
    },
    onLost(lostCount) {
      meter.lost += lostCount
    },
  }
  return listener
}

/** Counts one answer. */
export function count(meter: Meter, status: number, latencyMs: number): void {
  meter.statuses[status]!++
  if (status < 200 || status > 299) {
    record(meter.refused, latencyMs)
    return
  }
  record(meter.good, latencyMs)
  const second = Math.floor((performance.now() - meter.startedMs) / 1000)
  meter.goodBySecond[second] = (meter.goodBySecond[second] ?? 0) + 1
}

/**
 * Sends as many requests as the connection has room for, with one write. Each is copied before the next is made, since one
 * template may come round twice.
 */
function fill(connection: Connection): void {
  const room = roomOf(connection)
  if (room === 0) return
  const nowMs = performance.now()
  if (room === 1) {
    connection.socket.write(nextRequest(connection, nowMs))
    return
  }
  connection.socket.write(
    Buffer.concat(Array.from({ length: room }, () => Buffer.from(nextRequest(connection, nowMs)))),
  )
}

/** Closes a connection at once; what it still waits for was sent after the measured time. */
export async function end(connection: Connection): Promise<void> {
  if (connection.socket.destroyed) return
  const closed = once(connection.socket, 'close')
  connection.socket.destroy()
  await closed
}
