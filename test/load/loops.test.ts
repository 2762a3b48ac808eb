// The loops against a small real server that remembers every key: nothing is sent twice, nothing is lost from the counts,
// refusals are told apart, what waits in vain is counted, and what cannot be counted ends the run.
import { expect, test } from 'vitest'
import { makeTexts } from '../../bench/records.ts'
import { runClosed } from '../../src/load/closed.ts'
import { runOpen } from '../../src/load/open.ts'
import { deal, makeTemplate, type Target, type Template } from '../../src/load/templates.ts'
import { brief, keyOf, listen } from './target.ts'

function handsFor(target: Target, count: number, connections: number): Template[][] {
  const templates = makeTexts(1, 1, count, 'shuffled').map((text) => makeTemplate(target, text, keyOf(text)))
  return deal(templates, connections)
}

for (const depth of [1, 5]) {
  test(`a closed loop with ${depth} on the way sends each key once and counts every answer`, async () => {
    const keys: string[] = []
    const target = await listen((body, reply) => {
      keys.push(keyOf(body))
      reply.writeHead(keys.length % 10 === 0 ? 503 : 202, { 'content-length': 2 }).end('{}')
    })
    const result = await runClosed({ ...brief, target, hands: handsFor(target, 8, 4), depth })
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
  const result = await runClosed({ ...brief, target, hands: handsFor(target, 2, 2), depth: 1 })
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
    hands: handsFor(target, 8, 8),
    depth: 4,
    ratePerSecond: 1000,
  }
  const startedMs = performance.now()
  const result = await runOpen(options)
  const tookMs = performance.now() - startedMs
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys.length).toBeLessThanOrEqual(Math.ceil((options.ratePerSecond * tookMs) / 1000))
  expect(result.answered + result.unsent).toBeGreaterThan(0)
})

test('an open loop charges a server that never answers for everything that was due', async () => {
  const target = await listen(() => undefined)
  const options = {
    ...brief,
    target,
    hands: handsFor(target, 2, 2),
    depth: 3,
    ratePerSecond: 1000,
  }
  const result = await runOpen(options)
  expect(result.answered).toBe(0)
  expect(result.unsent).toBeGreaterThan(200)
  // The oldest waited from the warm-up on, all through the measured time.
  expect(result.latencyUs.max).toBeGreaterThanOrEqual(300_000)
})

test('an open loop whose connections are all taken goes on as each is answered, and loses and repeats nothing', async () => {
  const keys: string[] = []
  const target = await listen((body, reply) => {
    keys.push(keyOf(body))
    setTimeout(() => reply.writeHead(202, { 'content-length': 0 }).end(), 5)
  })
  const options = { ...brief, warmupMs: 0, target, hands: handsFor(target, 4, 4), depth: 1, ratePerSecond: 5000 }
  const result = await runOpen(options)
  expect(new Set(keys).size).toBe(keys.length)
  expect(result.answered).toBeGreaterThan(options.hands.length)
  expect(keys.length - result.answered).toBeLessThanOrEqual(options.hands.length)
  // What was due and was not sent is counted, to the request.
  expect(keys.length + result.unsent).toBeGreaterThanOrEqual(Math.floor(options.ratePerSecond * 0.3))
})

test.each([runClosed, runOpen])('an answer that cannot be counted ends the run: %o', async (run) => {
  const target = await listen((_, reply) => reply.writeHead(200).write('chunk after chunk'))
  const hands = handsFor(target, 2, 2)
  await expect(run({ ...brief, target, hands, depth: 1, ratePerSecond: 100 })).rejects.toThrow('Content-Length')
})

test.each([runClosed, runOpen])('a port where nobody listens ends the run: %o', async (run) => {
  const target = { host: '127.0.0.1', port: 1, path: '/' }
  const hands = handsFor(target, 2, 2)
  await expect(run({ ...brief, target, hands, depth: 1, ratePerSecond: 100 })).rejects.toThrow(
    '127.0.0.1:1: ECONNREFUSED',
  )
})

test('an answer to nothing, such as that of a server that gives up waiting, is not counted', async () => {
  const target = await listen((_, reply, request) => {
    reply.writeHead(202, { 'content-length': 0 }).end()
    request.socket.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n')
  })
  const options = { ...brief, target, hands: handsFor(target, 2, 2), depth: 1, ratePerSecond: 50 }
  const result = await runOpen(options)
  expect(Object.keys(result.statuses)).toEqual(['202'])
})
