// `sluice bench load`: asks any HTTP server for single records at a constant rate and tells how long it took, counted from when
// each request was due. Without a rate it asks as fast as answers come, which shows the rate to begin with.
// What always holds: what was not answered is in the figures, and what this process could not offer is said.
import { randomBytes } from 'node:crypto'
import { runClosed } from '../load/closed.ts'
import { LoadError } from '../load/crowd.ts'
import type { Latency } from '../load/histogram.ts'
import { runOpen } from '../load/open.ts'
import { makeOrders } from '../load/orders.ts'
import type { LoadResult } from '../load/result.ts'
import { authorityOf, deal, dealShared, makeTemplate, type Target, type Template } from '../load/templates.ts'
import { type Column, textTable } from '../measure/table.ts'
import { readSample } from './bench-sample.ts'
import { type Command, exitCode, print, readArguments, UsageError, wholeNumber } from './command.ts'
import { grouped } from './progress.ts'

const options = {
  url: { type: 'string' },
  rate: { type: 'string' },
  seconds: { type: 'string' },
  warmup: { type: 'string' },
  connections: { type: 'string' },
  depth: { type: 'string' },
  data: { type: 'string' },
  pid: { type: 'string' },
  json: { type: 'boolean' },
} as const

const sampleBytesMax = 256 * 2 ** 20
const ordersMin = 4096
/** From here on the generator's own queue of work is part of what it measures. */
const busyShare = 0.8

type Plan = {
  readonly target: Target
  readonly ratePerSecond: number | undefined
  readonly warmupMs: number
  readonly measureMs: number
  readonly connections: number
  readonly depth: number
  readonly serverPid: number | undefined
}

export const benchLoad: Command = {
  help: `Sends single JSON records to URL, such as http://127.0.0.1:8080/api/order: --rate R (1 to 1,000,000) a second, for --seconds
(10) after --warmup (1) seconds, over --connections (64), each with up to --depth (1) requests on the way. Requests start when
they are due whether or not the server keeps up, and latency counts from then. Without --rate each connection sends again as
soon as it has its answer: that shows the most the server does, and its latencies are not those of clients who do not wait.
Records are orders of the built-in stream, each with a key of its own, or those of --data FILE (as for "sluice send"), in turn
and from the start again. --pid N reads the processor time of a server on this machine. --json prints the figures for a
program. Exit code 0: every request was answered with 2xx; 1: some were not; 2: the command line is wrong.`,
  async run(args) {
    const { values } = readArguments(args, options, { min: 0, max: 0 })
    const plan: Plan = {
      target: targetOf(values.url),
      ratePerSecond: values.rate === undefined ? undefined : wholeNumber('rate', values.rate, 0, 1, 1_000_000),
      warmupMs: wholeNumber('warmup', values.warmup, 1, 0, 3600) * 1000,
      measureMs: wholeNumber('seconds', values.seconds, 10, 1, 86_400) * 1000,
      connections: wholeNumber('connections', values.connections, 64, 1, 50_000),
      depth: wholeNumber('depth', values.depth, 1, 1, 1024),
      serverPid: values.pid === undefined ? undefined : wholeNumber('pid', values.pid, 0, 1, 2 ** 31),
    }
    const hands = values.data === undefined ? dealOrders(plan) : await dealRecords(plan, values.data)
    return measure(plan, hands, values.json ?? false)
  },
}

function targetOf(written: string | undefined): Target {
  if (written === undefined) throw new UsageError('--url URL is missing')
  const url = URL.parse(written)
  if (url?.protocol !== 'http:') throw new UsageError(`--url takes an http URL, not ${JSON.stringify(written)}`)
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 80 : Number(url.port),
    path: url.pathname + url.search,
  }
}

function dealOrders({ target, connections }: Plan): Template[][] {
  const run = `load-${Date.now().toString(36)}${randomBytes(3).toString('hex')}`
  const orders = makeOrders(run, Math.max(ordersMin, connections))
  return deal(
    orders.map(({ text, key }) => makeTemplate(target, text, key)),
    connections,
  )
}

async function dealRecords({ target, connections }: Plan, file: string): Promise<Template[][]> {
  const { records, isCut } = await readSample(file, sampleBytesMax)
  if (isCut) process.stderr.write(`${file} is long: its first ${grouped(records.length)} records are sent\n`)
  return dealShared(
    records.map(({ bytes }) => makeTemplate(target, bytes, undefined)),
    connections,
  )
}

async function measure(plan: Plan, hands: readonly (readonly Template[])[], asJson: boolean): Promise<number> {
  try {
    const { ratePerSecond } = plan
    const result = await (ratePerSecond === undefined
      ? runClosed({ ...plan, hands })
      : runOpen({ ...plan, ratePerSecond, hands }))
    if (asJson) print(JSON.stringify({ ...plan, ...result }))
    else tell(plan, result)
    return isAllGood(result) ? exitCode.OK : exitCode.FAILED
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    process.stderr.write(`sluice: ${error.message}\n`)
    return exitCode.FAILED
  }
}

function isAllGood({ statuses, lost, unsent, answered }: LoadResult): boolean {
  const isGood = Object.keys(statuses).every((status) => status.startsWith('2'))
  return isGood && lost + unsent === 0 && answered > 0
}

type Row = { readonly name: string; readonly latencyUs: Latency; readonly perSecond: number }

const columns: readonly Column<Row>[] = [
  { title: '', value: (row) => row.name },
  { title: 'requests/s', value: (row) => row.perSecond },
  ...(['p50', 'p90', 'p99', 'p999', 'max'] as const).map(
    (name): Column<Row> => ({
      title: `${name === 'p999' ? 'p99.9' : name} ms`,
      value: (row) => row.latencyUs[name] / 1000,
      digits: 2,
    }),
  ),
]

function tell(plan: Plan, result: LoadResult): void {
  const { target, ratePerSecond, connections, measureMs } = plan
  const loop = ratePerSecond === undefined ? 'as fast as answers come' : `${grouped(ratePerSecond)} requests/s`
  print(`${loop}, http://${authorityOf(target)}${target.path}, ${connections} connections, ${measureMs / 1000} s\n`)
  print(textTable(columns, rowsOf(result)))
  print(`\nanswered    ${grouped(result.answered)}${shareOf(plan, result)}`)
  for (const [status, count] of Object.entries(result.statuses)) print(`  ${status}       ${grouped(count)}`)
  print(`lost        ${grouped(result.lost)}, with their connection`)
  for (const [code, count] of Object.entries(result.errors)) print(`  ${code} ${grouped(count)}`)
  if (ratePerSecond !== undefined) print(`never sent  ${grouped(result.unsent)}, due and without a free connection`)
  if (result.serverCpuUs !== undefined)
    print(`server      ${result.serverCpuUs.toFixed(1)} µs of processor time a request`)
  const share = Math.round(result.generatorShare * 100)
  print(`generator   ${share} % of a core`)
  if (result.generatorShare > busyShare)
    print('The generator had hardly a moment to spare: what is missing may be its own, not the server’s.')
}

/** Latency of what was taken, with the waiting of what was never answered; and that of refusals. */
function rowsOf(result: LoadResult): Row[] {
  const good = { name: '2xx', latencyUs: result.latencyUs, perSecond: result.goodPerSecond }
  const refusedPerSecond = result.perSecond - result.goodPerSecond
  const refused = { name: 'other', latencyUs: result.refusedLatencyUs, perSecond: refusedPerSecond }
  return refusedPerSecond > 0 ? [good, refused] : [good]
}

function shareOf({ ratePerSecond }: Plan, { perSecond }: LoadResult): string {
  if (ratePerSecond === undefined) return ''
  return `, ${grouped(Math.round(perSecond))} a second: ${((100 * perSecond) / ratePerSecond).toFixed(1)} % of the rate`
}
