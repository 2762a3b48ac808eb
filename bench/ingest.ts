// Single orders over keep-alive connections: every server takes the same requests from the same generator, in turn, round
// after round, and the medians count. Only one server runs at a time; the others are suspended. An answer that is not
// 202, or a lost request, fails the benchmark: a server that refuses is not fast.

import type { LoadResult } from '../src/load/result.ts'
import { median, medianOf } from '../src/measure/statistics.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { type BenchArguments, isTaken, readArguments } from './arguments.ts'
import { runJob } from './child.ts'
import { writeReport } from './report.ts'
import { type Server, serverKinds, startAll } from './servers.ts'

export type IngestRow = {
  readonly server: string
  readonly title: string
  readonly durable: boolean
  readonly connections: number
  readonly perSecond: number
  readonly serverCpuUs: number | undefined
  readonly p50Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly rssBytes: number | undefined
  readonly generatorCpuUs: number | undefined
  /** Processor time of each round, for whoever wants the spread. */
  readonly serverCpuUsByRound: readonly (number | undefined)[]
}
export type IngestResult = {
  readonly arguments: BenchArguments
  readonly rows: readonly IngestRow[]
  /** Servers that could not run here, and why. */
  readonly missing: Readonly<Record<string, string>>
}

/** What a short run takes: building the other Go peers alone would use up its time. */
const shortNames: readonly string[] = ['sluice', 'sluice-js', 'fastify', 'go', 'floor']

const connectionCounts = [64, 256, 1024]
const connectionCountsShort = [64]

// Before the first round every server is loaded for so long: the threads that compile JavaScript count as the server's.
const compileMs = 5_000

export const ingestColumns: readonly Column<IngestRow>[] = [
  { title: 'server', value: (row) => row.title },
  { title: 'durable', value: (row) => (row.durable ? 'yes' : 'no') },
  { title: 'connections', value: (row) => row.connections },
  { title: 'requests/s', value: (row) => row.perSecond },
  { title: 'server CPU µs/request', value: (row) => row.serverCpuUs, digits: 1 },
  { title: 'requests/server-CPU-s', value: (row) => row.serverCpuUs && 1e6 / row.serverCpuUs },
  { title: 'p50 ms', value: (row) => row.p50Us / 1000, digits: 2 },
  { title: 'p99 ms', value: (row) => row.p99Us / 1000, digits: 2 },
  { title: 'p99.9 ms', value: (row) => row.p999Us / 1000, digits: 2 },
  { title: 'RSS MiB', value: (row) => row.rssBytes && row.rssBytes / 2 ** 20 },
  { title: 'generator CPU µs', value: (row) => row.generatorCpuUs, digits: 1 },
]

async function measure(server: Server, connections: number, run: number, args: BenchArguments): Promise<LoadResult> {
  server.resume()
  const { target, pid } = server
  const { warmupMs, measureMs } = args
  const job = { target, serverPid: pid, connections, depth: 1, warmupMs, measureMs, run, variant: 'plain' } as const
  const result = await runJob({ loop: 'closed', ...job })
  server.pause()
  const other = Object.keys(result.statuses).filter((status) => status !== '202')
  if (other.length > 0 || result.lost > 0) {
    throw new Error(`${server.kind.title}: answers ${JSON.stringify(result.statuses)}, lost ${result.lost}`)
  }
  return result
}

function rowOf(server: Server, connections: number, rounds: readonly LoadResult[]): IngestRow {
  const { name, title, durable } = server.kind
  return {
    server: name,
    title,
    durable,
    connections,
    perSecond: median(rounds.map((round) => round.perSecond)),
    serverCpuUs: medianOf(rounds.map((round) => round.serverCpuUs)),
    p50Us: median(rounds.map((round) => round.latencyUs.p50)),
    p99Us: median(rounds.map((round) => round.latencyUs.p99)),
    p999Us: median(rounds.map((round) => round.latencyUs.p999)),
    rssBytes: medianOf(rounds.map((round) => round.serverRssBytes)),
    generatorCpuUs: medianOf(rounds.map((round) => round.generatorCpuUs)),
    serverCpuUsByRound: rounds.map((round) => round.serverCpuUs),
  }
}

async function runRounds(servers: readonly Server[], args: BenchArguments): Promise<IngestRow[]> {
  const counts = args.short ? connectionCountsShort : connectionCounts
  const cells = counts.flatMap((connections) =>
    servers.map((server) => ({ server, connections, rounds: [] as LoadResult[] })),
  )
  let run = 0
  if (!args.short)
    for (const server of servers) await measure(server, 256, run++, { ...args, warmupMs: 0, measureMs: compileMs })
  for (let round = 0; round < args.rounds; round++) {
    for (const { server, connections, rounds } of cells) rounds.push(await measure(server, connections, run++, args))
    console.log(`round ${round + 1} of ${args.rounds} done`)
  }
  return cells.map(({ server, connections, rounds }) => rowOf(server, connections, rounds))
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  const names = args.only.length > 0 || !args.short ? args.only : shortNames
  const { servers, missing } = await startAll(serverKinds.filter(({ name }) => isTaken(names, name)))
  try {
    const rows = await runRounds(servers, args)
    console.log(textTable(ingestColumns, rows))
    const result: IngestResult = { arguments: args, rows, missing }
    console.log(`written to ${writeReport('ingest', result)}`)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

if (import.meta.main) await main()
