// Both engines over the same records, turn by turn. Time is processor time of the whole process, so that collecting the
// garbage an engine leaves is counted with it, and other programs on the machine are not.
// It refuses to measure engines that do not agree: first every record goes through both, and every byte is compared.
import type { EngineName } from '../kernel/engine.ts'
import type { Checked, Kernel } from '../kernel/kernel.ts'
import { type Interval, median, ratioInterval } from '../measure/statistics.ts'
import type { Gathered } from './bench-gathered.ts'
import type { FileRecord } from './records.ts'

/**
 * How records come to an engine: single requests gathered in a slab, as a server does; lines of NDJSON; one record a call, as
 * whoever embeds the kernel may.
 */
export type Shape = 'gathered' | 'lines' | 'call'

export type Comparison = {
  readonly shape: Shape
  /** Nanoseconds of processor time a record, median of the rounds. */
  readonly wasmNs: number
  readonly jsNs: number
  /** `js` over `wasm`: how many times as much JavaScript takes. */
  readonly ratio: Interval
}

export type Engines = { readonly wasm: Kernel; readonly js: Kernel; readonly gathered: Gathered }

/** What both engines said of the records. */
export type Judged = {
  readonly valid: number
  readonly refused: number
  /** The first refused record and why. */
  readonly first: { readonly place: number; readonly error: (Checked & { ok: false })['error'] } | undefined
}

const linesBytes = 262_144
const turnMs = 100
const warmUpMs = 500

/** Runs every record through both engines. @throws Error when they differ in anything a client or the log would see. */
export function judge({ wasm, js }: Pick<Engines, 'wasm' | 'js'>, records: readonly FileRecord[]): Judged {
  const judged = { valid: 0, refused: 0, first: undefined as Judged['first'] }
  for (const { place, bytes } of records) {
    const checked = wasm.check(bytes)
    if (!isSame(checked, js.check(bytes))) throw new Error(`the engines disagree on record ${place}: this is a defect`)
    if (checked.ok) judged.valid++
    else {
      judged.refused++
      judged.first ??= { place, error: checked.error }
    }
  }
  return judged
}

function isSame(one: Checked, other: Checked): boolean {
  if (!one.ok || !other.ok) return !one.ok && !other.ok && JSON.stringify(one.error) === JSON.stringify(other.error)
  return one.key === other.key && Buffer.compare(one.value, other.value) === 0
}

type Case = { readonly shape: Shape; readonly recordCount: number; run(name: EngineName): void }

function casesOf(engines: Engines, records: readonly FileRecord[]): Case[] {
  const bodies = joinLines(records)
  const { gathered } = engines
  return [
    { shape: 'gathered', recordCount: gathered.recordCount, run: (name) => gathered.run(name) },
    { shape: 'lines', recordCount: records.length, run: (name) => encodeAll(engines[name], bodies) },
    { shape: 'call', recordCount: records.length, run: (name) => checkAll(engines[name], records) },
  ]
}

/** Measures both engines over each shape, in turn, `rounds` times. */
export function compare(engines: Engines, records: readonly FileRecord[], rounds: number): Comparison[] {
  const cases = casesOf(engines, records).filter(({ recordCount }) => recordCount > 0)
  const measured = cases.map((each) => ({ each, wasm: [] as number[], js: [] as number[] }))
  for (const { run } of cases) for (const name of ['wasm', 'js'] as const) turn(() => run(name), warmUpMs)
  for (let round = 0; round < rounds; round++) {
    // Who goes first changes every round, so that neither always pays for what the other left behind.
    const order = round % 2 === 0 ? (['wasm', 'js'] as const) : (['js', 'wasm'] as const)
    for (const { each, ...figures } of measured) {
      for (const name of order) figures[name].push(turn(() => each.run(name), turnMs) / each.recordCount)
    }
  }
  return measured.map(({ each, wasm, js }) => ({
    shape: each.shape,
    wasmNs: median(wasm),
    jsNs: median(js),
    ratio: ratioInterval(js, wasm),
  }))
}

/** Nanoseconds of processor time a record that `check` takes by itself, median of the rounds. */
export function measureAlone(check: (record: Buffer) => void, records: readonly FileRecord[], rounds: number): number {
  const run = () => {
    for (const { bytes } of records) check(bytes)
  }
  turn(run, warmUpMs)
  return median(Array.from({ length: rounds }, () => turn(run, turnMs) / records.length))
}

function checkAll(kernel: Kernel, records: readonly FileRecord[]): void {
  for (const { bytes } of records) kernel.check(bytes)
}

function encodeAll(kernel: Kernel, bodies: readonly Buffer[]): void {
  for (const body of bodies) kernel.encodeBatch(body, { timestampMs: 0, errorsMax: 1 })
}

/** NDJSON bodies of about `linesBytes`. */
function joinLines(records: readonly FileRecord[]): Buffer[] {
  const bodies: Buffer[] = []
  let lines: Buffer[] = []
  let bytes = 0
  for (const [index, record] of records.entries()) {
    lines.push(record.bytes, lineEnd)
    bytes += record.bytes.length + 1
    if (bytes < linesBytes && index + 1 < records.length) continue
    bodies.push(Buffer.concat(lines))
    lines = []
    bytes = 0
  }
  return bodies
}

const lineEnd = Buffer.from('\n')

/** Runs again and again for at least `ms`; returns the nanoseconds of processor time a run took. */
function turn(run: () => void, ms: number): number {
  const before = process.cpuUsage()
  const startedMs = performance.now()
  let runs = 0
  do {
    run()
    runs++
  } while (performance.now() - startedMs < ms)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / runs
}
