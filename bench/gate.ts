// The regression gate: `node bench/gate.ts BASE` lays the base revision beside the working tree, lets both take turns over
// the same benchmarks, and fails where the working tree is slower beyond doubt: where even the favourable end of the 95 %
// interval of the ratio is past the tolerance. So noise widens the interval and never fails a change by itself.
// Every run is appended to bench/history.jsonl with its revision and machine.
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Interval, median, ratioInterval } from '../src/measure/statistics.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { runJob } from './child.ts'
import type { KernelResult } from './kernel.ts'
import { buildDir } from './peers/build.ts'
import { describeMachine, type Report } from './report.ts'
import { sluice, startServer } from './servers.ts'

/** Slower by less than this is not worth a stop, however sure it is. */
const tolerance = 0.03
const root = fileURLToPath(new URL('..', import.meta.url))
const history = fileURLToPath(new URL('history.jsonl', import.meta.url))

/** A cost, so that more is worse; one figure a round. */
type Metric = { readonly name: string; measure(tree: string): Promise<number | undefined> }
type Verdict = {
  readonly metric: string
  readonly base: number
  readonly head: number
  readonly ratio: Interval
  readonly slower: boolean
}

const columns: readonly Column<Verdict>[] = [
  { title: 'cost', value: (row) => row.metric },
  { title: 'base', value: (row) => row.base, digits: 2 },
  { title: 'now', value: (row) => row.head, digits: 2 },
  { title: 'now/base', value: (row) => row.ratio.middle, digits: 3 },
  { title: '95 % interval', value: ({ ratio }) => `${ratio.low.toFixed(3)}–${ratio.high.toFixed(3)}` },
  { title: 'verdict', value: (row) => (row.slower ? 'SLOWER' : 'ok') },
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, rounds: { type: 'string' } },
})
const rounds = Number(values.rounds ?? (values.short ? 3 : 7))
const timing = values.short ? { warmupMs: 500, measureMs: 1000 } : { warmupMs: 1000, measureMs: 3000 }

const metrics: readonly Metric[] = [
  { name: 'kernel, plain, ns/record', measure: (tree) => measureKernel(tree, 'plain') },
  { name: 'kernel, pretty, ns/record', measure: (tree) => measureKernel(tree, 'pretty') },
  { name: 'single order, server CPU µs', measure: measureSingle },
  { name: 'bulk, server CPU µs/record', measure: measureBulk },
]

// Each tree runs its own benchmark of its own kernel; only the shape of the result is agreed on.
async function measureKernel(tree: string, variant: string): Promise<number | undefined> {
  const script = join(tree, 'bench/kernel.ts')
  if (!existsSync(script)) return undefined
  const flags = ['--rounds', '1', '--only', variant, ...(values.short ? ['--short'] : [])]
  execFileSync(process.execPath, [script, ...flags], { cwd: tree, stdio: ['ignore', 'ignore', 'inherit'] })
  const report = JSON.parse(readFileSync(join(tree, 'build/bench/results/kernel.json'), 'utf8')) as Report<KernelResult>
  return report.result.rows[0]?.wasmNs
}

async function measureSingle(tree: string): Promise<number | undefined> {
  return withServer(tree, async (common) => {
    const result = await runJob({ loop: 'closed', ...common, connections: 64, depth: 1 })
    return result.serverCpuUs
  })
}

async function measureBulk(tree: string): Promise<number | undefined> {
  return withServer(tree, async (common) => {
    const result = await runJob({ loop: 'bulk', ...common, connections: 4, recordsPerRequest: 10_000 })
    return result.serverCpuUs
  })
}

async function withServer<T>(tree: string, use: (common: CommonJob) => Promise<T>): Promise<T | undefined> {
  const server = await startServer(sluice('gate', tree, {}, tree))
  if ('missing' in server) return undefined
  try {
    return await use({ target: server.target, serverPid: server.pid, ...timing, run: 1, variant: 'plain' })
  } finally {
    await server.stop()
  }
}

type CommonJob = {
  readonly target: { readonly host: string; readonly port: number; readonly path: string }
  readonly serverPid: number
  readonly warmupMs: number
  readonly measureMs: number
  readonly run: number
  readonly variant: 'plain'
}

/** Lays a revision out in a directory of its own, with its kernel built. The repository itself is not touched. */
function layOut(revision: string): string {
  const tree = join(buildDir, `base-${revision.slice(0, 12)}`)
  if (existsSync(tree)) rmSync(tree, { recursive: true })
  mkdirSync(tree, { recursive: true })
  const archive = `${tree}.tar`
  execFileSync('git', ['archive', '--output', archive, revision], { cwd: root })
  execFileSync('tar', ['-xf', archive, '-C', tree])
  rmSync(archive)
  const sameLock = readFileSync(join(tree, 'package-lock.json')).equals(readFileSync(join(root, 'package-lock.json')))
  if (sameLock) symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  else execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: tree, stdio: ['ignore', 'ignore', 'inherit'] })
  buildKernel(tree)
  return tree
}

function buildKernel(tree: string): void {
  execFileSync('npm', ['run', '--silent', 'build:kernel'], { cwd: tree, stdio: ['ignore', 'ignore', 'inherit'] })
}

async function judge(metric: Metric, base: string): Promise<Verdict | undefined> {
  const figures = { base: [] as number[], head: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    // Who goes first changes every round, so that neither always finds the machine warm.
    const order = round % 2 === 0 ? (['base', 'head'] as const) : (['head', 'base'] as const)
    for (const side of order) {
      const figure = await metric.measure(side === 'base' ? base : root)
      if (figure === undefined) return undefined
      figures[side].push(figure)
    }
  }
  const ratio = ratioInterval(figures.head, figures.base)
  const [baseMedian, headMedian] = [median(figures.base), median(figures.head)]
  return { metric: metric.name, base: baseMedian, head: headMedian, ratio, slower: ratio.low > 1 + tolerance }
}

async function main(): Promise<number> {
  const [name] = positionals
  if (name === undefined) throw new TypeError('name the revision to compare with: npm run bench:gate -- BASE')
  const revision = execFileSync('git', ['rev-parse', `${name}^{commit}`], { cwd: root, encoding: 'utf8' }).trim()
  buildKernel(root)
  const base = layOut(revision)
  try {
    const verdicts: Verdict[] = []
    for (const metric of metrics) {
      const verdict = await judge(metric, base)
      if (verdict === undefined) console.log(`left out: ${metric.name}: cannot be measured on both`)
      else verdicts.push(verdict)
    }
    console.log(textTable(columns, verdicts))
    appendFileSync(history, `${JSON.stringify({ base: revision, machine: describeMachine(), rounds, verdicts })}\n`)
    return verdicts.length === 0 || verdicts.some(({ slower }) => slower) ? 1 : 0
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

if (import.meta.main) process.exitCode = await main()
