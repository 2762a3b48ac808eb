// `sluice bench load` against a small real server that remembers what it was sent.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, expect, test } from 'vitest'
import { runCli } from '../../src/cli.ts'
import { orderSchema } from '../../src/config/orders.ts'
import { makeOrders } from '../../src/load/orders.ts'
import type { Target } from '../../src/load/templates.ts'
import { keyOf, listen } from '../load/target.ts'
import { keepPrinted } from './printed.ts'

const home = mkdtempSync(join(tmpdir(), 'sluice-load-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const printed = keepPrinted()

function load(target: Target, ...more: string[]): Promise<number> {
  const url = `http://${target.host}:${target.port}${target.path}`
  return runCli(['bench', 'load', '--url', url, '--seconds', '1', '--warmup', '0', '--connections', '4', ...more])
}

test('at a rate: every order once, valid, counted by status', async () => {
  const bodies: string[] = []
  const target = await listen((body, reply) => {
    bodies.push(body)
    reply.writeHead(202, { 'content-length': 0 }).end()
  })
  expect(await load(target, '--rate', '200', '--json')).toBe(0)
  const result = JSON.parse(printed.out)
  expect(result.statuses).toEqual({ 202: result.answered })
  expect(bodies.length).toBeGreaterThanOrEqual(result.answered)
  expect(bodies.length).toBeLessThanOrEqual(400)
  expect(new Set(bodies.map(keyOf)).size).toBe(bodies.length)
  for (const name of ['p50', 'p90', 'p99', 'p999', 'max']) expect(result.latencyUs[name]).toBeGreaterThan(0)
})

test('the orders of any two runs have keys of their own and fit the built-in stream', () => {
  const ajv = new Ajv2020()
  addFormats.default(ajv)
  const validate = ajv.compile(orderSchema)
  const orders = [...makeOrders('load-a', 500), ...makeOrders('load-b', 500)]
  for (const { text } of orders) expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true)
  expect(new Set(orders.map(({ key }) => key)).size).toBe(1000)
  expect(orders.every(({ key, text }) => keyOf(text) === key)).toBe(true)
})

test("a file's records are sent as they are, in turn, fewer than connections as well", async () => {
  const bodies: string[] = []
  const target = await listen((body, reply) => {
    bodies.push(body)
    reply.writeHead(200, { 'content-length': 0 }).end()
  })
  const lines = ['{"a":1}', '{"a":"é"}', '{ "a": [] }']
  const data = join(home, 'three.ndjson')
  writeFileSync(data, lines.join('\n'))
  expect(await load(target, '--data', data, '--rate', '50')).toBe(0)
  expect(new Set(bodies)).toEqual(new Set(lines))
  expect(printed.out).toMatch(/^ {2}200 /m)
})

test('refusals are told apart, by status and with their own latency, and end with 1', async () => {
  let count = 0
  const target = await listen((_, reply) => {
    reply.writeHead(count++ % 2 === 0 ? 503 : 202, { 'content-length': 0 }).end()
  })
  expect(await load(target)).toBe(1)
  expect(printed.out).toMatch(/^other /m)
  expect(printed.out).toMatch(/^ {2}503 /m)
  expect(printed.out).toMatch(/^as fast as answers come/)
})

test('where nobody listens, or answers cannot be counted, it says so and ends with 1', async () => {
  expect(await load({ host: '127.0.0.1', port: 1, path: '/' })).toBe(1)
  expect(printed.err).toContain('no connection to 127.0.0.1:1: ECONNREFUSED')
  const target = await listen((_, reply) => {
    reply.writeHead(200).write('a chunk')
    reply.end()
  })
  expect(await load(target, '--rate', '10')).toBe(1)
  expect(printed.err).toContain('without Content-Length')
})
