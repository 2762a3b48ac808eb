// WebAssembly against plain JavaScript, both from the bytes in a slab to the finished batch: parse, validate, hash, encode.
// Distinct orders in five spellings; the engines take turns, round after round, and the medians count. Before anything is
// measured both must make the same batches, byte for byte.
import { measure } from 'mitata'
import { orderStream } from '../src/config/orders.ts'
import type { Engine } from '../src/kernel/engine.ts'
import { depthMax, keyBytesMax, recordBytesMax } from '../src/limits.ts'
import { compileSchema } from '../src/schema/compile.ts'
import { type BenchArguments, isTaken, readArguments } from './arguments.ts'
import { makeTexts, variants } from './records.ts'
import { writeReport } from './report.ts'
import { type Interval, median, ratioInterval } from './statistics.ts'
import { type Column, textTable } from './table.ts'
import { digestOf, openBench, runWorkload, type Shape, type Workload } from './workload.ts'

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
  readonly recordCount: number
  readonly rows: readonly KernelRow[]
}

const seed = 20_260_101
const recordCount = 4096
const run = 1
const warmUpPasses = 30

export const kernelColumns: readonly Column<KernelRow>[] = [
  { title: 'orders', value: (row) => row.variant },
  { title: 'bytes/record', value: (row) => row.recordBytes },
  { title: 'wasm ns/record', value: (row) => row.wasmNs },
  { title: 'js ns/record', value: (row) => row.jsNs },
  { title: 'ratio', value: (row) => row.ratio.middle, digits: 2 },
  { title: '95 % interval', value: ({ ratio }) => `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}` },
  { title: 'wasm MB/s', value: (row) => (row.recordBytes * 1000) / row.wasmNs },
]

type Case = { readonly variant: string; readonly texts: readonly string[]; readonly shape: Shape }

function cases(only: readonly string[]): Case[] {
  const single = variants.map((variant): Case => {
    return { variant, texts: makeTexts(seed, run, recordCount, variant), shape: 'record' }
  })
  const lines: Case = { variant: 'plain, as NDJSON', texts: single[0]!.texts, shape: 'lines' }
  return [...single, lines].filter(({ variant }) => isTaken(only, variant))
}

async function nsPerRecord(engine: Engine, workload: Workload, args: BenchArguments): Promise<number> {
  const stats = await measure(() => runWorkload(engine, workload), { min_cpu_time: args.short ? 5e7 : 4e8 })
  return stats.p50 / workload.recordCount
}

async function compare(args: BenchArguments): Promise<KernelRow[]> {
  const compiled = compileSchema(orderStream.schema, {
    keyPointers: ['/orderId'],
    value: 'msgpack',
    depthMax,
    recordBytesMax,
    keyBytesMax,
    assertFormat: true,
    documents: {},
  })
  const all = cases(args.only)
  const { wasm, js, workloads } = await openBench(compiled, all)
  for (const [index, workload] of workloads.entries()) {
    if (digestOf(wasm, workload) !== digestOf(js, workload))
      throw new Error(`the engines disagree on ${all[index]!.variant}`)
  }
  for (const workload of workloads) warmUp([wasm, js], workload)
  const rounds = all.map(() => ({ wasm: [] as number[], js: [] as number[] }))
  for (let round = 0; round < args.rounds; round++) {
    for (const [index, workload] of workloads.entries()) {
      rounds[index]!.wasm.push(await nsPerRecord(wasm, workload, args))
      rounds[index]!.js.push(await nsPerRecord(js, workload, args))
    }
  }
  return all.map(({ variant }, index) => rowOf(variant, workloads[index]!, rounds[index]!))
}

// V8 compiles a module's functions again once they are hot, and code is not measured while that goes on.
function warmUp(engines: readonly Engine[], workload: Workload): void {
  for (let pass = 0; pass < warmUpPasses; pass++) for (const engine of engines) runWorkload(engine, workload)
}

function rowOf(variant: string, workload: Workload, rounds: { wasm: number[]; js: number[] }): KernelRow {
  return {
    variant,
    recordBytes: workload.inputBytes / workload.recordCount,
    wasmNs: median(rounds.wasm),
    jsNs: median(rounds.js),
    ratio: ratioInterval(rounds.js, rounds.wasm),
    wasmNsByRound: rounds.wasm,
    jsNsByRound: rounds.js,
  }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  const rows = await compare(args)
  console.log(textTable(kernelColumns, rows))
  const result: KernelResult = { arguments: args, recordCount, rows }
  console.log(`written to ${writeReport('kernel', result)}`)
}

if (import.meta.main) await main()
