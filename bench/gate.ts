// The regression gate: `npm run bench:gate -- BASE` lays the base revision beside the working tree, lets both take turns over
// the same benchmarks, and fails where the working tree is slower beyond doubt: where even the favourable end of the 95 %
// interval of the ratio is past the tolerance, and a second measurement, as long again, says the same. So noise widens the
// interval and does not fail a change. Every run is appended to bench/history.jsonl.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Interval, median, ratioInterval } from '../src/measure/statistics.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { type Metric, metrics, type Side, type Timing, type Trees } from './gate-metrics.ts'
import { buildKernel, layOut } from './gate-trees.ts'
import { appendHistory } from './history.ts'

/** Slower by less than this is not worth a stop, however sure it is. */
const tolerance = 0.03
const root = fileURLToPath(new URL('..', import.meta.url))

export type Verdict = {
  readonly metric: string
  readonly base: number
  readonly head: number
  readonly ratio: Interval
  readonly slower: boolean
}
type Figures = Readonly<Record<Side, readonly number[]>>

const columns: readonly Column<Verdict>[] = [
  { title: 'cost', value: (row) => row.metric },
  { title: 'base', value: (row) => row.base, digits: 2 },
  { title: 'now', value: (row) => row.head, digits: 2 },
  { title: 'now/base', value: (row) => row.ratio.middle, digits: 3 },
  { title: '95 % interval', value: ({ ratio }) => `${ratio.low.toFixed(3)}–${ratio.high.toFixed(3)}` },
  { title: 'verdict', value: (row) => (row.slower ? 'SLOWER' : 'ok') },
]

/** What one set of figures says. */
export function verdictOf(metric: string, { base, head }: Figures): Verdict {
  const ratio = ratioInterval(head, base)
  return { metric, base: median(base), head: median(head), ratio, slower: ratio.low > 1 + tolerance }
}

/**
 * Measures, and where that says slower, once more: of nothing but chance, one set of figures in a hundred or so looks
 * slower, and there are several metrics a run. The figures told are those of both.
 */
export async function judge(name: string, measure: () => Promise<Figures | undefined>): Promise<Verdict | undefined> {
  const first = await measure()
  if (first === undefined) return undefined
  const verdict = verdictOf(name, first)
  if (!verdict.slower) return verdict
  const second = await measure()
  if (second === undefined) return undefined
  const both = verdictOf(name, {
    base: [...first.base, ...second.base],
    head: [...first.head, ...second.head],
  })
  return { ...both, slower: both.slower && verdictOf(name, second).slower }
}

async function judgeMetric(metric: Metric, trees: Trees, rounds: number, timing: Timing): Promise<Verdict | undefined> {
  const meter = await metric.open(trees, timing)
  if (meter === undefined) return undefined
  let run = 0
  try {
    return await judge(metric.name, async () => {
      const figures: Record<Side, number[]> = { base: [], head: [] }
      for (let round = 0; round < rounds; round++, run++) {
        // Who goes first changes every round, so that neither always finds the machine warm.
        for (const side of round % 2 === 0 ? (['base', 'head'] as const) : (['head', 'base'] as const)) {
          const figure = await meter.measure(side, run)
          if (figure === undefined) return undefined
          figures[side].push(figure)
        }
      }
      return figures
    })
  } finally {
    await meter.end()
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { short: { type: 'boolean', default: false }, rounds: { type: 'string' } },
  })
  const [name] = positionals
  if (name === undefined) throw new TypeError('name the revision to compare with: npm run bench:gate -- BASE')
  const rounds = Number(values.rounds ?? (values.short ? 5 : 9))
  const timing = values.short ? { warmupMs: 300, measureMs: 1000 } : { warmupMs: 1000, measureMs: 3000 }
  const revision = execFileSync('git', ['rev-parse', `${name}^{commit}`], { cwd: root, encoding: 'utf8' }).trim()
  buildKernel(root)
  const base = layOut(root, revision)
  try {
    const verdicts: Verdict[] = []
    for (const metric of metrics) {
      const verdict = await judgeMetric(metric, { base, head: root }, rounds, timing)
      if (verdict === undefined) console.log(`left out: ${metric.name}: cannot be measured on both`)
      else verdicts.push(verdict)
    }
    console.log(textTable(columns, verdicts))
    appendHistory('gate', { base: revision, short: values.short, rounds, verdicts })
    return verdicts.length === 0 || verdicts.some(({ slower }) => slower) ? 1 : 0
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

if (import.meta.main) process.exitCode = await main()
