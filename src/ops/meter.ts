// What is counted as it happens: records by how they ended, requests by how long they took, connections by what became of
// them. It is the only part of the metrics that a thread with connections of its own has.
// Labels come from the configuration and from fixed sets, so that no client can make up a time series.
import { Counter, Histogram, type Registry } from 'prom-client'

export type Meter = {
  /** Counts records that ended as `outcome`. */
  records(streamIndex: number, outcome: string, count: number): void
  /** Counts one request and how long it took. */
  request(route: string, method: string, status: string, seconds: number): void
  /** Counts one connection by what became of it when it was accepted. */
  connection(outcome: string): void
}

type Child = { inc(count: number): void }
type TimedChild = { observe(seconds: number): void }

// Most answers wait for one sync; the tail is what shedding and bulk bodies make of it.
const buckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

/**
 * Counts into `registry`.
 * @param streams the streams' names, by index.
 * @param thread which of the threads that take connections this is, from 0.
 */
export function makeMeter(streams: readonly string[], registry: Registry, thread: number): Meter {
  const registers = [registry]
  const records = new Counter({
    name: 'sluice_records_total',
    help: 'Records by how they ended',
    labelNames: ['stream', 'outcome'],
    registers,
  })
  const requests = new Histogram({
    name: 'sluice_request_duration_seconds',
    help: 'Time from a request head to its answer',
    labelNames: ['route', 'method', 'status'],
    buckets,
    registers,
  })
  const connections = new Counter({
    name: 'sluice_connections_total',
    help: 'Connections by what became of them when they were accepted, and by which thread',
    labelNames: ['thread', 'outcome'],
    registers,
  })
  const recordChildren = streams.map(() => new Map<string, Child>())
  const requestChildren = new Map<string, TimedChild>()

  // Resolving labels costs more than counting, and happens for each request: the children are kept.
  function recordChild(streamIndex: number, outcome: string): Child {
    const known = recordChildren[streamIndex]!.get(outcome)
    if (known) return known
    const child = records.labels(streams[streamIndex]!, outcome)
    recordChildren[streamIndex]!.set(outcome, child)
    return child
  }

  function requestChild(route: string, method: string, status: string): TimedChild {
    const name = `${method} ${status} ${route}`
    const known = requestChildren.get(name)
    if (known) return known
    const child = requests.labels(route, method, status)
    requestChildren.set(name, child)
    return child
  }

  // A counter that was never touched would be missing from the first page, and a rate over it wrong.
  const outcomes = ['accepted', 'duplicate', 'conflict', 'invalid', 'refused']
  for (const [index] of streams.entries()) for (const outcome of outcomes) recordChild(index, outcome).inc(0)

  return {
    records: (streamIndex, outcome, count) => recordChild(streamIndex, outcome).inc(count),
    request: (route, method, status, seconds) => requestChild(route, method, status).observe(seconds),
    connection: (outcome) => connections.labels(String(thread), outcome).inc(1),
  }
}
