// Writes the figures of the last run into docs/benchmarks.md, between its markers, and the plot beside it; those of the
// kernel's stages into docs/kernel.md. Nothing outside
// the markers changes. A benchmark that was not run leaves its table as it is; a short run is refused, since its figures
// mean little. `--only ingest,bulk` takes the last runs of these alone. The figures that matter most go to the history as well.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Column } from '../src/measure/table.ts'
import { type BenchArguments, isTaken } from './arguments.ts'
import { type BulkBenchResult, bulkColumns } from './bulk.ts'
import { type DrainResult, drainColumns } from './drain.ts'
import { appendHistory } from './history.ts'
import { type IdleResult, idleColumns } from './idle.ts'
import { type IngestResult, type IngestRow, ingestColumns } from './ingest.ts'
import { stages } from './kernel/comparison.ts'
import { type KernelResult, kernelColumns, stageColumns } from './kernel.ts'
import { type LatencyResult, latencyColumns } from './latency.ts'
import { type OverloadResult, overloadColumns } from './overload.ts'
import { pausesLine } from './pauses.ts'
import { type Bar, barChart } from './plot.ts'
import { hasReport, type Machine, type Report, readReport } from './report.ts'
import { type SlowResult, slowColumns } from './slow.ts'
import { markdownTable, replaceBetween } from './table.ts'

const page = new URL('../docs/benchmarks.md', import.meta.url)
const kernelPage = new URL('../docs/kernel.md', import.meta.url)
const plot = new URL('../docs/benchmarks.svg', import.meta.url)
const plotConnections = 256

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const only = values.only.split(',').filter((name) => name !== '')

function isWanted(name: string): boolean {
  return isTaken(only, name) && hasReport(name)
}

function section<Result, Row>(
  text: string,
  name: string,
  columns: readonly Column<Row>[],
  rowsOf: (result: Result) => readonly Row[],
  noteOf: (result: Result) => readonly string[] = () => [],
): string {
  if (!isWanted(name)) return text
  const report = readReport<Result & { arguments?: BenchArguments; missing?: Readonly<Record<string, string>> }>(name)
  if (report.result.arguments?.short === true) throw new Error(`the last run of ${name} was a short one`)
  const missing = Object.entries(report.result.missing ?? {}).map(([server, why]) => `Left out: ${server}: ${why}.`)
  const parts = [
    circumstances(report),
    markdownTable(columns, rowsOf(report.result)),
    ...noteOf(report.result),
    ...missing,
  ]
  return replaceBetween(text, name, parts.join('\n\n'))
}

function writeKernelPage(): void {
  if (!isWanted('kernel')) return
  const report = readReport<KernelResult>('kernel')
  let text = replaceBetween(readFileSync(kernelPage, 'utf8'), 'machine', circumstances(report))
  for (const stage of stages) {
    const rows = report.result.stages.filter((row) => row.stage === stage)
    if (rows.length > 0) text = replaceBetween(text, stage, markdownTable(stageColumns, rows))
  }
  writeFileSync(kernelPage, text)
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

// What a connection costs is measured apart, on servers of its own, and belongs beside what a request costs.
function ingestWithIdle(): readonly Column<IngestRow>[] {
  const idle = hasReport('idle') ? readReport<IdleResult>('idle').result : undefined
  if (idle?.arguments?.short !== false) return ingestColumns
  const { rows } = idle
  const bytesOf = new Map(rows.map(({ server, bytesPerConnection }) => [server, bytesPerConnection]))
  return [
    ...ingestColumns,
    {
      title: 'KB/idle connection',
      value: ({ server }) => {
        const bytes = bytesOf.get(server)
        return bytes && bytes / 1000
      },
      digits: 1,
    },
  ]
}

/** Rows: server, connections, requests/s, µs; server, records/s, µs; server, load, p50, p99, p99.9 in µs. */
function noteHistory(): void {
  const ingest = isWanted('ingest') ? readReport<IngestResult>('ingest').result.rows : []
  const bulk = isWanted('bulk') ? readReport<BulkBenchResult>('bulk').result.rows : []
  const latency = isWanted('latency') ? readReport<LatencyResult>('latency').result.rows : []
  if (ingest.length + bulk.length + latency.length === 0) return
  appendHistory('document', {
    ingest: ingest.map((row) => [row.server, row.connections, row.perSecond, row.serverCpuUs ?? null]),
    bulk: bulk.map((row) => [row.server, row.recordsPerSecond, row.serverCpuUs ?? null]),
    latency: latency.map((row) => [row.server, row.load, row.p50Us, row.p99Us, row.p999Us]),
  })
}

function main(): void {
  let text = readFileSync(page, 'utf8')
  text = section<KernelResult, KernelResult['rows'][number]>(text, 'kernel', kernelColumns, ({ rows }) => rows)
  text = section<IngestResult, IngestRow>(text, 'ingest', ingestWithIdle(), ({ rows }) => rows)
  text = section<BulkBenchResult, BulkBenchResult['rows'][number]>(text, 'bulk', bulkColumns, ({ rows }) => rows)
  text = section<DrainResult, DrainResult['rows'][number]>(text, 'drain', drainColumns, ({ rows }) => rows)
  text = section<LatencyResult, LatencyResult['rows'][number]>(
    text,
    'latency',
    latencyColumns,
    ({ rows }) => rows,
    ({ pauses }) => [pausesLine(pauses)],
  )
  text = section<OverloadResult, OverloadResult['rows'][number]>(text, 'overload', overloadColumns, ({ rows }) => rows)
  text = section<SlowResult, SlowResult['rows'][number]>(text, 'slow', slowColumns, ({ rows }) => rows)
  text = section<IdleResult, IdleResult['rows'][number]>(text, 'idle', idleColumns, ({ rows }) => rows)
  // Before the page is written: what the figures are of is the tree as it was.
  noteHistory()
  writeFileSync(page, text)
  writeKernelPage()
  if (isWanted('ingest')) writePlot(readReport<IngestResult>('ingest').result)
}

if (import.meta.main) main()
