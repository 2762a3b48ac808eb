// Slow clients beside healthy ones: what an order takes at a constant rate while nobody is slow, and while a thousand
// connections of slowhttptest are slow in one of four ways. Timers are the built-in ones, so the slow connections are there
// all the time. A healthy request that is not answered with 202 fails the benchmark.
import { setTimeout as sleep } from 'node:timers/promises'
import { orderStream } from '../src/config/orders.ts'
import type { LoadResult } from '../src/load/result.ts'
import { median, medianOf } from '../src/measure/statistics.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { type BenchArguments, readArguments } from './arguments.ts'
import { runJob } from './child.ts'
import { writeReport } from './report.ts'
import { type Server, sluice, startServer } from './servers.ts'
import { type Attack, attack, countSockets, hasSlowhttptest, type Site } from './slowhttptest.ts'

export type SlowRow = {
  readonly attack: string
  /** Slow connections the server held while the healthy ones were measured. */
  readonly slowConnections: number
  readonly p50Us: number
  readonly p99Us: number
  readonly maxUs: number
  readonly rssBytes: number | undefined
  /** p99 over that of the measurement just before, without slow clients. */
  readonly p99Ratio: number
}
export type SlowResult = {
  readonly arguments: BenchArguments
  readonly rows: readonly SlowRow[]
  readonly missing: Readonly<Record<string, string>>
}

/** Healthy clients must not notice more than this. */
const p99RatioMax = 2
const ratePerSecond = 2000
const connections = 64
const slowConnectionsLong = 1000
const slowConnectionsShort = 100
const slowPerSecond = 250
const settleMs = 2000
const rampMsMax = 30_000
const kinds: readonly Attack[] = ['slow head', 'slow body', 'slow reading', 'slow reading, pipelined']

const noteSchema = {
  type: 'object',
  properties: { id: { type: 'string' }, text: { type: 'string' } },
  required: ['id', 'text'],
}
const notes = { path: '/api/note', schema: noteSchema, key: '/id' }
const kind = sluice('sluice-slow', 'Sluice', { streams: { orders: orderStream, notes } })

export const slowColumns: readonly Column<SlowRow>[] = [
  { title: 'slow clients', value: (row) => row.attack },
  { title: 'held at once', value: (row) => row.slowConnections },
  { title: 'p50 ms', value: (row) => row.p50Us / 1000, digits: 2 },
  { title: 'p99 ms', value: (row) => row.p99Us / 1000, digits: 2 },
  { title: 'max ms', value: (row) => row.maxUs / 1000, digits: 1 },
  { title: 'RSS MiB', value: (row) => row.rssBytes && row.rssBytes / 2 ** 20 },
  { title: 'p99, of that without', value: (row) => row.p99Ratio, digits: 2 },
  { title: 'within twice', value: (row) => (row.p99Ratio <= p99RatioMax ? 'yes' : 'no') },
]

type Measured = { readonly result: LoadResult; readonly sockets: number; readonly p99Ratio: number }

async function healthy(server: Server, run: number, { warmupMs, measureMs }: BenchArguments): Promise<LoadResult> {
  const { target, pid } = server
  const job = { target, serverPid: pid, connections, depth: 1, warmupMs, measureMs, run, variant: 'plain' } as const
  const result = await runJob({ loop: 'open', ...job, ratePerSecond })
  const other = Object.keys(result.statuses).filter((status) => status !== '202')
  if (other.length > 0 || result.lost > 0)
    throw new Error(`healthy clients got ${JSON.stringify(result.statuses)}, lost ${result.lost}`)
  return result
}

/** Puts a record of 200 KB where slow readers find it. */
async function storeLarge({ target: { host, port } }: Server): Promise<Site> {
  const postUrl = `http://${host}:${port}/api/note`
  const body = JSON.stringify({ id: 'large', text: 'x'.repeat(200_000) })
  const stored = await fetch(postUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  if (!stored.ok) throw new Error(`the large record got ${stored.status}: ${await stored.text()}`)
  return { postUrl: `http://${host}:${port}${orderStream.path}`, largeUrl: `${postUrl}/large` }
}

async function attacked(
  server: Server,
  site: Site,
  of: Attack,
  run: number,
  args: BenchArguments,
): Promise<Pick<Measured, 'result' | 'sockets'>> {
  const idleSockets = countSockets(server.pid)
  const slowConnections = args.short ? slowConnectionsShort : slowConnectionsLong
  const slow = attack(of, site, slowConnections, slowPerSecond)
  try {
    await allThere(server.pid, idleSockets + slowConnections)
    const sockets = countSockets(server.pid) - idleSockets
    return { sockets, result: await healthy(server, run, args) }
  } finally {
    await slow.end()
  }
}

// What is asked is how healthy clients fare beside slow ones, not while a thousand connections are opened.
async function allThere(pid: number, sockets: number): Promise<void> {
  const deadlineMs = performance.now() + rampMsMax
  while (countSockets(pid) < sockets && performance.now() < deadlineMs) await sleep(100)
  await sleep(settleMs)
}

function rowOf(name: string, rounds: readonly Measured[]): SlowRow {
  return {
    attack: name,
    slowConnections: median(rounds.map(({ sockets }) => sockets)),
    p50Us: median(rounds.map(({ result }) => result.latencyUs.p50)),
    p99Us: median(rounds.map(({ result }) => result.latencyUs.p99)),
    maxUs: median(rounds.map(({ result }) => result.latencyUs.max)),
    rssBytes: medianOf(rounds.map(({ result }) => result.serverRssBytes)),
    p99Ratio: median(rounds.map(({ p99Ratio }) => p99Ratio)),
  }
}

async function measure(server: Server, args: BenchArguments): Promise<SlowRow[]> {
  const site = await storeLarge(server)
  const rows = new Map<string, Measured[]>([['none', []], ...kinds.map((of): [string, Measured[]] => [of, []])])
  let run = 0
  for (let round = 0; round < args.rounds; round++) {
    for (const of of kinds) {
      const without = await healthy(server, run++, args)
      rows.get('none')!.push({ result: without, sockets: 0, p99Ratio: 1 })
      const { result, sockets } = await attacked(server, site, of, run++, args)
      rows.get(of)!.push({ result, sockets, p99Ratio: result.latencyUs.p99 / without.latencyUs.p99 })
    }
    console.log(`round ${round + 1} of ${args.rounds} done`)
  }
  return [...rows].map(([name, rounds]) => rowOf(name, rounds))
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  if (!hasSlowhttptest) {
    console.log('left out: slowhttptest is not there (Debian: apt-get install slowhttptest)')
    return
  }
  const server = await startServer(kind)
  if ('missing' in server) throw new Error(server.missing)
  try {
    const rows = await measure(server, args)
    console.log(textTable(slowColumns, rows))
    const result: SlowResult = { arguments: args, rows, missing: {} }
    console.log(`written to ${writeReport('slow', result)}`)
  } finally {
    await server.stop()
  }
}

if (import.meta.main) await main()
