// What a generator counts while it runs, and the result it reports. Every request that was meant to be sent ends in one
// of the counts: answered (by status), lost with its connection, or unsent.
import { readCpuMs, readRssBytes, usEach } from './cpu.ts'
import { clear, type Histogram, type Latency, makeHistogram, record, summarize } from './histogram.ts'

export type LoadResult = {
  readonly seconds: number
  /** Requests answered in the measured time. */
  readonly answered: number
  readonly perSecond: number
  /** Answers of status 200 to 299 a second. */
  readonly goodPerSecond: number
  readonly statuses: Readonly<Record<string, number>>
  /** Requests whose connection closed before the answer. */
  readonly lost: number
  /** Connections that failed, by the code of the error. */
  readonly errors: Readonly<Record<string, number>>
  /** Open loop only: requests that were due and found no connection until the end. */
  readonly unsent: number
  readonly latencyUs: Latency
  /** Of the answers outside 200 to 299. */
  readonly refusedLatencyUs: Latency
  /** Processor time of the server and of this process, in µs for each answered request. */
  readonly serverCpuUs: number | undefined
  readonly generatorCpuUs: number | undefined
  /** Processor time of this process as a share of one core: near 1, it and not the server was what stood in the way. */
  readonly generatorShare: number
  readonly serverRssBytes: number | undefined
  /** Good answers in each second of the measured time. */
  readonly goodBySecond: readonly number[]
}

export type Meter = {
  measuring: boolean
  readonly good: Histogram
  readonly refused: Histogram
  readonly statuses: Float64Array
  readonly goodBySecond: number[]
  startedMs: number
  endedMs: number
  lost: number
  readonly errors: Record<string, number>
  unsent: number
  readonly serverPid: number | undefined
  serverCpuMs: number | undefined
  generatorCpuUs: number
}

export function makeMeter(serverPid: number | undefined): Meter {
  return {
    measuring: false,
    good: makeHistogram(),
    refused: makeHistogram(),
    statuses: new Float64Array(600),
    goodBySecond: [],
    startedMs: 0,
    endedMs: 0,
    lost: 0,
    errors: {},
    unsent: 0,
    serverPid,
    serverCpuMs: undefined,
    generatorCpuUs: 0,
  }
}

/** Forgets the warm-up and begins to measure. */
export function startMeter(meter: Meter): void {
  clear(meter.good)
  clear(meter.refused)
  meter.statuses.fill(0)
  meter.lost = 0
  meter.serverCpuMs = serverCpuMs(meter)
  meter.generatorCpuUs = ownCpuUs()
  meter.startedMs = performance.now()
  meter.measuring = true
}

/** Ends the measured time: what is answered later is not counted. */
export function stopMeter(meter: Meter): void {
  meter.measuring = false
  meter.endedMs = performance.now()
  const cpuMs = serverCpuMs(meter)
  meter.serverCpuMs = cpuMs === undefined || meter.serverCpuMs === undefined ? undefined : cpuMs - meter.serverCpuMs
  meter.generatorCpuUs = ownCpuUs() - meter.generatorCpuUs
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

export function resultOf(meter: Meter): LoadResult {
  const seconds = (meter.endedMs - meter.startedMs) / 1000
  const statuses = Object.fromEntries([...meter.statuses.entries()].filter(([, count]) => count > 0))
  const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  const good = [...meter.statuses.subarray(200, 300)].reduce((sum, count) => sum + count, 0)
  return {
    seconds,
    answered,
    perSecond: answered / seconds,
    goodPerSecond: good / seconds,
    statuses,
    lost: meter.lost,
    errors: meter.errors,
    unsent: meter.unsent,
    latencyUs: summarize(meter.good),
    refusedLatencyUs: summarize(meter.refused),
    serverCpuUs: usEach(meter.serverCpuMs, answered),
    generatorCpuUs: usEach(meter.generatorCpuUs / 1000, answered),
    generatorShare: meter.generatorCpuUs / 1e6 / seconds,
    serverRssBytes: meter.serverPid === undefined ? undefined : readRssBytes(meter.serverPid),
    goodBySecond: Array.from(meter.goodBySecond, (count) => count ?? 0),
  }
}

function serverCpuMs(meter: Meter): number | undefined {
  return meter.serverPid === undefined ? undefined : readCpuMs(meter.serverPid)
}

function ownCpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
