// Counts events as they happen, at a cost that does not show beside an answer: a counter or histogram is a few numbers in an
// array, found by strings that are always the same ones. A general metrics library makes an object of labels for each event.
// Labels come from the configuration and from fixed sets, so the number of series is bounded by those.
// What always holds: a histogram's buckets, sum and count speak of the same events.

export type Tally = {
  /** Counts records that ended as `outcome`. */
  records(streamIndex: number, outcome: string, count: number): void
  /** Counts one request and how long it took. */
  request(route: string, method: string, status: string, seconds: number): void
  /** Both families as Prometheus text, in the order in which series were first counted. */
  text(): string
}

const outcomes = ['accepted', 'duplicate', 'conflict', 'invalid', 'refused']
// Most answers wait for one sync; the tail is what shedding and bulk bodies make of it.
const bucketSeconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

/** One series: how many took up to each bound, and longer than the last, each only in its own bucket. */
type Durations = { readonly labels: string; readonly counts: Float64Array; sumSeconds: number }

/** @param streams the streams' names, by index. */
export function makeTally(streams: readonly string[]): Tally {
  // A counter that was never touched would be missing from the first page, and a rate over it wrong.
  const records = streams.map(() => new Float64Array(outcomes.length))
  const durations: Durations[] = []
  const byRoute = new Map<string, Map<string, Map<string, Durations>>>()

  function durationsOf(route: string, method: string, status: string): Durations {
    return byRoute.get(route)?.get(method)?.get(status) ?? addDurations(route, method, status)
  }

  function addDurations(route: string, method: string, status: string): Durations {
    const byMethod = entry(byRoute, route, () => new Map<string, Map<string, Durations>>())
    const byStatus = entry(byMethod, method, () => new Map<string, Durations>())
    const labels = `route="${escaped(route)}",method="${escaped(method)}",status="${escaped(status)}"`
    const added = { labels, counts: new Float64Array(bucketSeconds.length + 1), sumSeconds: 0 }
    byStatus.set(status, added)
    durations.push(added)
    return added
  }

  return {
    records(streamIndex, outcome, count) {
      const at = outcomes.indexOf(outcome)
      if (at < 0) throw new Error(`no outcome ${outcome}`)
      records[streamIndex]![at]! += count
    },
    request(route, method, status, seconds) {
      const series = durationsOf(route, method, status)
      series.counts[bucketOf(seconds)]!++
      series.sumSeconds += seconds
    },
    text: () => `${recordsText(streams, records)}\n${durationsText(durations)}`,
  }
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
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

function recordsText(streams: readonly string[], records: readonly Float64Array[]): string {
  const name = 'sluice_records_total'
  const lines = [`# HELP ${name} Records by how they ended`, `# TYPE ${name} counter`]
  for (const [stream, counts] of records.entries()) {
    const label = escaped(streams[stream]!)
    for (const [at, outcome] of outcomes.entries()) {
      lines.push(`${name}{stream="${label}",outcome="${outcome}"} ${counts[at]}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function durationsText(durations: readonly Durations[]): string {
  const name = 'sluice_request_duration_seconds'
  const lines = [`# HELP ${name} Time from a request head to its answer`, `# TYPE ${name} histogram`]
  for (const { labels, counts, sumSeconds } of durations) {
    let count = 0
    for (const [at, inBucket] of counts.entries()) {
      count += inBucket
      lines.push(`${name}_bucket{le="${bucketSeconds[at] ?? '+Inf'}",${labels}} ${count}`)
    }
    lines.push(`${name}_sum{${labels}} ${sumSeconds}`, `${name}_count{${labels}} ${count}`)
  }
  return `${lines.join('\n')}\n`
}

// The text format's rule for label values.
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
