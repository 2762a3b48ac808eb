// The whole way: what a record costs from the socket to its row in SQLite. The drain runs as fast as it goes; after the
// load, one last order asks with `?wait=stored`, and since the drain keeps the order, its answer says that all are in.
// The other benchmarks hold the drain back, as a sale would; this one leaves nothing out.

import { readCpuMs, usEach } from '../src/load/cpu.ts'
import { median, medianOf } from '../src/measure/statistics.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { readArguments } from './arguments.ts'
import { runJob } from './child.ts'
import { makeTexts } from './records.ts'
import { writeReport } from './report.ts'
import { type Server, sluice, startServer } from './servers.ts'

export type DrainRow = {
  readonly load: string
  readonly records: number
  readonly acceptedPerSecond: number
  /** From the first request to the last row. */
  readonly storedPerSecond: number
  /** Server processor time from start of load to the last row, for each record. */
  readonly serverCpuUs: number | undefined
  readonly rssBytes: number | undefined
}
export type DrainResult = { readonly rows: readonly DrainRow[] }

export const drainColumns: readonly Column<DrainRow>[] = [
  { title: 'load', value: (row) => row.load },
  { title: 'records', value: (row) => row.records },
  { title: 'accepted/s', value: (row) => row.acceptedPerSecond },
  { title: 'stored/s', value: (row) => row.storedPerSecond },
  { title: 'server CPU µs/record, all in', value: (row) => row.serverCpuUs, digits: 2 },
  { title: 'RSS MiB', value: (row) => row.rssBytes && row.rssBytes / 2 ** 20 },
]

const kind = sluice('sluice-drain', 'Sluice', { drain: {} })
const seed = 20_260_101
const lastRun = 9999
const storedMs = 300_000

type Load = 'single orders, 64 connections' | 'NDJSON, 4 connections'
type Taken = { readonly accepted: number; readonly perSecond: number; readonly rssBytes: number | undefined }

async function offer(load: Load, server: Server, measureMs: number): Promise<Taken> {
  const common = {
    target: server.target,
    serverPid: server.pid,
    warmupMs: 0,
    measureMs,
    run: 1,
    variant: 'plain',
  } as const
  if (load === 'single orders, 64 connections') {
    const result = await runJob({ loop: 'closed', ...common, connections: 64, depth: 1 })
    return { accepted: result.statuses[202] ?? 0, perSecond: result.goodPerSecond, rssBytes: result.serverRssBytes }
  }
  const result = await runJob({ loop: 'bulk', ...common, connections: 4, recordsPerRequest: 10_000 })
  return { accepted: result.acceptedInAll, perSecond: result.acceptedPerSecond, rssBytes: result.serverRssBytes }
}

/** Resolves when one more order is in the sink, and with it all before it. */
async function drained(server: Server): Promise<void> {
  const { host, port, path } = server.target
  const reply = await fetch(`http://${host}:${port}${path}?wait=stored`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: makeTexts(seed, lastRun, 1, 'plain')[0]!,
    signal: AbortSignal.timeout(storedMs),
  })
  if (reply.status !== 202) throw new Error(`the last order got ${reply.status}: ${await reply.text()}`)
  await reply.arrayBuffer()
}

async function measure(load: Load, measureMs: number): Promise<DrainRow> {
  const server = await startServer(kind)
  if ('missing' in server) throw new Error(server.missing)
  try {
    const cpuBefore = readCpuMs(server.pid)
    const startedMs = performance.now()
    const taken = await offer(load, server, measureMs)
    await drained(server)
    const seconds = (performance.now() - startedMs) / 1000
    const cpuAfter = readCpuMs(server.pid)
    const cpuMs = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore
    return {
      load,
      records: taken.accepted,
      acceptedPerSecond: taken.perSecond,
      storedPerSecond: taken.accepted / seconds,
      serverCpuUs: usEach(cpuMs, taken.accepted),
      rssBytes: taken.rssBytes,
    }
  } finally {
    await server.stop()
  }
}

function mediansOf(rounds: readonly DrainRow[]): DrainRow {
  return {
    load: rounds[0]!.load,
    records: median(rounds.map((round) => round.records)),
    acceptedPerSecond: median(rounds.map((round) => round.acceptedPerSecond)),
    storedPerSecond: median(rounds.map((round) => round.storedPerSecond)),
    serverCpuUs: medianOf(rounds.map((round) => round.serverCpuUs)),
    rssBytes: medianOf(rounds.map((round) => round.rssBytes)),
  }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  const loads: readonly Load[] = ['single orders, 64 connections', 'NDJSON, 4 connections']
  const rounds = loads.map(() => [] as DrainRow[])
  for (let round = 0; round < args.rounds; round++) {
    for (const [index, load] of loads.entries()) rounds[index]!.push(await measure(load, args.measureMs))
  }
  const rows = rounds.map(mediansOf)
  console.log(textTable(drainColumns, rows))
  console.log(`written to ${writeReport('drain', { arguments: args, rows })}`)
}

if (import.meta.main) await main()
