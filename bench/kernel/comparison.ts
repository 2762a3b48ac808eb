// A piece of the kernel's work beside others who do the same: what is compared, and how long each takes. Contenders of a row
// take turns, round after round, and the medians of the rounds count. Nothing is timed before V8 has compiled it for good.
// Time is the processor time of this thread: what another program takes from the core is not in it, and neither is what V8's
// helper threads do for the garbage of those who make some.
import { measure } from 'mitata'
import { type Interval, median, ratioInterval } from '../../src/measure/statistics.ts'
import type { BenchArguments } from '../arguments.ts'

export const stages = ['orders', 'parse', 'validate', 'checksum', 'hash'] as const
export type Stage = (typeof stages)[number]

/** One who does the work: `run` goes over all items once. */
export type Contender = { readonly name: string; run(): void }
/** `atLeast`: how many times as fast the kernel is meant to be; left out where nothing was promised. */
export type Opponent = Contender & { readonly atLeast?: number }

export type Comparison = {
  readonly stage: Stage
  /** Unique; what `--only` takes. */
  readonly name: string
  readonly itemCount: number
  readonly itemBytes: number
  readonly ours: Contender
  readonly others: readonly Opponent[]
}

/** The kernel against one opponent. */
export type ComparedRow = {
  readonly stage: Stage
  readonly name: string
  readonly itemBytes: number
  readonly opponent: string
  readonly atLeast: number | undefined
  /** Nanoseconds an item, median of the rounds. */
  readonly kernelNs: number
  readonly opponentNs: number
  /** How many times as fast the kernel is, with the interval the rounds allow. */
  readonly ratio: Interval
  readonly kernelNsByRound: readonly number[]
  readonly opponentNsByRound: readonly number[]
}

const warmUpMs = 700
const warmUpPassesMin = 3
/** Of processor time, for each contender in each round, in samples long beside the ticks in which some systems count it. */
const slotMs = 200
const sampleMs = 50

type Timed = { readonly contender: Contender; readonly passesPerSample: number; readonly nsByRound: number[] }

/** Times every contender of every comparison, in turns. */
export async function compareAll(comparisons: readonly Comparison[], args: BenchArguments): Promise<ComparedRow[]> {
  // A tenth of everything, for a short run.
  const share = args.short ? 0.1 : 1
  const rows = comparisons.map(({ ours, others }) => [ours, ...others].map((contender) => warmUp(contender, share)))
  for (let round = 0; round < args.rounds; round++) {
    for (const [index, { itemCount }] of comparisons.entries()) {
      for (const timed of rows[index]!) timed.nsByRound.push((await passNs(timed, share)) / itemCount)
    }
  }
  return comparisons.flatMap((comparison, index) => rowsOf(comparison, rows[index]!))
}

function warmUp(contender: Contender, share: number): Timed {
  const startNs = threadNs()
  let [passes, spentNs] = [0, 0]
  while (passes < warmUpPassesMin || spentNs < share * warmUpMs * 1e6) {
    contender.run()
    passes++
    spentNs = threadNs() - startNs
  }
  return { contender, passesPerSample: Math.ceil((sampleMs * 1e6 * passes) / spentNs), nsByRound: [] }
}

async function passNs({ contender: { run }, passesPerSample }: Timed, share: number): Promise<number> {
  const sample = (): void => {
    for (let pass = 0; pass < passesPerSample; pass++) run()
  }
  const stats = await measure(sample, { now: threadNs, min_cpu_time: share * slotMs * 1e6, min_samples: 1 })
  return stats.avg / passesPerSample
}

function threadNs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) * 1000
}

function rowsOf(comparison: Comparison, timed: readonly Timed[]): ComparedRow[] {
  const { stage, name, itemBytes } = comparison
  const kernel = timed[0]!.nsByRound
  return comparison.others.map((opponent, index): ComparedRow => {
    const other = timed[index + 1]!.nsByRound
    return {
      stage,
      name,
      itemBytes,
      opponent: opponent.name,
      atLeast: opponent.atLeast,
      kernelNs: median(kernel),
      opponentNs: median(other),
      ratio: ratioInterval(other, kernel),
      kernelNsByRound: kernel,
      opponentNsByRound: other,
    }
  })
}
