// Bulk load: NDJSON bodies of many records over a few connections, each body sent again as soon as it was answered, with
// every record's serial number counted up so that the server sees only new keys. It counts what the answers say was
// accepted, not what was sent; an answer it cannot read, or one that names no count, ends the run.
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCpuMs, readRssBytes, usEach } from '../../src/load/cpu.ts'
import { type Histogram, type Latency, makeHistogram, record, summarize } from '../../src/load/histogram.ts'
import { countUp, findEnd, type Target } from '../../src/load/templates.ts'

export type BulkOptions = {
  readonly target: Target
  /** One JSON text for each record of a body, without line ends, and the key in each that a serial number ends. */
  readonly texts: readonly string[]
  readonly keys: readonly string[]
  readonly connections: number
  readonly recordsPerRequest: number
  readonly warmupMs: number
  readonly measureMs: number
  readonly serverPid: number | undefined
}

export type BulkResult = {
  readonly seconds: number
  readonly recordBytes: number
  /** Records the server said it accepted, in the measured time. */
  readonly accepted: number
  readonly acceptedPerSecond: number
  /** Records it said it accepted from the first request to the last. */
  readonly acceptedInAll: number
  /** Records it answered for in another way: duplicate, conflict, invalid, refused. */
  readonly notAccepted: number
  readonly statuses: Readonly<Record<string, number>>
  readonly requestLatencyUs: Latency
  /** Processor time in µs for each accepted record. */
  readonly serverCpuUs: number | undefined
  readonly generatorCpuUs: number | undefined
  readonly serverRssBytes: number | undefined
}

type Body = { readonly bytes: Buffer; readonly serialEnds: Uint32Array; readonly agent: Agent }

type Tally = {
  measuring: boolean
  stopping: boolean
  accepted: number
  acceptedInAll: number
  notAccepted: number
  readonly statuses: Record<string, number>
  readonly latency: Histogram
}

type Summary = { accepted: number; duplicate: number; conflict: number; invalid: number; refused?: number }

/** Runs until the measured time is over. @throws Error when a connection fails or an answer is no summary. */
export async function runBulk(options: BulkOptions): Promise<BulkResult> {
  const tally: Tally = {
    measuring: false,
    stopping: false,
    accepted: 0,
    acceptedInAll: 0,
    notAccepted: 0,
    statuses: {},
    latency: makeHistogram(),
  }
  const bodies = Array.from({ length: options.connections }, (_, index) => makeBody(options, index))
  const loops = bodies.map((body) => sendAgain(options.target, body, tally))
  const timed = measure(options, tally)
  const [result] = await Promise.all([timed, ...loops])
  for (const body of bodies) body.agent.destroy()
  return { ...result, acceptedInAll: tally.acceptedInAll, recordBytes: recordBytesOf(bodies) }
}

async function measure(options: BulkOptions, tally: Tally): Promise<Omit<BulkResult, 'recordBytes' | 'acceptedInAll'>> {
  await sleep(options.warmupMs)
  const startedMs = performance.now()
  const serverBefore = readServerCpuMs(options)
  const ownBefore = process.cpuUsage()
  tally.measuring = true
  await sleep(options.measureMs)
  tally.measuring = false
  const seconds = (performance.now() - startedMs) / 1000
  const serverAfter = readServerCpuMs(options)
  const own = process.cpuUsage(ownBefore)
  tally.stopping = true
  const cpuMs = serverBefore === undefined || serverAfter === undefined ? undefined : serverAfter - serverBefore
  return {
    seconds,
    accepted: tally.accepted,
    acceptedPerSecond: tally.accepted / seconds,
    notAccepted: tally.notAccepted,
    statuses: tally.statuses,
    requestLatencyUs: summarize(tally.latency),
    serverCpuUs: usEach(cpuMs, tally.accepted),
    generatorCpuUs: usEach((own.user + own.system) / 1000, tally.accepted),
    serverRssBytes: options.serverPid === undefined ? undefined : readRssBytes(options.serverPid),
  }
}

async function sendAgain(target: Target, body: Body, tally: Tally): Promise<void> {
  while (!tally.stopping) {
    for (const end of body.serialEnds) countUp(body.bytes, end)
    const startedMs = performance.now()
    const { status, summary } = await send(target, body)
    tally.acceptedInAll += summary.accepted
    if (tally.measuring) tallyUp(tally, status, summary, performance.now() - startedMs)
  }
}

function tallyUp(tally: Tally, status: number, summary: Summary, latencyMs: number): void {
  tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
  tally.accepted += summary.accepted
  tally.notAccepted += summary.duplicate + summary.conflict + summary.invalid + (summary.refused ?? 0)
  record(tally.latency, latencyMs)
}

/** One request; the body's bytes may be changed once it resolves. */
function send(target: Target, body: Body): Promise<{ status: number; summary: Summary }> {
  return new Promise((resolve, reject) => {
    const sending = request({
      ...target,
      agent: body.agent,
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'content-length': body.bytes.length },
    })
    sending.on('error', reject)
    sending.on('response', (response) => {
      readSummary(response).then((summary) => resolve({ status: response.statusCode ?? 0, summary }), reject)
    })
    sending.end(body.bytes)
  })
}

async function readSummary(response: IncomingMessage): Promise<Summary> {
  let text = ''
  response.setEncoding('utf8')
  for await (const part of response) text += part
  const summary = response.statusCode === 202 ? (JSON.parse(text) as Partial<Summary>) : undefined
  if (typeof summary?.accepted !== 'number')
    throw new Error(`bulk answer ${response.statusCode}: ${text.slice(0, 500)}`)
  return { duplicate: 0, conflict: 0, invalid: 0, ...summary, accepted: summary.accepted }
}

/** The share of the records that connection `index` sends, as one body. */
function makeBody(options: BulkOptions, index: number): Body {
  const texts = options.texts.filter((_, record) => record % options.connections === index)
  const keys = options.keys.filter((_, record) => record % options.connections === index)
  const lines = texts.map((text) => Buffer.from(`${text.replaceAll('\n', ' ')}\n`))
  const bytes = Buffer.concat(lines)
  const serialEnds = new Uint32Array(lines.length)
  let start = 0
  for (const [line, { length }] of lines.entries()) {
    serialEnds[line] = findEnd(bytes, keys[line]!, start)
    start += length
  }
  return { bytes, serialEnds, agent: new Agent({ keepAlive: true, maxSockets: 1 }) }
}

function recordBytesOf(bodies: readonly Body[]): number {
  const bytes = bodies.reduce((sum, body) => sum + body.bytes.length, 0)
  return bytes / bodies.reduce((sum, body) => sum + body.serialEnds.length, 0)
}

function readServerCpuMs(options: BulkOptions): number | undefined {
  return options.serverPid === undefined ? undefined : readCpuMs(options.serverPid)
}
