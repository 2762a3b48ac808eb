// Memory an idle kept-alive connection costs a server: connections are opened, each makes one request and then stays.
// What the process grew by, divided by their number. The first connections are left out of it, since they pay for what a
// server allocates once.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { readRssBytes } from '../src/load/cpu.ts'
import { makeScan, scanResponses } from '../src/load/responses.ts'
import { countUp, makeTemplate, type Template } from '../src/load/templates.ts'
import { type Column, textTable } from '../src/measure/table.ts'
import { isTaken, readArguments } from './arguments.ts'
import { makeTexts } from './records.ts'
import { writeReport } from './report.ts'
import { type Server, type ServerKind, serverKinds, startServer } from './servers.ts'

export type IdleRow = {
  readonly server: string
  readonly title: string
  readonly connections: number
  readonly bytesPerConnection: number | undefined
  readonly rssBytes: number | undefined
}
export type IdleResult = {
  readonly connections: number
  readonly rows: readonly IdleRow[]
  readonly missing: Readonly<Record<string, string>>
}

export const idleColumns: readonly Column<IdleRow>[] = [
  { title: 'server', value: (row) => row.title },
  { title: 'idle connections', value: (row) => row.connections },
  { title: 'KB/connection', value: (row) => row.bytesPerConnection && row.bytesPerConnection / 1000, digits: 1 },
  { title: 'RSS MiB', value: (row) => row.rssBytes && row.rssBytes / 2 ** 20 },
]

const warmConnections = 500
const atOnce = 100
const settleMs = 2000
const seed = 20_260_101
const shortNames: readonly string[] = ['sluice', 'go']

/** Opens a connection, makes one request on it, and leaves it open. */
async function openIdle(template: Template): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const scan = makeScan()
  const socket = connect({ host: '127.0.0.1', port: portOf(template), noDelay: true })
  await once(socket, 'connect')
  socket.on('data', (bytes) => scanResponses(scan, bytes, bytes.length, undefined, () => resolve()))
  socket.once('close', () => reject(new Error('the server closed an idle connection')))
  countUp(template.bytes, template.serialEnd)
  socket.write(Buffer.from(template.bytes))
  await promise
  return socket
}

function portOf(template: Template): number {
  return Number(/Host: [^:]+:(\d+)/.exec(template.bytes.toString('latin1'))?.[1])
}

async function openMany(templates: readonly Template[], count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const some = templates.slice(0, Math.min(atOnce, count - sockets.length))
    sockets.push(...(await Promise.all(some.map(openIdle))))
  }
  return sockets
}

async function measure(server: Server, connections: number): Promise<IdleRow> {
  const texts = makeTexts(seed, 1, atOnce, 'plain')
  const templates = texts.map((text) =>
    makeTemplate(server.target, text, (JSON.parse(text) as { orderId: string }).orderId),
  )
  const warm = await openMany(templates, warmConnections)
  await sleep(settleMs)
  const before = readRssBytes(server.pid)
  const idle = await openMany(templates, connections)
  await sleep(settleMs)
  const rssBytes = readRssBytes(server.pid)
  for (const socket of [...warm, ...idle]) socket.removeAllListeners('close').destroy()
  const { name, title } = server.kind
  const grown = rssBytes === undefined || before === undefined ? undefined : rssBytes - before
  return { server: name, title, connections, bytesPerConnection: grown && grown / connections, rssBytes }
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
  const connections = args.short ? 500 : 5000
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
  const result: IdleResult = { connections, rows, missing }
  console.log(`written to ${writeReport('idle', result)}`)
}

if (import.meta.main) await main()
