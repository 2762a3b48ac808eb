// What an idle kept-alive connection costs a server: 19,000 of them are opened by this process, each sends one order and then
// stays. What the server's memory grew by, divided by their number. It is busy before that, since the first requests pay for
// what a server allocates once; and all connections send the same order, so that it is not orders that take the memory. Then orders flow over other connections, and all the idle ones must still be there.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { readRssBytes } from '../src/load/cpu.ts'
import { makeScan, scanResponses } from '../src/load/responses.ts'
import type { LoadResult } from '../src/load/result.ts'
import { makeTemplate, type Target, type Template } from '../src/load/templates.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { type BenchArguments, isTaken, readArguments } from './arguments.ts'
import { runJob } from './child.ts'
import { makeTexts } from './records.ts'
import { writeReport } from './report.ts'
import { type Server, type ServerKind, serverKinds, startServer } from './servers.ts'

export type IdleRow = {
  readonly server: string
  readonly title: string
  readonly connections: number
  readonly bytesPerConnection: number | undefined
  readonly rssBytes: number | undefined
  /** Orders at a constant rate while the idle connections were held. */
  readonly ordersPerSecond: number
  readonly p99Us: number
}
export type IdleResult = {
  readonly arguments: BenchArguments
  readonly connections: number
  readonly rows: readonly IdleRow[]
  readonly missing: Readonly<Record<string, string>>
}

export const idleColumns: readonly Column<IdleRow>[] = [
  { title: 'server', value: (row) => row.title },
  { title: 'idle connections', value: (row) => row.connections },
  { title: 'KB/connection', value: (row) => row.bytesPerConnection && row.bytesPerConnection / 1000, digits: 1 },
  { title: 'RSS MiB', value: (row) => row.rssBytes && row.rssBytes / 2 ** 20 },
  { title: 'orders/s meanwhile', value: (row) => row.ordersPerSecond },
  { title: 'their p99 ms', value: (row) => row.p99Us / 1000, digits: 2 },
]

const idleConnections = 19_000
const warmConnections = 500
const busy = { connections: 256, depth: 1, warmupMs: 0, measureMs: 3000 } as const
const flowing = { connections: 64, depth: 1, ratePerSecond: 2000, warmupMs: 500, measureMs: 3000 } as const
/** Descriptors a process needs beside its connections. */
const otherFiles = 200
const atOnce = 100
const settleMs = 2000
const seed = 20_260_101
const shortNames: readonly string[] = ['sluice', 'go']

/** Opens a connection, makes one request on it, and leaves it open. */
async function openIdle({ host, port }: Target, { bytes }: Template): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const scan = makeScan()
  const socket = connect({ host, port, noDelay: true })
  await once(socket, 'connect')
  socket.on('data', (answer) => scanResponses(scan, answer, answer.length, undefined, resolve))
  socket.once('close', () => reject(new Error('the server closed a connection without an answer')))
  socket.write(bytes)
  await promise
  // Thousands of these are kept: nothing of the reading stays with them.
  socket.removeAllListeners('data').removeAllListeners('close').resume()
  return socket
}

/** As many as were asked for, or as the system lets a process have. */
function allowedConnections(wanted: number): number {
  const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
  const allowed = Number(limit) - warmConnections - flowing.connections - otherFiles
  if (allowed < wanted) console.log(`a process may have ${limit} files here: ${allowed} connections are held`)
  return Math.min(wanted, allowed)
}

async function openMany(target: Target, template: Template, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const some = Math.min(atOnce, count - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: some }, () => openIdle(target, template)))))
  }
  return sockets
}

async function measure(server: Server, connections: number): Promise<IdleRow> {
  const template = makeTemplate(server.target, makeTexts(seed, 1, 1, 'plain')[0]!, undefined)
  await runJob({ loop: 'closed', ...busy, ...common(server), run: 2 })
  const warm = await openMany(server.target, template, warmConnections)
  await sleep(settleMs)
  const before = readRssBytes(server.pid)
  const idle = await openMany(server.target, template, connections)
  await sleep(settleMs)
  const rssBytes = readRssBytes(server.pid)
  const orders = await runJob({ loop: 'open', ...flowing, ...common(server), run: 3 })
  const gone = idle.filter((socket) => socket.destroyed || socket.readyState !== 'open').length
  for (const socket of [...warm, ...idle]) socket.destroy()
  checkOrders(server, orders, gone)
  const { name, title } = server.kind
  const grown = rssBytes === undefined || before === undefined ? undefined : rssBytes - before
  return {
    server: name,
    title,
    connections,
    bytesPerConnection: grown && grown / connections,
    rssBytes,
    ordersPerSecond: orders.goodPerSecond,
    p99Us: orders.latencyUs.p99,
  }
}

function common({ target, pid }: Server) {
  return { target, serverPid: pid, variant: 'plain' } as const
}

function checkOrders(server: Server, { statuses, lost }: LoadResult, gone: number): void {
  const { title } = server.kind
  if (gone > 0) throw new Error(`${title} closed ${gone} of the idle connections`)
  if (lost > 0 || Object.keys(statuses).some((status) => status !== '202'))
    throw new Error(`${title}: orders beside idle connections got ${JSON.stringify(statuses)}, lost ${lost}`)
}

async function measureKind(kind: ServerKind, connections: number): Promise<IdleRow | { readonly missing: string }> {
  const server = await startServer(kind)
  if ('missing' in server) return server
  try {
    return await measure(server, connections)
  } finally {
    await server.stop()
  }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  const connections = allowedConnections(args.short ? 500 : idleConnections)
  const names = args.only.length > 0 || !args.short ? args.only : shortNames
  const rows: IdleRow[] = []
  const missing: Record<string, string> = {}
  for (const kind of serverKinds.filter(({ name }) => isTaken(names, name))) {
    const row = await measureKind(kind, connections)
    if ('missing' in row) missing[kind.name] = row.missing
    else rows.push(row)
  }
  console.log(textTable(idleColumns, rows))
  for (const [name, reason] of Object.entries(missing)) console.log(`left out: ${name}: ${reason}`)
  const result: IdleResult = { arguments: { ...args, rounds: 1 }, connections, rows, missing }
  console.log(`written to ${writeReport('idle', result)}`)
}

if (import.meta.main) await main()
