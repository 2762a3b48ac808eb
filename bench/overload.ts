// Four times what a server can do, then half of it: how much good work it still does under a flood, how fast it refuses the
// rest, and how soon it is itself again. Twice: where the processor is what limits it, against its peak in a closed loop just
// before; and where the drain is, which is what a sale looks like: a full log, from which only as much goes as the sink takes.
// Clients are independent: many connections with one request on each. What finds none free waits, and that is in the table:
// past the processor's limit the sockets fill, and most of the flood cannot even arrive.
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadResult } from '../src/load/result.ts'
import { median } from '../src/measure/statistics.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { type BenchArguments, isTaken, readArguments } from './arguments.ts'
import { runJob } from './child.ts'
import { writeReport } from './report.ts'
import { type Server, type ServerKind, serverKinds, sluice, startServer } from './servers.ts'

export type OverloadRow = {
  readonly server: string
  readonly title: string
  /** What limits the server. */
  readonly limit: Limit
  readonly peakPerSecond: number
  readonly offeredPerSecond: number
  /** Requests that were sent: the others found no connection free. */
  readonly arrivedPerSecond: number
  readonly goodPerSecond: number
  readonly goodP99Us: number
  readonly refusedPerSecond: number
  readonly refusedP99Us: number
  readonly lost: number
  /** Seconds from the flood's end until every second was good again; none: not within the measured time. */
  readonly recoverySeconds: number | undefined
}
export type OverloadResult = { readonly arguments: BenchArguments; readonly rows: readonly OverloadRow[] }

type Limit = 'processor' | 'drain'

const floodFactor = 4
const calmShare = 0.5
const goodShare = 0.95
/** Where the processor is the limit, many requests must be on the way to be a flood. */
const connectionsOf: Readonly<Record<Limit, number>> = { processor: 2048, drain: 256 }
const floodMs = 6000
const calmMs = 6000
/** The drain's pace where that is the limit, low enough that the flood is no trouble for the processor. */
const drainPerSecond = 2000
const defaultNames: readonly string[] = ['sluice', 'sluice-paced', 'go-journal']
const shortNames: readonly string[] = ['sluice', 'sluice-paced']

// The smallest backlog there may be, so that it is full in seconds.
const paced = sluice('sluice-paced', 'Sluice, drain at 2,000/s', {
  drain: { recordsPerSecond: drainPerSecond },
  log: { backlogBytesMax: 4_194_304, segmentBytes: 4_194_304 },
})

export const overloadColumns: readonly Column<OverloadRow>[] = [
  { title: 'server', value: (row) => row.title },
  { title: 'limited by', value: (row) => row.limit },
  { title: 'peak/s', value: (row) => row.peakPerSecond },
  { title: 'offered/s', value: (row) => row.offeredPerSecond },
  { title: 'arrived/s', value: (row) => row.arrivedPerSecond },
  { title: 'good/s', value: (row) => row.goodPerSecond },
  { title: 'of peak', value: (row) => `${((100 * row.goodPerSecond) / row.peakPerSecond).toFixed(0)} %` },
  { title: 'good p99 ms', value: (row) => row.goodP99Us / 1000 },
  { title: 'refused/s', value: (row) => row.refusedPerSecond },
  {
    title: 'refusal p99 ms',
    value: (row) => (row.refusedPerSecond > 0 ? row.refusedP99Us / 1000 : undefined),
    digits: 1,
  },
  { title: 'lost', value: (row) => row.lost },
  { title: 'recovery s', value: (row) => row.recoverySeconds },
]

/** The seconds before the first from which on all kept up; undefined when the last one did not. */
export function recoveryOf(goodBySecond: readonly number[], offeredPerSecond: number): number | undefined {
  const lastBad = goodBySecond.findLastIndex((good) => good < goodShare * offeredPerSecond)
  return lastBad === goodBySecond.length - 1 ? undefined : lastBad + 1
}

async function flood(server: Server, limit: Limit, firstRun: number, measureMs: number): Promise<OverloadRow> {
  const connections = connectionsOf[limit]
  const common = { target: server.target, serverPid: server.pid, connections, depth: 1, variant: 'plain' } as const
  const peakPerSecond =
    limit === 'drain'
      ? drainPerSecond
      : (await runJob({ loop: 'closed', ...common, measureMs, warmupMs: 1000, run: firstRun })).goodPerSecond
  const offered = Math.round(peakPerSecond * floodFactor)
  if (limit === 'drain') await fillUp(server)
  const open = { loop: 'open', ...common } as const
  // What the log found room for since it was filled must be used up again.
  const warmupMs = limit === 'drain' ? 2000 : 0
  const over = await runJob({ ...open, warmupMs, measureMs, ratePerSecond: offered, run: firstRun + 1 })
  const calmRate = Math.round(peakPerSecond * calmShare)
  const calmTime = { warmupMs: 0, measureMs: Math.max(calmMs, measureMs) }
  const calm = await runJob({ ...open, ...calmTime, ratePerSecond: calmRate, run: firstRun + 2 })
  const { name, title } = server.kind
  return {
    server: name,
    title,
    limit,
    peakPerSecond,
    offeredPerSecond: offered,
    arrivedPerSecond: offered - over.unsent / (over.seconds + warmupMs / 1000),
    goodPerSecond: over.goodPerSecond,
    goodP99Us: over.latencyUs.p99,
    refusedPerSecond: over.perSecond - over.goodPerSecond,
    refusedP99Us: over.refusedLatencyUs.p99,
    lost: over.lost,
    recoverySeconds: recoveryOf(wholeSeconds(calm), calmRate),
  }
}

/** Sends orders until the log takes no more. */
async function fillUp(server: Server): Promise<void> {
  const { target, pid } = server
  const job = { target, serverPid: pid, connections: 64, depth: 1, warmupMs: 0, measureMs: 1000 } as const
  for (let run = 0; run < fillRunsMax; run++) {
    const { statuses } = await runJob({ loop: 'closed', ...job, run: fillRun++, variant: 'plain' })
    if ((statuses[503] ?? 0) > 0) return
  }
  throw new Error(`${server.kind.title} still has room in its log after ${fillRunsMax} s`)
}

// Counted apart from the measured runs, whose keys must be theirs alone.
let fillRun = 1000
const fillRunsMax = 60

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
    arrivedPerSecond: middle((row) => row.arrivedPerSecond),
    goodPerSecond: middle((row) => row.goodPerSecond),
    goodP99Us: middle((row) => row.goodP99Us),
    refusedPerSecond: middle((row) => row.refusedPerSecond),
    refusedP99Us: middle((row) => row.refusedP99Us),
    lost: middle((row) => row.lost),
    // One round that did not come back is not outvoted by the others.
    recoverySeconds: recoveries.some((seconds) => seconds === undefined)
      ? undefined
      : Math.max(...recoveries.map(Number)),
  }
}

async function measure(kind: ServerKind, rounds: number, measureMs: number): Promise<OverloadRow | undefined> {
  const server = await startServer(kind)
  if ('missing' in server) {
    console.log(`left out: ${kind.title}: ${server.missing}`)
    return undefined
  }
  const limit = kind === paced ? 'drain' : 'processor'
  try {
    const rows: OverloadRow[] = []
    for (let round = 0; round < rounds; round++) {
      rows.push(await flood(server, limit, round * 3, measureMs))
      await sleep(1000)
    }
    return mediansOf(rows)
  } finally {
    await server.stop()
  }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  const names = args.only.length > 0 ? args.only : args.short ? shortNames : defaultNames
  const rows: OverloadRow[] = []
  for (const kind of [...serverKinds, paced].filter(({ name }) => isTaken(names, name))) {
    const row = await measure(kind, args.rounds, args.short ? 2000 : floodMs)
    if (row !== undefined) rows.push(row)
  }
  console.log(textTable(overloadColumns, rows))
  console.log(`written to ${writeReport('overload', { arguments: args, rows })}`)
}

if (import.meta.main) await main()
