// The operators' listener: its four pages, and what it says to anything else.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Health, makeHealth } from '../../src/ops/health.ts'
import { type Ops, openOps } from '../../src/ops/server.ts'

let health: Health
let ops: Ops
let metricsText: () => Promise<string>
let errors: object[]
beforeEach(async () => {
  health = makeHealth(Date.now)
  errors = []
  metricsText = async () => 'sluice_up 1\n'
  ops = await openOps({
    host: '127.0.0.1',
    port: 0,
    health,
    metrics: { text: () => metricsText(), contentType: 'text/plain; version=0.0.4' },
    openApi: () => '{"openapi":"3.1.0"}',
    logger: { error: (fields) => void errors.push(fields) },
  })
})
afterEach(() => ops.close())

const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${ops.port}${path}`, init)

describe('the pages', () => {
  test('/livez answers as long as the loop turns', async () => {
    health.block('log', 'gone')
    expect((await get('/livez')).status).toBe(200)
  })

  test('/readyz says whether records are taken, and why not', async () => {
    expect((await get('/readyz')).status).toBe(200)
    expect(await (await get('/readyz?x')).json()).toEqual({ ready: true, reasons: [], warnings: [] })
    health.block('log', 'STORAGE_FULL')
    const reply = await get('/readyz')
    expect(reply.status).toBe(503)
    expect(await reply.json()).toMatchObject({ ready: false, reasons: [{ part: 'log', reason: 'STORAGE_FULL' }] })
  })

  test('/metrics and /openapi.json are what they are handed', async () => {
    const metrics = await get('/metrics')
    expect([metrics.headers.get('content-type'), await metrics.text()]).toEqual([
      'text/plain; version=0.0.4',
      'sluice_up 1\n',
    ])
    expect(await (await get('/openapi.json')).json()).toEqual({ openapi: '3.1.0' })
  })

  test('answer HEAD without a body', async () => {
    const reply = await get('/livez', { method: 'HEAD' })
    expect([reply.status, await reply.text()]).toEqual([200, ''])
  })
})

test('anything else is a problem document', async () => {
  const nowhere = await get('/__proto__')
  expect([nowhere.status, nowhere.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  const posted = await get('/livez', { method: 'POST', body: 'x' })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test('a page that cannot be made is an error, logged once, and the listener goes on', async () => {
  metricsText = () => Promise.reject(new Error('inside'))
  const reply = await get('/metrics')
  expect(reply.status).toBe(500)
  expect(await reply.text()).not.toContain('inside')
  expect(errors.length).toBe(1)
  expect((await get('/livez')).status).toBe(200)
})

test('a port that is taken is told with its number', async () => {
  const deps = {
    host: '127.0.0.1',
    port: ops.port,
    health,
    metrics: { text: metricsText, contentType: '' },
    openApi: () => '',
    logger: { error: () => undefined },
  }
  await expect(openOps(deps)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(String(ops.port)),
  })
})
