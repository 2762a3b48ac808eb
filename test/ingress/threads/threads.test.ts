// The whole server with two threads that take connections: what one of them acknowledged the other knows, limits hold for
// both together, and the numbers of both are added up.
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { UserConfig } from '../../../src/config/config.ts'
import { fillIn } from '../../../src/config/defaults.ts'
import { orderStream } from '../../../src/config/orders.ts'
import { type Sluice, startSluice } from '../../../src/main.ts'
import { order, queryWhen } from '../../e2e/server.ts'

let sluice: Sluice | undefined
let dataDir: string

async function start(more: UserConfig): Promise<void> {
  dataDir = mkdtempSync(join(tmpdir(), 'sluice-threads-'))
  const config = fillIn({ port: 0, opsPort: 0, dataDir, kernelThreads: 1, ingress: { threads: 2 }, ...more })
  sluice = await startSluice(config, pino({ level: 'silent' }))
}

async function stop(): Promise<void> {
  await sluice?.close()
  sluice = undefined
  rmSync(dataDir, { recursive: true, force: true })
}

type Answer = { readonly status: number; readonly body: Record<string, unknown> }

/** Sends the requests in one piece on a connection of its own and returns the answers, in order. */
function converse(requests: readonly string[]): Promise<readonly Answer[]> {
  const { hostname, port } = new URL(sluice!.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.setEncoding('utf8')
    socket.on('error', reject)
    socket.on('data', (part: string) => {
      text += part
      const answers = [...text.matchAll(/HTTP\/1\.1 (\d{3})[\s\S]*?\r\n\r\n({[\s\S]*?})(?=HTTP\/1\.1|$)/g)]
      if (answers.length < requests.length) return
      socket.destroy()
      resolve(answers.map(([, status, body]) => ({ status: Number(status), body: JSON.parse(body!) })))
    })
    socket.on('close', () => reject(new Error(`closed after ${text}`)))
    socket.write(requests.join(''))
  })
}

const head = (line: string, body: string, type = 'application/json') =>
  `${line} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const post = (value: object, path = '/api/order') => head(`POST ${path}`, JSON.stringify(value))
const get = (key: string) => `GET /api/order/${key} HTTP/1.1\r\nHost: x\r\n\r\n`
const times = <Value>(count: number, make: (index: number) => Value) => Array.from({ length: count }, (_, i) => make(i))

/** The samples of the metrics page whose name starts with `prefix`. */
async function samples(prefix: string): Promise<Record<string, number>> {
  const page = await (await fetch(`${sluice!.opsUrl}/metrics`)).text()
  const lines = page.split('\n').filter((line) => line.startsWith(prefix))
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]))
}

/** So many connections that both threads had some: that one had none is as likely as 32 equal coins. */
const connections = 32

const streams = {
  orders: orderStream,
  slow: { path: '/slow', schema: true, rateLimit: { requestsPerSecond: 0.001, burst: 5 } },
}

describe.each(['wasm', 'js'] as const)('with two threads and engine %s', (engine) => {
  beforeAll(() => start({ engine, streams }))
  afterAll(stop)

  test('20,000 orders are acknowledged, each at an offset of its own, and are in the sink at it', async () => {
    const perConnection = 20_000 / connections
    const rounds = 5
    const acknowledged = new Map<unknown, unknown>()
    const ofConnection = async (connection: number) => {
      for (let round = 0; round < rounds; round++) {
        const orders = times(perConnection / rounds, (i) => post(order(`c${connection}-r${round}-${i}`)))
        const answers = await converse(orders)
        for (const { body } of answers) acknowledged.set(body.key, body.offset)
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
      }
    }
    await Promise.all(times(connections, ofConnection))
    expect(acknowledged.size).toBe(20_000)
    expect(new Set(acknowledged.values()).size).toBe(20_000)

    const sql = 'SELECT "orderId" AS id, _offset AS offset FROM orders'
    type Row = { readonly id: string; readonly offset: number }
    const rows = await queryWhen<Row>(dataDir, sql, (found) => found.length >= 20_000)
    expect(rows.length).toBe(20_000)
    expect(rows.filter(({ id, offset }) => acknowledged.get(id) !== offset)).toEqual([])
    const taken = await samples('sluice_connections_total')
    const [first = 0, second = 0] = [0, 1].map((i) => taken[`sluice_connections_total{thread="${i}",outcome="taken"}`])
    expect(first).toBeGreaterThan(0)
    expect(second).toBeGreaterThan(0)
    expect(first + second).toBe(connections * rounds)
    expect(await samples('sluice_records_total{stream="orders",outcome="accepted"')).toEqual({
      'sluice_records_total{stream="orders",outcome="accepted"}': 20_000,
    })
    expect(await samples('sluice_slabs')).toEqual({ sluice_slabs: 24, sluice_slabs_free: 24 })
  })

  test('one order sent by many at once is accepted once, a duplicate for the rest, and read by all', async () => {
    const race = await Promise.all(times(connections, () => converse([post(order('one'))])))
    const statuses = race.map(([answer]) => answer?.status).toSorted()
    expect(statuses).toEqual([...Array(connections - 1).fill(200), 202])
    expect(new Set(race.map(([answer]) => answer?.body.offset)).size).toBe(1)
    const conflict = await Promise.all(times(connections, (i) => converse([post(order('one', { userId: 100 + i }))])))
    expect(new Set(conflict.map(([answer]) => answer?.status))).toEqual(new Set([409]))
    const reads = await Promise.all(times(connections, () => converse([get('one')])))
    expect(reads.map(([answer]) => answer?.body.orderId)).toEqual(Array(connections).fill('one'))
    const missing = await Promise.all(times(connections, () => converse([get('two')])))
    expect(new Set(missing.map(([answer]) => answer?.status))).toEqual(new Set([404]))
  })

  test('bodies of lines come by every thread, in whole slabs, and their records keep their order', async () => {
    const perBody = 2_000
    const lines = (body: number) =>
      times(perBody, (i) => JSON.stringify(order(`b${body}-${i}`, { note: 'x'.repeat(300) }))).join('\n')
    const answers = await Promise.all(
      times(8, (i) => converse([head('POST /api/order', lines(i), 'application/x-ndjson')])),
    )
    expect(answers.map(([answer]) => answer?.body.accepted)).toEqual(Array(8).fill(perBody))
    const sql = `SELECT "orderId" AS id FROM orders WHERE "orderId" GLOB 'b*' ORDER BY _offset`
    const rows = await queryWhen<{ readonly id: string }>(dataDir, sql, (found) => found.length >= 8 * perBody)
    for (let body = 0; body < 8; body++) {
      const mine = rows.filter(({ id }) => id.startsWith(`b${body}-`)).map(({ id }) => id)
      expect(mine).toEqual(times(perBody, (i) => `b${body}-${i}`))
    }
  })

  test('every thread can wait for the sink, also for what it had before', async () => {
    const wait = (id: string) => converse([post(order(id), '/api/order?wait=stored')])
    const answers = await Promise.all(times(connections, (i) => wait(`w-${i}`)))
    const stored = (status: number) => Array(connections).fill([status, 'stored'])
    expect(answers.map(([answer]) => [answer?.status, answer?.body.state])).toEqual(stored(202))
    const again = await Promise.all(times(connections, () => wait('w-0')))
    expect(again.map(([answer]) => [answer?.status, answer?.body.state])).toEqual(stored(200))
  })

  test('a rate is that of the client, whichever thread its connections come to', async () => {
    const answers = await Promise.all(times(connections, (i) => converse([post({ i }, '/slow')])))
    expect(answers.filter(([answer]) => answer?.status === 202)).toHaveLength(5)
    expect(answers.filter(([answer]) => answer?.status === 429)).toHaveLength(connections - 5)
  })

  test('closing answers what is under way and closes the port', async () => {
    const { url } = sluice!
    const underWay = times(connections, (i) => converse(times(20, (j) => post(order(`u${i}-${j}`)))))
    await underWay[0]
    const closing = sluice!.close()
    const settled = await Promise.allSettled(underWay)
    await closing
    const answered = settled.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    expect(answered.length).toBeGreaterThanOrEqual(20)
    expect(answered.filter(({ status }) => status !== 202 && status !== 503)).toEqual([])
    await expect(fetch(url)).rejects.toThrow()
    sluice = undefined
  })
})

test('the bound of a client’s connections is one for all threads together', async () => {
  await start({ limits: { connectionsPerAddressMax: 10 } })
  onTestFinished(stop)
  const { hostname, port } = new URL(sluice!.url)
  const sockets = times(connections, () => connect(Number(port), hostname))
  let closedCount = 0
  for (const socket of sockets) {
    socket.on('error', () => undefined) // a reset is a way to be refused; 'close' follows
    socket.on('close', () => closedCount++)
  }
  while (closedCount < connections - 10) await new Promise((next) => setTimeout(next, 5))
  const counted = Object.entries(await samples('sluice_connections_total'))
  const sum = (outcome: string) =>
    counted.filter(([label]) => label.includes(outcome)).reduce((total, [, count]) => total + count, 0)
  expect([sum('taken'), sum('dropped')]).toEqual([10, connections - 10])
  for (const socket of sockets) socket.destroy()
  // Those that leave make room, once the server has seen them go.
  const retry = async (): Promise<readonly Answer[]> => converse([post(order('after'))]).catch(retry)
  expect((await retry())[0]?.status).toBe(202)
})
