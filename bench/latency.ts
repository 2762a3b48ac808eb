// Latency of single orders at a constant rate: at half, at nine tenths and at one and a half times what each server did in
// a closed loop just before. Clients do not slow down for the server, and latency counts from when a request was due.
// Past its peak a server can only queue or refuse: the table shows which.

import type { LoadResult } from '../src/load/result.ts'
import { median } from '../src/measure/statistics.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { type BenchArguments, isTaken, readArguments } from './arguments.ts'
import { runJob } from './child.ts'
import { medianPauses, type Pauses, pausesLine, watchPauses } from './pauses.ts'
import { writeReport } from './report.ts'
import { type Server, serverKinds, startAll } from './servers.ts'

export type LatencyRow = {
  readonly server: string
  readonly title: string
  readonly durable: boolean
  /** Offered rate as a share of the peak. */
  readonly load: number
  readonly offeredPerSecond: number
  readonly goodPerSecond: number
  readonly refusedPerSecond: number
  /** Requests that were due and had found no connection when the run ended. */
  readonly unsent: number
  readonly p50Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
}
export type LatencyResult = {
  readonly arguments: BenchArguments
  readonly connections: number
  readonly rows: readonly LatencyRow[]
  /** Of the machine by itself. */
  readonly pauses: Pauses
  readonly missing: Readonly<Record<string, string>>
}

const connections = 256
const loads = [0.5, 0.9, 1.5]
const watchMs = 2_000
const defaultNames: readonly string[] = ['sluice', 'fastify-journal', 'go', 'go-journal', 'floor']
const shortNames: readonly string[] = ['sluice']

export const latencyColumns: readonly Column<LatencyRow>[] = [
  { title: 'server', value: (row) => row.title },
  { title: 'durable', value: (row) => (row.durable ? 'yes' : 'no') },
  { title: 'load', value: (row) => `${row.load * 100} %` },
  { title: 'offered/s', value: (row) => row.offeredPerSecond },
  { title: 'good/s', value: (row) => row.goodPerSecond },
  { title: 'refused/s', value: (row) => row.refusedPerSecond },
  { title: 'left waiting', value: (row) => row.unsent },
  { title: 'p50 ms', value: (row) => row.p50Us / 1000, digits: 2 },
  { title: 'p99 ms', value: (row) => row.p99Us / 1000, digits: 2 },
  { title: 'p99.9 ms', value: (row) => row.p999Us / 1000, digits: 2 },
  { title: 'max ms', value: (row) => row.maxUs / 1000, digits: 1 },
]

type Offered = LoadResult & { readonly offeredPerSecond: number }

/** Measures the peak, then every load as a share of it. */
async function measure(server: Server, firstRun: number, args: BenchArguments): Promise<Offered[]> {
  server.resume()
  const { warmupMs, measureMs } = args
  const common = { target: server.target, serverPid: server.pid, connections, depth: 1, warmupMs, measureMs } as const
  const peak = await runJob({ loop: 'closed', ...common, run: firstRun, variant: 'plain' })
  const results: Offered[] = []
  for (const [index, load] of loads.entries()) {
    const ratePerSecond = Math.round(peak.goodPerSecond * load)
    const run = firstRun + 1 + index
    const result = await runJob({ loop: 'open', ...common, ratePerSecond, run, variant: 'plain' })
    results.push({ ...result, offeredPerSecond: ratePerSecond })
  }
  server.pause()
  return results
}

function rowOf(server: Server, load: number, rounds: readonly Offered[]): LatencyRow {
  const { name, title, durable } = server.kind
  return {
    server: name,
    title,
    durable,
    load,
    offeredPerSecond: median(rounds.map((round) => round.offeredPerSecond)),
    goodPerSecond: median(rounds.map((round) => round.goodPerSecond)),
    refusedPerSecond: median(rounds.map((round) => round.perSecond - round.goodPerSecond)),
    unsent: median(rounds.map((round) => round.unsent)),
    p50Us: median(rounds.map((round) => round.latencyUs.p50)),
    p99Us: median(rounds.map((round) => round.latencyUs.p99)),
    p999Us: median(rounds.map((round) => round.latencyUs.p999)),
    maxUs: median(rounds.map((round) => round.latencyUs.max)),
  }
}

async function runRounds(
  servers: readonly Server[],
  args: BenchArguments,
): Promise<Pick<LatencyResult, 'rows' | 'pauses'>> {
  const rounds: Offered[][][] = servers.map(() => [])
  const watches: Pauses[] = []
  let run = 0
  for (let round = 0; round < args.rounds; round++) {
    watches.push(await watchPauses(watchMs))
    for (const [index, server] of servers.entries()) {
      rounds[index]!.push(await measure(server, run, args))
      run += 1 + loads.length
    }
    console.log(`round ${round + 1} of ${args.rounds} done`)
  }
  const rows = servers.flatMap((server, index) =>
    loads.map((load, at) =>
      rowOf(
        server,
        load,
        rounds[index]!.map((round) => round[at]!),
      ),
    ),
  )
  return { rows, pauses: medianPauses(watches) }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  const names = args.only.length > 0 ? args.only : args.short ? shortNames : defaultNames
  const { servers, missing } = await startAll(serverKinds.filter(({ name }) => isTaken(names, name)))
  try {
    const { rows, pauses } = await runRounds(servers, args)
    console.log(textTable(latencyColumns, rows))
    console.log(pausesLine(pauses))
    const result: LatencyResult = { arguments: args, connections, rows, pauses, missing }
    console.log(`written to ${writeReport('latency', result)}`)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

if (import.meta.main) await main()
