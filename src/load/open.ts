// Open loop: requests start at a constant rate, whether or not the server keeps up, as clients on the Internet do. Latency
// counts from the moment a request was meant to start, so that a stall is charged for everything it held up (no
// coordinated omission). What found no connection until the end is counted as unsent, with the time it had waited.
import { type Connection, nextRequest, roomOf, takeStart } from './connection.ts'
import { openCrowd } from './crowd.ts'
import { record } from './histogram.ts'
import { count, type LoadResult, type Meter, makeMeter, resultOf, startMeter, stopMeter } from './result.ts'
import type { Target, Template } from './templates.ts'

const tickMs = 1

export type OpenOptions = {
  readonly target: Target
  /** What each connection sends, one hand a connection. */
  readonly hands: readonly (readonly Template[])[]
  readonly depth: number
  readonly ratePerSecond: number
  readonly warmupMs: number
  readonly measureMs: number
  readonly serverPid: number | undefined
}

type Schedule = {
  readonly options: OpenOptions
  readonly meter: Meter
  connections: readonly Connection[]
  startedMs: number
  endsMs: number
  /** Requests handed to connections so far; the next one was meant to start at `startedMs + sent / rate`. */
  sent: number
  nextConnection: number
  /** No connection had room when last looked for. Then only one that tells of room has any, and none is searched for. */
  isFull: boolean
}

/**
 * Runs the schedule and returns what was answered in the measured time, and what was left unanswered at its end.
 * @throws LoadError
 */
export async function runOpen(options: OpenOptions): Promise<LoadResult> {
  const meter = makeMeter(options.serverPid)
  // Nothing is due before it has a start.
  const never = Number.POSITIVE_INFINITY
  const schedule: Schedule = {
    options,
    meter,
    connections: [],
    startedMs: never,
    endsMs: never,
    sent: 0,
    nextConnection: 0,
    isFull: false,
  }
  const crowd = await openCrowd(options.target, options.hands, options.depth, meter, hear(schedule))
  schedule.connections = crowd.connections
  schedule.startedMs = performance.now()
  const ticks = setInterval(() => sendDue(schedule), tickMs)
  try {
    await crowd.pause(options.warmupMs)
    startMeter(meter)
    schedule.endsMs = meter.startedMs + options.measureMs
    await crowd.pause(options.measureMs)
    sendDue(schedule)
    stopMeter(meter)
    countUnanswered(schedule)
  } finally {
    clearInterval(ticks)
    await crowd.end()
  }
  return resultOf(meter)
}

function hear(schedule: Schedule) {
  const { meter } = schedule
  return {
    onResponse(connection: Connection, status: number) {
      const meantMs = takeStart(connection)
      if (meter.measuring) count(meter, status, performance.now() - meantMs)
    },
    onRoom(connection: Connection) {
      if (schedule.isFull) sendOn(schedule, connection)
      else sendDue(schedule)
    },
  }
}

function dueNow(schedule: Schedule): number {
  const nowMs = Math.min(performance.now(), schedule.endsMs)
  return Math.floor(((nowMs - schedule.startedMs) * schedule.options.ratePerSecond) / 1000)
}

/**
 * Sends what is due, on the connections in turn, until all are full: then the rest waits, and its time counts. When much is
 * due at once, each connection takes its share with one write.
 */
function sendDue(schedule: Schedule): void {
  if (schedule.isFull) return
  const due = dueNow(schedule)
  const share = Math.ceil((due - schedule.sent) / schedule.connections.length)
  let fullCount = 0
  while (schedule.sent < due && fullCount < schedule.connections.length) {
    const connection = schedule.connections[schedule.nextConnection]!
    schedule.nextConnection = (schedule.nextConnection + 1) % schedule.connections.length
    const count = Math.min(share, due - schedule.sent, roomOf(connection))
    if (count === 0) {
      fullCount++
    } else {
      fullCount = 0
      sendSome(schedule, connection, count)
    }
  }
  schedule.isFull = fullCount > 0 && fullCount === schedule.connections.length
}

/** Sends what is due on the one connection that has room, which leaves room only when nothing is due any more. */
function sendOn(schedule: Schedule, connection: Connection): void {
  const count = Math.min(dueNow(schedule) - schedule.sent, roomOf(connection))
  if (count > 0) sendSome(schedule, connection, count)
  schedule.isFull = roomOf(connection) === 0
}

function sendSome(schedule: Schedule, connection: Connection, count: number): void {
  const requests: Buffer[] = []
  for (let index = 0; index < count; index++) {
    const bytes = nextRequest(connection, meantMs(schedule, schedule.sent++))
    // A template that comes round again within one write must not be counted up before it is copied.
    requests.push(count === 1 ? bytes : Buffer.from(bytes))
  }
  connection.socket.write(count === 1 ? requests[0]! : Buffer.concat(requests))
}

function meantMs(schedule: Schedule, index: number): number {
  return schedule.startedMs + (index * 1000) / schedule.options.ratePerSecond
}

// Left out, the slowest requests would flatter the percentiles: each counts with the time it had waited by the end.
function countUnanswered(schedule: Schedule): void {
  const { meter, options } = schedule
  const due = Math.floor(((schedule.endsMs - schedule.startedMs) * options.ratePerSecond) / 1000)
  for (let index = schedule.sent; index < due; index++) record(meter.good, schedule.endsMs - meantMs(schedule, index))
  meter.unsent = due - schedule.sent
  for (const connection of schedule.connections) {
    while (connection.outstanding > 0) record(meter.good, Math.max(0, schedule.endsMs - takeStart(connection)))
  }
}
