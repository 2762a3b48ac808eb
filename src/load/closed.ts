// Closed loop: every connection sends its next request when the answer to the one before has come. Shows how much a server
// can do. Its latencies hide waiting (a slow server is asked less often): open.ts is the one to ask about latency.
import { type Connection, nextRequest, roomOf, takeStart } from './connection.ts'
import { type Crowd, openCrowd } from './crowd.ts'
import { count, type LoadResult, makeMeter, resultOf, startMeter, stopMeter } from './result.ts'
import type { Target, Template } from './templates.ts'

export type ClosedOptions = {
  readonly target: Target
  /** What each connection sends, one hand a connection. */
  readonly hands: readonly (readonly Template[])[]
  /** Requests on the way on each connection; more than 1 is pipelining. */
  readonly depth: number
  readonly warmupMs: number
  readonly measureMs: number
  /** Whose processor time is read. */
  readonly serverPid: number | undefined
}

/** Runs the loop and returns what was answered in the measured time. @throws LoadError */
export async function runClosed(options: ClosedOptions): Promise<LoadResult> {
  const meter = makeMeter(options.serverPid)
  let crowd: Crowd | undefined
  const hear = {
    onResponse(connection: Connection, status: number) {
      const startedMs = takeStart(connection)
      if (meter.measuring) count(meter, status, performance.now() - startedMs)
    },
    onRoom(connection: Connection) {
      if (crowd?.listener.closing === false) fill(connection)
    },
  }
  crowd = await openCrowd(options.target, options.hands, options.depth, meter, hear)
  try {
    for (const connection of crowd.connections) fill(connection)
    await crowd.pause(options.warmupMs)
    startMeter(meter)
    await crowd.pause(options.measureMs)
    stopMeter(meter)
  } finally {
    await crowd.end()
  }
  return resultOf(meter)
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
