// The kernel against plain JavaScript and against packages: whole orders, and each stage by itself (bench/kernel/). Distinct
// inputs; contenders take turns, round after round, and the medians count. Before anything is measured, all must have made
// the same of the same bytes.

import type { Interval } from '../src/measure/statistics.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { type BenchArguments, readArguments } from './arguments.ts'
import { type ComparedRow, compareAll } from './kernel/comparison.ts'
import { needsProbe, openComparisons } from './kernel/comparisons.ts'
import { buildProbe } from './kernel/probe.ts'
import { writeReport } from './report.ts'

/** An order in both engines. */
export type KernelRow = {
  readonly variant: string
  readonly recordBytes: number
  /** Nanoseconds a record, median of the rounds. */
  readonly wasmNs: number
  readonly jsNs: number
  /** How many times as fast `wasm` is, with the interval the rounds allow. */
  readonly ratio: Interval
  readonly wasmNsByRound: readonly number[]
  readonly jsNsByRound: readonly number[]
}
export type KernelResult = {
  readonly arguments: BenchArguments
  readonly itemCount: number
  readonly rows: readonly KernelRow[]
  readonly stages: readonly ComparedRow[]
}

const itemCount = 4096

export const kernelColumns: readonly Column<KernelRow>[] = [
  { title: 'orders', value: (row) => row.variant },
  { title: 'bytes/record', value: (row) => row.recordBytes },
  { title: 'wasm ns/record', value: (row) => row.wasmNs },
  { title: 'js ns/record', value: (row) => row.jsNs },
  { title: 'ratio', value: (row) => row.ratio.middle, digits: 2 },
  { title: '95 % interval', value: ({ ratio }) => intervalText(ratio) },
  { title: 'wasm MB/s', value: (row) => (row.recordBytes * 1000) / row.wasmNs },
]

export const stageColumns: readonly Column<ComparedRow>[] = [
  { title: 'work', value: (row) => row.name },
  { title: 'bytes', value: (row) => row.itemBytes },
  { title: 'kernel ns', value: (row) => row.kernelNs, digits: 1 },
  { title: 'kernel MB/s', value: (row) => (row.itemBytes * 1000) / row.kernelNs },
  { title: 'against', value: (row) => row.opponent },
  { title: 'its ns', value: (row) => row.opponentNs, digits: 1 },
  { title: 'ratio', value: (row) => row.ratio.middle, digits: 2 },
  { title: '95 % interval', value: ({ ratio }) => intervalText(ratio) },
  { title: 'at least', value: goalText },
]

function intervalText({ low, high }: Interval): string {
  return `${low.toFixed(2)}–${high.toFixed(2)}`
}

/** The ratio the kernel is to reach; a table says itself which it does not. */
export function goalText({ atLeast, ratio }: ComparedRow): string | undefined {
  if (atLeast === undefined) return undefined
  return ratio.middle < atLeast ? `${atLeast}: missed` : `${atLeast}`
}

function orderRow({ name, itemBytes, kernelNs, opponentNs, ratio, ...rounds }: ComparedRow): KernelRow {
  return {
    variant: name,
    recordBytes: itemBytes,
    wasmNs: kernelNs,
    jsNs: opponentNs,
    ratio,
    wasmNsByRound: rounds.kernelNsByRound,
    jsNsByRound: rounds.opponentNsByRound,
  }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  if (needsProbe(args.only)) buildProbe()
  const stages = await compareAll(await openComparisons(args.only, itemCount), args)
  const rows = stages.filter(({ stage }) => stage === 'orders').map(orderRow)
  console.log(textTable(stageColumns, stages))
  const result: KernelResult = { arguments: args, itemCount, rows, stages }
  console.log(`written to ${writeReport('kernel', result)}`)
}

if (import.meta.main) await main()
