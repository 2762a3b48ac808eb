// Writes the figures of the last run into docs/benchmarks.md, between its markers, and the plot beside it. Nothing outside
// the markers changes. A benchmark that was not run leaves its table as it is; a short run is refused, since its figures
// mean little.
import { readFileSync, writeFileSync } from 'node:fs'
import type { BenchArguments } from './arguments.ts'
import { type BulkBenchResult, bulkColumns } from './bulk.ts'
import { type DrainResult, drainColumns } from './drain.ts'
import { type IdleResult, idleColumns } from './idle.ts'
import { type IngestResult, type IngestRow, ingestColumns } from './ingest.ts'
import { type KernelResult, kernelColumns } from './kernel.ts'
import { type LatencyResult, latencyColumns } from './latency.ts'
import { type OverloadResult, overloadColumns } from './overload.ts'
import { type Bar, barChart } from './plot.ts'
import { hasReport, type Machine, type Report, readReport } from './report.ts'
import { type SlowResult, slowColumns } from './slow.ts'
import { type Column, markdownTable, replaceBetween } from './table.ts'

const page = new URL('../docs/benchmarks.md', import.meta.url)
const plot = new URL('../docs/benchmarks.svg', import.meta.url)
const plotConnections = 256

function section<Result, Row>(
  text: string,
  name: string,
  columns: readonly Column<Row>[],
  rowsOf: (result: Result) => readonly Row[],
): string {
  if (!hasReport(name)) return text
  const report = readReport<Result & { arguments?: BenchArguments; missing?: Readonly<Record<string, string>> }>(name)
  if (report.result.arguments?.short === true) throw new Error(`the last run of ${name} was a short one`)
  const missing = Object.entries(report.result.missing ?? {}).map(([server, why]) => `Left out: ${server}: ${why}.`)
  const parts = [circumstances(report), markdownTable(columns, rowsOf(report.result)), ...missing]
  return replaceBetween(text, name, parts.join('\n\n'))
}

function circumstances<Result extends { arguments?: BenchArguments }>({ machine, result }: Report<Result>): string {
  const rounds = result.arguments === undefined ? '' : ` Medians of ${result.arguments.rounds} rounds.`
  return `${machineLine(machine)}${rounds}`
}

function machineLine(machine: Machine): string {
  const tools = [`Node ${machine.node}`, machine.go, machine.cc].filter((tool) => tool !== undefined).join('; ')
  const revision = machine.revision === undefined ? '' : ` Revision ${machine.revision}.`
  const { cpu, cores, memoryGib, kernel, measuredAt } = machine
  return `${measuredAt.slice(0, 10)}: ${cpu}, ${cores} cores, ${memoryGib} GiB, ${kernel}; ${tools}.${revision}`
}

function writePlot({ rows }: IngestResult): void {
  const bars = rows
    .filter(
      (row): row is IngestRow & { serverCpuUs: number } =>
        row.connections === plotConnections && row.serverCpuUs !== undefined,
    )
    .map((row): Bar => ({ label: row.title, value: row.serverCpuUs, durable: row.durable }))
  if (bars.length === 0) return
  const note = `single orders over ${plotConnections} keep-alive connections; green: on disk before the answer; shorter is better`
  writeFileSync(plot, barChart('Server CPU a request', note, 'µs', bars))
}

function main(): void {
  let text = readFileSync(page, 'utf8')
  text = section<KernelResult, KernelResult['rows'][number]>(text, 'kernel', kernelColumns, ({ rows }) => rows)
  text = section<IngestResult, IngestRow>(text, 'ingest', ingestColumns, ({ rows }) => rows)
  text = section<BulkBenchResult, BulkBenchResult['rows'][number]>(text, 'bulk', bulkColumns, ({ rows }) => rows)
  text = section<DrainResult, DrainResult['rows'][number]>(text, 'drain', drainColumns, ({ rows }) => rows)
  text = section<LatencyResult, LatencyResult['rows'][number]>(text, 'latency', latencyColumns, ({ rows }) => rows)
  text = section<OverloadResult, OverloadResult['rows'][number]>(text, 'overload', overloadColumns, ({ rows }) => rows)
  text = section<SlowResult, SlowResult['rows'][number]>(text, 'slow', slowColumns, ({ rows }) => rows)
  text = section<IdleResult, IdleResult['rows'][number]>(text, 'idle', idleColumns, ({ rows }) => rows)
  writeFileSync(page, text)
  if (hasReport('ingest')) writePlot(readReport<IngestResult>('ingest').result)
}

if (import.meta.main) main()
