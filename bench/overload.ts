// Four times the peak, then half of it: how much good work a server still does under a flood, how fast it refuses the
// rest, and how soon it is itself again. Requests are pipelined, since one machine could not offer the flood otherwise; the
// peak is measured the same way. A server is back when good answers keep up with what is offered, second by second.

import type { LoadResult } from '../src/load/result.ts'
import { median } from '../src/measure/statistics.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { readArguments } from './arguments.ts'
import { runJob } from './child.ts'
import { writeReport } from './report.ts'
import { type Server, serverKinds, startServer } from './servers.ts'

export type OverloadRow = {
  readonly server: string
  readonly title: string
  readonly peakPerSecond: number
  readonly offeredPerSecond: number
  readonly goodPerSecond: number
  readonly refusedPerSecond: number
  readonly refusedP99Us: number
  readonly lost: number
  /** Seconds from the flood's end until every second was good again; none: not within the measured time. */
  readonly recoverySeconds: number | undefined
}
export type OverloadResult = { readonly rows: readonly OverloadRow[] }

const floodFactor = 4
const calmShare = 0.5
const goodShare = 0.95
const connections = 256
const depth = 64
const peakDepth = 8
const defaultNames: readonly string[] = ['sluice', 'go-journal']

export const overloadColumns: readonly Column<OverloadRow>[] = [
  { title: 'server', value: (row) => row.title },
  { title: 'peak/s', value: (row) => row.peakPerSecond },
  { title: 'offered/s', value: (row) => row.offeredPerSecond },
  { title: 'good/s', value: (row) => row.goodPerSecond },
  { title: 'of peak', value: (row) => `${((100 * row.goodPerSecond) / row.peakPerSecond).toFixed(0)} %` },
  { title: 'refused/s', value: (row) => row.refusedPerSecond },
  { title: 'refusal p99 ms', value: (row) => row.refusedP99Us / 1000, digits: 1 },
  { title: 'connections lost with', value: (row) => row.lost },
  { title: 'recovery s', value: (row) => row.recoverySeconds },
]

/** The seconds before the first from which on all kept up; undefined when the last one did not. */
export function recoveryOf(goodBySecond: readonly number[], offeredPerSecond: number): number | undefined {
  const lastBad = goodBySecond.findLastIndex((good) => good < goodShare * offeredPerSecond)
  return lastBad === goodBySecond.length - 1 ? undefined : lastBad + 1
}

async function flood(server: Server, firstRun: number, measureMs: number): Promise<OverloadRow> {
  const common = { target: server.target, serverPid: server.pid, connections, measureMs, variant: 'plain' } as const
  const peak = await runJob({ loop: 'closed', ...common, warmupMs: 1000, depth: peakDepth, run: firstRun })
  const offered = Math.round(peak.goodPerSecond * floodFactor)
  const open = { loop: 'open', ...common, warmupMs: 0, depth } as const
  const over = await runJob({ ...open, ratePerSecond: offered, run: firstRun + 1 })
  const calmRate = Math.round(peak.goodPerSecond * calmShare)
  const calm = await runJob({ ...open, measureMs: 2 * measureMs, ratePerSecond: calmRate, run: firstRun + 2 })
  const { name, title } = server.kind
  return {
    server: name,
    title,
    peakPerSecond: peak.goodPerSecond,
    offeredPerSecond: offered,
    goodPerSecond: over.goodPerSecond,
    refusedPerSecond: over.perSecond - over.goodPerSecond,
    refusedP99Us: over.refusedLatencyUs.p99,
    lost: over.lost,
    recoverySeconds: recoveryOf(wholeSeconds(calm), calmRate),
  }
}

// The last entry covers a part of a second.
function wholeSeconds(result: LoadResult): readonly number[] {
  return result.goodBySecond.slice(0, Math.floor(result.seconds))
}

function mediansOf(rounds: readonly OverloadRow[]): OverloadRow {
  const middle = (of: (row: OverloadRow) => number): number => median(rounds.map(of))
  const recoveries = rounds.map((round) => round.recoverySeconds)
  return {
    ...rounds[0]!,
    peakPerSecond: middle((row) => row.peakPerSecond),
    offeredPerSecond: middle((row) => row.offeredPerSecond),
    goodPerSecond: middle((row) => row.goodPerSecond),
    refusedPerSecond: middle((row) => row.refusedPerSecond),
    refusedP99Us: middle((row) => row.refusedP99Us),
    lost: middle((row) => row.lost),
    // One round that did not come back is not outvoted by the others.
    recoverySeconds: recoveries.some((seconds) => seconds === undefined)
      ? undefined
      : Math.max(...recoveries.map(Number)),
  }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  const names = args.only.length > 0 ? args.only : args.short ? ['sluice'] : defaultNames
  const measureMs = args.short ? 2000 : 10_000
  const rows: OverloadRow[] = []
  for (const kind of serverKinds.filter(({ name }) => names.includes(name))) {
    const server = await startServer(kind)
    if ('missing' in server) {
      console.log(`left out: ${kind.title}: ${server.missing}`)
      continue
    }
    try {
      const rounds: OverloadRow[] = []
      for (let round = 0; round < args.rounds; round++) rounds.push(await flood(server, round * 3, measureMs))
      rows.push(mediansOf(rounds))
    } finally {
      await server.stop()
    }
  }
  console.log(textTable(overloadColumns, rows))
  console.log(`written to ${writeReport('overload', { arguments: args, rows })}`)
}

if (import.meta.main) await main()
