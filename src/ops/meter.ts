// What is counted as it happens: records by how they ended, requests by how long they took, connections by what became of
// them. It is the only part of the metrics that a thread with connections of its own has.
// Labels come from the configuration and from fixed sets, so that no client can make up a time series.
// Records and requests are counted in plain arrays and made into samples when somebody asks: prom-client finds a series by an object of labels, which costs as much as the rest of an answer.
import { Counter, type Metric, type Registry } from 'prom-client'

/** `aborted`: the client left before its answer was written. */
export type CountRequest = (status: number | 'aborted', seconds: number) => void

export type Meter = {
  /** Counts records that ended as `outcome`. */
  records(streamIndex: number, outcome: string, count: number): void
  /** Returns what counts one request of this route and method, and how long it took, by its status. */
  requests(route: string, method: string): CountRequest
  /** Counts one connection by what became of it when it was accepted. */
  connection(outcome: string): void
}

/** What a registry asks of a metric. `metricName` differs from the family's name where a family has several. */
type Family = {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'histogram'
  readonly aggregator: 'sum'
  readonly values: readonly Sample[]
}
type Sample = { readonly labels: Labels; readonly value: number; readonly metricName?: string }
type Labels = Readonly<Record<string, string | number>>

const outcomes = ['accepted', 'duplicate', 'conflict', 'invalid', 'refused']
// Most answers wait for one sync; the tail is what shedding and bulk bodies make of it.
const bucketSeconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

/** One series. A request is counted in the one bucket it belongs to; the last one has no bound. */
type Durations = { readonly labels: Labels; readonly counts: Float64Array; sumSeconds: number }

/**
 * Counts into `registry`.
 * @param streams the streams' names, by index.
 * @param thread which of the threads that take connections this is, from 0.
 */
export function makeMeter(streams: readonly string[], registry: Registry, thread: number): Meter {
  // A counter that was never touched would be missing from the first page, and a rate over it wrong.
  const records = streams.map(() => new Float64Array(outcomes.length))
  const durations: Durations[] = []
  const byRoute = new Map<string, Map<string, CountRequest>>()
  const connections = new Counter({
    name: 'sluice_connections_total',
    help: 'Connections by what became of them when they were accepted, and by which thread',
    labelNames: ['thread', 'outcome'],
    registers: [registry],
  })
  register(registry, () => recordsFamily(streams, records))
  register(registry, () => durationsFamily(durations))

  // A series is on the page from its first request on.
  function addDurations(labels: Labels): Durations {
    const added = { labels, counts: new Float64Array(bucketSeconds.length + 1), sumSeconds: 0 }
    durations.push(added)
    return added
  }

  function makeCount(route: string, method: string): CountRequest {
    const byStatus = new Map<number | 'aborted', Durations>()
    return (status, seconds) => {
      const series = entry(byStatus, status, () => addDurations({ route, method, status: String(status) }))
      series.counts[bucketOf(seconds)]!++
      series.sumSeconds += seconds
    }
  }

  return {
    records(streamIndex, outcome, count) {
      const at = outcomes.indexOf(outcome)
      if (at < 0) throw new Error(`no outcome ${outcome}`)
      records[streamIndex]![at]! += count
    },
    requests(route, method) {
      const byMethod = entry(byRoute, route, () => new Map<string, CountRequest>())
      return entry(byMethod, method, () => makeCount(route, method))
    },
    connection: (outcome) => connections.labels(String(thread), outcome).inc(1),
  }
}

/** A registry calls `get` and nothing else of a metric; those it makes itself of other processes' counts are such objects. */
function register(registry: Registry, get: () => Family): void {
  registry.registerMetric({ ...get(), get } as unknown as Metric)
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** The first bucket whose bound is not exceeded. */
function bucketOf(seconds: number): number {
  let at = 0
  while (at < bucketSeconds.length && seconds > bucketSeconds[at]!) at++
  return at
}

function recordsFamily(streams: readonly string[], records: readonly Float64Array[]): Family {
  const values = streams.flatMap((stream, index) =>
    outcomes.map((outcome, at) => ({ labels: { stream, outcome }, value: records[index]![at]! })),
  )
  return {
    name: 'sluice_records_total',
    help: 'Records by how they ended',
    type: 'counter',
    aggregator: 'sum',
    values,
  }
}

function durationsFamily(durations: readonly Durations[]): Family {
  return {
    name: 'sluice_request_duration_seconds',
    help: 'Time from a request head to its answer',
    type: 'histogram',
    aggregator: 'sum',
    values: durations.flatMap(samplesOf),
  }
}

/** A bucket on the page holds those below it as well. */
function samplesOf({ labels, counts, sumSeconds }: Durations): Sample[] {
  const name = 'sluice_request_duration_seconds'
  const samples: Sample[] = []
  let count = 0
  for (const [at, inBucket] of counts.entries()) {
    count += inBucket
    samples.push({ metricName: `${name}_bucket`, labels: { le: bucketSeconds[at] ?? '+Inf', ...labels }, value: count })
  }
  samples.push({ metricName: `${name}_sum`, labels, value: sumSeconds })
  samples.push({ metricName: `${name}_count`, labels, value: count })
  return samples
}
