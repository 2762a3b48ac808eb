// Bulk NDJSON over HTTP, with the generator on the same machine: records a second that the server says it accepted. Every
// round starts each server anew on an empty directory, since gigabytes of log would otherwise be left to the next. Any
// record that was not accepted fails the benchmark.

import { median, medianOf } from '../src/measure/statistics.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { type BenchArguments, isTaken, readArguments } from './arguments.ts'
import { runJob } from './child.ts'
import type { BulkResult } from './load/bulk.ts'
import { writeReport } from './report.ts'
import { type ServerKind, serverKinds, startServer } from './servers.ts'

export type BulkRow = {
  readonly server: string
  readonly title: string
  readonly durable: boolean
  readonly recordBytes: number
  readonly recordsPerSecond: number
  readonly serverCpuUs: number | undefined
  readonly generatorCpuUs: number | undefined
  readonly requestP50Ms: number
  readonly rssBytes: number | undefined
  readonly recordsPerSecondByRound: readonly number[]
}
export type BulkBenchResult = {
  readonly arguments: BenchArguments
  readonly connections: number
  readonly recordsPerRequest: number
  readonly rows: readonly BulkRow[]
  readonly missing: Readonly<Record<string, string>>
}

const connections = 4
// Servers are new in every round: the threads that compile JavaScript are let finish before it counts.
const compileMs = 3_000
const shortNames: readonly string[] = ['sluice', 'sluice-js', 'go-journal']
const recordsPerRequest = 10_000

export const bulkColumns: readonly Column<BulkRow>[] = [
  { title: 'server', value: (row) => row.title },
  { title: 'durable', value: (row) => (row.durable ? 'yes' : 'no') },
  { title: 'records/s', value: (row) => row.recordsPerSecond },
  { title: 'MB/s', value: (row) => (row.recordsPerSecond * row.recordBytes) / 1e6 },
  { title: 'server CPU µs/record', value: (row) => row.serverCpuUs, digits: 2 },
  { title: 'generator CPU µs/record', value: (row) => row.generatorCpuUs, digits: 2 },
  { title: 'request p50 ms', value: (row) => row.requestP50Ms, digits: 1 },
  { title: 'RSS MiB', value: (row) => row.rssBytes && row.rssBytes / 2 ** 20 },
]

async function measure(
  kind: ServerKind,
  path: string,
  args: BenchArguments,
): Promise<BulkResult | { missing: string }> {
  const server = await startServer(kind)
  if ('missing' in server) return server
  try {
    const { measureMs } = args
    const warmupMs = args.short ? args.warmupMs : compileMs
    const target = { ...server.target, path }
    const common = {
      target,
      serverPid: server.pid,
      connections,
      warmupMs,
      measureMs,
      run: 1,
      variant: 'plain',
    } as const
    const result = await runJob({ loop: 'bulk', ...common, recordsPerRequest })
    if (result.notAccepted > 0) throw new Error(`${kind.title} did not accept ${result.notAccepted} records`)
    return result
  } finally {
    await server.stop()
  }
}

function rowOf({ name, title, durable }: ServerKind, rounds: readonly BulkResult[]): BulkRow {
  return {
    server: name,
    title,
    durable,
    recordBytes: rounds[0]!.recordBytes,
    recordsPerSecond: median(rounds.map((round) => round.acceptedPerSecond)),
    serverCpuUs: medianOf(rounds.map((round) => round.serverCpuUs)),
    generatorCpuUs: medianOf(rounds.map((round) => round.generatorCpuUs)),
    requestP50Ms: median(rounds.map((round) => round.requestLatencyUs.p50)) / 1000,
    rssBytes: medianOf(rounds.map((round) => round.serverRssBytes)),
    recordsPerSecondByRound: rounds.map((round) => round.acceptedPerSecond),
  }
}

async function runRounds(args: BenchArguments): Promise<Pick<BulkBenchResult, 'rows' | 'missing'>> {
  const missing: Record<string, string> = {}
  const rounds = new Map<ServerKind, BulkResult[]>()
  const names = args.only.length > 0 || !args.short ? args.only : shortNames
  const kinds = serverKinds.filter(({ name, bulkPath }) => bulkPath !== undefined && isTaken(names, name))
  for (let round = 0; round < args.rounds; round++) {
    for (const kind of kinds.filter(({ name }) => missing[name] === undefined)) {
      const result = await measure(kind, kind.bulkPath!, args)
      if ('missing' in result) {
        missing[kind.name] = result.missing
        console.log(`left out: ${kind.title}: ${result.missing}`)
      } else {
        rounds.set(kind, [...(rounds.get(kind) ?? []), result])
      }
    }
    console.log(`round ${round + 1} of ${args.rounds} done`)
  }
  return { rows: [...rounds].map(([kind, results]) => rowOf(kind, results)), missing }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  const { rows, missing } = await runRounds(args)
  console.log(textTable(bulkColumns, rows))
  const result: BulkBenchResult = { arguments: args, connections, recordsPerRequest, rows, missing }
  console.log(`written to ${writeReport('bulk', result)}`)
}

if (import.meta.main) await main()
