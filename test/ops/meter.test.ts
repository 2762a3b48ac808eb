// What is counted stands on the page as a Prometheus scraper reads it: buckets that include those below them, a sum and a
// count that agree, labels that nothing in a path can break.
import { AggregatorRegistry, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { type Meter, makeMeter } from '../../src/ops/meter.ts'

const name = 'sluice_request_duration_seconds'

function open(streams: readonly string[], thread = 0): { meter: Meter; registry: Registry } {
  const registry = new Registry()
  return { meter: makeMeter(streams, registry, thread), registry }
}

function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

test('a bucket counts all that took up to its bound, itself included', async () => {
  const { meter, registry } = open(['orders'])
  for (const seconds of [0, 0.0005, 0.00051, 0.02, 60, 61]) meter.requests('/a', 'POST')(202, seconds)
  const page = samples(await registry.metrics())
  const labels = 'route="/a",method="POST",status="202"'
  const bucket = (le: string) => page.get(`${name}_bucket{le="${le}",${labels}}`)
  expect(['0.0005', '0.001', '0.01', '0.02', '10', '60', '+Inf'].map(bucket)).toEqual([2, 3, 3, 4, 4, 5, 6])
  expect(page.get(`${name}_count{${labels}}`)).toBe(6)
  expect(page.get(`${name}_sum{${labels}}`)).toBeCloseTo(121.02101, 9)
})

test('every combination of route, method and status is a series of its own', async () => {
  const { meter, registry } = open(['orders'])
  for (const [route, method, status] of [
    ['/a', 'POST', 202],
    ['/a', 'POST', 400],
    ['/a', 'GET', 202],
    ['/b', 'POST', 202],
    ['/a', 'POST', 202],
  ] as const) {
    meter.requests(route, method)(status, 0.001)
  }
  const counts = [...samples(await registry.metrics())].filter(([sample]) => sample.startsWith(`${name}_count`))
  expect(counts.map(([, count]) => count)).toEqual([2, 1, 1, 1])
})

test('label values are escaped', async () => {
  const { meter, registry } = open(['a"b'])
  meter.requests('/p\\q"r\ns', 'POST')(202, 1)
  const text = await registry.metrics()
  expect(text).toContain('sluice_records_total{stream="a\\"b",outcome="accepted"} 0')
  expect(text).toContain('route="/p\\\\q\\"r\\ns"')
})

test('each family is introduced once, before its samples', async () => {
  const { meter, registry } = open(['orders', 'events'])
  meter.records(1, 'duplicate', 3)
  const lines = (await registry.metrics()).split('\n')
  for (const family of ['sluice_records_total', name]) {
    expect(lines.filter((line) => line.startsWith(`# TYPE ${family} `))).toHaveLength(1)
    expect(lines.findIndex((line) => line.startsWith(`# TYPE ${family} `))).toBe(
      lines.findIndex((line) => line.startsWith(`# HELP ${family} `)) + 1,
    )
  }
  expect(lines).toContain('sluice_records_total{stream="events",outcome="duplicate"} 3')
})

test('an outcome nobody knows is a mistake of the program', async () => {
  expect(() => open(['orders']).meter.records(0, 'lost', 1)).toThrow('no outcome lost')
})

test('what other threads counted is added, series by series', async () => {
  const [one, two] = [open(['orders'], 0), open(['orders'], 1)]
  for (const { meter } of [one, two]) {
    meter.records(0, 'accepted', 2)
    meter.connection('taken')
    meter.requests('/a', 'POST')(202, 0.004)
  }
  two.meter.requests('/a', 'POST')(503, 2)
  const counts = [await one.registry.getMetricsAsJSON(), structuredClone(await two.registry.getMetricsAsJSON())]
  const page = samples(await AggregatorRegistry.aggregate(counts).metrics())
  expect(page.get('sluice_records_total{stream="orders",outcome="accepted"}')).toBe(4)
  expect(page.get(`${name}_bucket{le="0.005",route="/a",method="POST",status="202"}`)).toBe(2)
  expect(page.get(`${name}_sum{route="/a",method="POST",status="202"}`)).toBe(0.008)
  expect(page.get(`${name}_count{route="/a",method="POST",status="503"}`)).toBe(1)
  expect(page.get('sluice_connections_total{thread="1",outcome="taken"}')).toBe(1)
})
