// The generators against a small real server that remembers every key: nothing is sent twice, nothing is lost from the
// counts, refusals are told apart, and what waits in vain is counted.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { runBulk } from '../../../bench/load/bulk.ts'
import { runClosed } from '../../../bench/load/closed.ts'
import { runOpen } from '../../../bench/load/open.ts'
import { makeTemplate, type Target, type Template } from '../../../bench/load/templates.ts'
import { makeTexts } from '../../../bench/records.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

async function listen(
  answer: (body: string, reply: ServerResponse, request: IncomingMessage) => void,
): Promise<Target> {
  const server = createServer(async (request, reply) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    answer(body, reply, request)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/api/order' }
}

function keyOf(text: string): string {
  return (JSON.parse(text) as { orderId: string }).orderId
}

function templatesFor(target: Target, count: number): Template[] {
  return makeTexts(1, 1, count, 'shuffled').map((text) => makeTemplate(target, text, keyOf(text)))
}

const brief = { warmupMs: 50, measureMs: 300, serverPid: process.pid }

for (const depth of [1, 5]) {
  test(`a closed loop with ${depth} on the way sends each key once and counts every answer`, async () => {
    const keys: string[] = []
    const target = await listen((body, reply) => {
      keys.push(keyOf(body))
      reply.writeHead(keys.length % 10 === 0 ? 503 : 202, { 'content-length': 2 }).end('{}')
    })
    const result = await runClosed({ ...brief, target, templates: templatesFor(target, 8), connections: 4, depth })
    expect(new Set(keys).size).toBe(keys.length)
    expect(result.answered).toBeGreaterThan(20)
    expect(result.answered).toBe((result.statuses[202] ?? 0) + (result.statuses[503] ?? 0))
    expect(result.answered).toBeLessThanOrEqual(keys.length)
    expect(result.statuses[503]).toBeGreaterThan(0)
    expect(result.goodPerSecond).toBeLessThan(result.perSecond)
    expect(result.goodBySecond.reduce((sum, count) => sum + count, 0)).toBe(result.statuses[202])
    expect(result.lost).toBe(0)
  })
}

test('a connection that the server closes is counted as lost and opened again', async () => {
  let count = 0
  const target = await listen((_, reply, request) => {
    if (++count % 20 === 0) request.socket.destroy()
    else reply.writeHead(202, { 'content-length': 0 }).end()
  })
  const result = await runClosed({ ...brief, target, templates: templatesFor(target, 2), connections: 2, depth: 1 })
  expect(result.lost).toBeGreaterThan(0)
  expect(result.answered).toBeGreaterThan(result.lost)
})

test('an open loop sends at its rate, each key once', async () => {
  const keys: string[] = []
  const target = await listen((body, reply) => {
    keys.push(keyOf(body))
    reply.writeHead(202, { 'content-length': 0 }).end()
  })
  const options = {
    ...brief,
    target,
    templates: templatesFor(target, 8),
    connections: 8,
    depth: 4,
    ratePerSecond: 1000,
  }
  const result = await runOpen(options)
  expect(new Set(keys).size).toBe(keys.length)
  const due = (options.ratePerSecond * (options.warmupMs + result.seconds * 1000)) / 1000
  expect(keys.length).toBeLessThanOrEqual(Math.ceil(due))
  expect(result.answered + result.unsent).toBeGreaterThan(0)
})

test('an open loop charges a server that never answers for everything that was due', async () => {
  const target = await listen(() => undefined)
  const options = {
    ...brief,
    target,
    templates: templatesFor(target, 2),
    connections: 2,
    depth: 3,
    ratePerSecond: 1000,
  }
  const result = await runOpen(options)
  expect(result.answered).toBe(0)
  expect(result.unsent).toBeGreaterThan(200)
  // The oldest waited from the warm-up on, all through the measured time.
  expect(result.latencyUs.max).toBeGreaterThanOrEqual(300_000)
})

test('bulk sends whole lines with new keys in every request and counts what was accepted', async () => {
  const keys: string[] = []
  const target = await listen((body, reply) => {
    const lines = body.trimEnd().split('\n')
    keys.push(...lines.map(keyOf))
    const summary = { accepted: lines.length - 1, duplicate: 0, conflict: 0, invalid: 1 }
    reply.writeHead(202).end(JSON.stringify(summary))
  })
  const texts = makeTexts(1, 1, 50, 'pretty')
  const options = { ...brief, target, texts, keys: texts.map(keyOf), connections: 2, recordsPerRequest: 25 }
  const result = await runBulk(options)
  expect(new Set(keys).size).toBe(keys.length)
  expect(result.accepted).toBeGreaterThan(0)
  expect(result.accepted).toBe(result.notAccepted * 24)
  expect(result.acceptedInAll).toBe((keys.length / 25) * 24)
})

test('a bulk answer that is no summary ends the run', async () => {
  const target = await listen((_, reply) => reply.writeHead(500).end('{"code":"INTERNAL"}'))
  const texts = makeTexts(1, 1, 4, 'plain')
  const options = { ...brief, target, texts, keys: texts.map(keyOf), connections: 1, recordsPerRequest: 4 }
  await expect(runBulk(options)).rejects.toThrow('INTERNAL')
})
