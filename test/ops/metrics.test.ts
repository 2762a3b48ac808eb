// The metrics page: what was counted stands there, under names and labels that no client can choose.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DrainStats } from '../../src/drain/drain.ts'
import type { LogStats } from '../../src/log/log.ts'
import { type Metrics, makeMetrics, type Snapshot } from '../../src/ops/metrics.ts'

const log: LogStats = {
  stream: 'orders',
  committedOffset: 120,
  drainedOffset: 100,
  startOffset: 10,
  backlogBytes: 4096,
  segmentCount: 2,
  commitCount: 7,
  syncMsTotal: 1500,
  directWrites: true,
  dedupeKeyCount: 90,
  unavailable: undefined,
}
const drain: DrainStats = {
  stream: 'orders',
  drainedOffset: 100,
  storedCount: 95,
  repeatedCount: 3,
  refusedCount: 2,
  recordsPerSecond: undefined,
  state: 'ok',
  reason: undefined,
}
let snapshot: Snapshot
let metrics: Metrics
beforeEach(() => {
  snapshot = { log: [log], drain: [drain], slabs: 24, freeSlabs: 20, chunksInFlight: 5, countsOfThreads: [] }
  metrics = makeMetrics(['orders', 'events'], async () => snapshot)
})
afterEach(() => metrics.close())

/** The samples of a page by name and labels. */
async function samples(): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

test('every outcome of every stream is there from the start, at zero', async () => {
  const page = await samples()
  for (const stream of ['orders', 'events']) {
    for (const outcome of ['accepted', 'duplicate', 'conflict', 'invalid', 'refused']) {
      expect(page.get(`sluice_records_total{stream="${stream}",outcome="${outcome}"}`)).toBe(0)
    }
  }
})

test('records and requests are counted', async () => {
  metrics.records(0, 'accepted', 3)
  metrics.records(0, 'accepted', 4)
  metrics.records(1, 'refused', 1)
  metrics.requests('/api/order', 'POST')(202, 0.003)
  metrics.requests('/api/order', 'POST')(202, 0.03)
  const page = await samples()
  expect(page.get('sluice_records_total{stream="orders",outcome="accepted"}')).toBe(7)
  expect(page.get('sluice_records_total{stream="events",outcome="refused"}')).toBe(1)
  expect(page.get('sluice_request_duration_seconds_count{route="/api/order",method="POST",status="202"}')).toBe(2)
  expect(
    page.get('sluice_request_duration_seconds_bucket{le="0.005",route="/api/order",method="POST",status="202"}'),
  ).toBe(1)
})

test('states are those of the moment of the scrape', async () => {
  const first = await samples()
  expect(first.get('sluice_log_backlog_bytes{stream="orders"}')).toBe(4096)
  expect(first.get('sluice_drain_lag_records{stream="orders"}')).toBe(20)
  expect(first.get('sluice_log_sync_seconds_total{stream="orders"}')).toBe(1.5)
  expect(first.get('sluice_slabs_free')).toBe(20)
  snapshot = {
    ...snapshot,
    log: [{ ...log, syncMsTotal: 2000, unavailable: 'STORAGE_FULL' }],
    drain: [{ ...drain, state: 'retrying' }],
  }
  const second = await samples()
  expect(second.get('sluice_log_sync_seconds_total{stream="orders"}')).toBe(2)
  expect(second.get('sluice_log_writable{stream="orders"}')).toBe(0)
  expect(second.get('sluice_drain_up{stream="orders"}')).toBe(0)
})

test('process figures are there: memory, CPU, the delay of the event loop', async () => {
  const names = [...(await samples()).keys()].join('\n')
  for (const name of [
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_p99_seconds',
  ]) {
    expect(names).toContain(name)
  }
})
