// What operators can measure, as Prometheus text. Events are counted as they happen (meter.ts); states are asked for when
// scraped.
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { DrainStats } from '../drain/drain.ts'
import type { LogStats } from '../log/log.ts'
import { type Meter, makeMeter } from './meter.ts'

/** The states of a moment, asked for at each scrape. */
export type Snapshot = {
  readonly log: readonly LogStats[]
  readonly drain: readonly DrainStats[]
  readonly slabs: number
  readonly freeSlabs: number
  readonly chunksInFlight: number
  /** The counts of threads that have a meter of their own: they are added to this one's. */
  readonly countsOfThreads: readonly Counts[]
}

/** The counts of a thread, as its registry gives them as JSON. */
export type Counts = readonly object[]

export type Metrics = Meter & {
  /** The page for a scraper. */
  text(): Promise<string>
  readonly contentType: string
  close(): void
}

/** @param streams the streams' names, by index. */
export function makeMetrics(streams: readonly string[], snapshot: () => Promise<Snapshot>): Metrics {
  const registry = new Registry()
  const counted = new Registry()
  const meter = makeMeter(streams, counted, 0)
  collectDefaultMetrics({ register: registry })
  const states = addStates(registry)

  async function countsText(others: readonly Counts[]): Promise<string> {
    if (others.length === 0) return counted.metrics()
    return AggregatorRegistry.aggregate([await counted.getMetricsAsJSON(), ...others]).metrics()
  }

  return {
    ...meter,
    contentType: registry.contentType,
    async text() {
      const moment = await snapshot()
      states(moment)
      return `${await registry.metrics()}\n${await countsText(moment.countsOfThreads)}`
    },
    close() {
      registry.clear()
      counted.clear()
    },
  }
}

// What the log and the drain report, by name: totals as counters, the rest as gauges. All carry the stream.
const logStates = {
  sluice_log_committed_offset: ['The next offset not yet durable', (log: LogStats) => log.committedOffset],
  sluice_log_drained_offset: ['The next offset not yet in the sink', (log: LogStats) => log.drainedOffset],
  sluice_log_start_offset: ['The first offset still in the log', (log: LogStats) => log.startOffset],
  sluice_log_backlog_bytes: ['Log not yet drained', (log: LogStats) => log.backlogBytes],
  sluice_log_segments: ['Segment files', (log: LogStats) => log.segmentCount],
  sluice_log_commits_total: ['Group commits', (log: LogStats) => log.commitCount],
  sluice_log_sync_seconds_total: ['Time spent in fdatasync', (log: LogStats) => log.syncMsTotal / 1000],
  sluice_log_direct_writes: [
    '1 while its files are written past the page cache',
    (log: LogStats) => (log.directWrites ? 1 : 0),
  ],
  sluice_log_dedupe_keys: ['Keys remembered for deduplication', (log: LogStats) => log.dedupeKeyCount],
  sluice_log_writable: ['1 while the log takes writes', (log: LogStats) => (log.unavailable === undefined ? 1 : 0)],
} as const

const drainStates = {
  sluice_drain_stored_total: ['Rows written', (drain: DrainStats) => drain.storedCount],
  sluice_drain_repeated_total: ['Records the sink had before', (drain: DrainStats) => drain.repeatedCount],
  sluice_drain_refused_total: ['Records sent to the dead letters', (drain: DrainStats) => drain.refusedCount],
  sluice_drain_records_per_second: ['Measured pace of the drain', (drain: DrainStats) => drain.recordsPerSecond ?? 0],
  sluice_drain_up: ['1 while the drain gets on', (drain: DrainStats) => (drain.state === 'ok' ? 1 : 0)],
} as const

function addStates(registry: Registry): (snapshot: Snapshot) => void {
  const log = addTable(registry, logStates)
  const drain = addTable(registry, drainStates)
  const registers = [registry]
  const lag = new Gauge({
    name: 'sluice_drain_lag_records',
    help: 'Records not yet in the sink',
    labelNames: ['stream'],
    registers,
  })
  const slabs = new Gauge({ name: 'sluice_slabs', help: 'Slabs of shared memory', registers })
  const free = new Gauge({ name: 'sluice_slabs_free', help: 'Slabs nobody uses', registers })
  const chunks = new Gauge({ name: 'sluice_chunks_in_flight', help: 'Chunks of requests in slabs', registers })
  return (snapshot) => {
    for (const stats of snapshot.log) {
      log(stats.stream, stats)
      lag.set({ stream: stats.stream }, stats.committedOffset - stats.drainedOffset)
    }
    for (const stats of snapshot.drain) drain(stats.stream, stats)
    slabs.set(snapshot.slabs)
    free.set(snapshot.freeSlabs)
    chunks.set(snapshot.chunksInFlight)
  }
}

type StateTable<Stats> = Readonly<Record<string, readonly [help: string, read: (stats: Stats) => number]>>

function addTable<Stats>(registry: Registry, table: StateTable<Stats>): (stream: string, stats: Stats) => void {
  const setters = Object.entries(table).map(([name, [help, read]]) => {
    const set = name.endsWith('_total') ? addTotal(registry, name, help) : addGauge(registry, name, help)
    return (stream: string, stats: Stats) => set(stream, read(stats))
  })
  return (stream, stats) => {
    for (const set of setters) set(stream, stats)
  }
}

function addGauge(registry: Registry, name: string, help: string): (stream: string, value: number) => void {
  const gauge = new Gauge({ name, help, labelNames: ['stream'], registers: [registry] })
  return (stream, value) => gauge.set({ stream }, value)
}

// The total is kept by who counts; prom-client's counters only go up, so the difference is added.
function addTotal(registry: Registry, name: string, help: string): (stream: string, total: number) => void {
  const counter = new Counter({ name, help, labelNames: ['stream'], registers: [registry] })
  const before = new Map<string, number>()
  return (stream, total) => {
    counter.inc({ stream }, Math.max(0, total - (before.get(stream) ?? 0)))
    before.set(stream, total)
  }
}
