// Delivering a batch: what is sent again, what is not, and that no record is lost or counted twice.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Delivery, deliver, type Result, type Target } from '../../src/cli/delivery.ts'
import type { FileRecord } from '../../src/cli/records.ts'
import { tlsFiles } from '../fixtures/tls.ts'

type Turn = (lines: string[], response: ServerResponse, request: IncomingMessage) => void

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server that answers its requests one after the other by `turns`, the last one for all that follow. */
async function serve(...turns: Turn[]): Promise<{ target: Target; bodies: string[][] }> {
  const bodies: string[][] = []
  server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    bodies.push(text.trimEnd().split('\n'))
    turns[Math.min(bodies.length, turns.length) - 1]!(bodies.at(-1)!, response, request)
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { target: { url: new URL(`http://127.0.0.1:${port}/x`), gzip: false, retries: 3, answerMs: 5000 }, bodies }
}

const ndjson = { 'content-type': 'application/x-ndjson' }
const line = (result: Partial<Result>) => `${JSON.stringify(result)}\n`
const accept: Turn = (lines, response) => {
  response.writeHead(207, ndjson).end(lines.map((_, index) => line({ index, status: 'accepted' })).join(''))
}
const refuse =
  (status: number, body: object, headers: Record<string, string> = {}): Turn =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers }).end(JSON.stringify(body))
  }

const records = (count: number): FileRecord[] =>
  Array.from({ length: count }, (_, index) => ({ place: index + 1, bytes: Buffer.from(`{"n":${index}}`) }))

function heard(): Delivery & { results: [number, string][]; retries: [number, string, boolean][] } {
  const results: [number, string][] = []
  const retries: [number, string, boolean][] = []
  return {
    results,
    retries,
    onResult: (record, result) => results.push([record.place, result.status]),
    onRetry: (count, trouble, lost) => retries.push([count, trouble, lost]),
  }
}

describe('deliver', () => {
  test('hands out one result a record', async () => {
    const { target, bodies } = await serve(accept)
    const delivery = heard()
    expect(await deliver(target, records(3), delivery)).toEqual({ left: [], trouble: undefined })
    expect(delivery.results).toEqual([
      [1, 'accepted'],
      [2, 'accepted'],
      [3, 'accepted'],
    ])
    expect(bodies).toEqual([['{"n":0}', '{"n":1}', '{"n":2}']])
  })

  test('sends again only what was not taken and may be', async () => {
    const { target, bodies } = await serve((_, response) => {
      const results: Partial<Result>[] = [
        { index: 0, status: 'accepted' },
        { index: 1, status: 'refused', code: 'LOG_UNAVAILABLE', retry: true },
        { index: 2, status: 'invalid', code: 'SCHEMA_INVALID', retry: false },
        { index: 3, status: 'refused', code: 'OVERLOADED', retry: true, rest: true },
      ]
      response.writeHead(207, ndjson).end(results.map(line).join(''))
    }, accept)
    const delivery = heard()
    await deliver(target, records(6), delivery)
    expect(bodies[1]).toEqual(['{"n":1}', '{"n":3}', '{"n":4}', '{"n":5}'])
    expect(delivery.results.map(([place]) => place).sort()).toEqual([1, 2, 3, 4, 5, 6])
    expect(delivery.retries).toEqual([[4, 'LOG_UNAVAILABLE', false]])
  })

  test.each([
    ['a busy server', refuse(503, { code: 'OVERLOADED', retry: true })],
    ['a proxy with a page of its own', (_, response) => response.writeHead(502).end('<h1>Bad gateway</h1>')],
    ['too many requests', refuse(429, { code: 'RATE_LIMITED', retry: true })],
  ] as [string, Turn][])('tries %s again', async (_, turn) => {
    const { target, bodies } = await serve(turn, accept)
    const delivery = heard()
    await deliver(target, records(2), delivery)
    expect(bodies.length).toBe(2)
    expect(delivery.results.length).toBe(2)
  })

  test('waits as long as the server asks', async () => {
    const { target } = await serve(refuse(503, { code: 'OVERLOADED', retry: true }, { 'retry-after': '1' }), accept)
    const startedMs = performance.now()
    await deliver(target, records(1), heard())
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(990)
  })

  test('after a broken connection keeps the results that came, and says that the rest is sent again', async () => {
    const { target, bodies } = await serve((_, response) => {
      response.writeHead(207, ndjson)
      response.write(`${line({ index: 0, status: 'accepted' })}{"index":1,"sta`, () => response.destroy())
    }, accept)
    const delivery = heard()
    await deliver(target, records(3), delivery)
    expect(bodies[1]).toEqual(['{"n":1}', '{"n":2}'])
    expect(delivery.results.length).toBe(3)
    expect(delivery.retries[0]?.[2]).toBe(true)
  })

  test('treats an answer that leaves a record out as an unfinished one', async () => {
    const { target, bodies } = await serve((_, response) => {
      response.writeHead(207, ndjson).end(line({ index: 0, status: 'accepted' }))
    }, accept)
    await deliver(target, records(2), heard())
    expect(bodies[1]).toEqual(['{"n":1}'])
  })

  test('gives up after so many failures in a row, and says which records are left', async () => {
    const { target, bodies } = await serve(refuse(503, { code: 'OVERLOADED', retry: true }))
    const { left, trouble } = await deliver({ ...target, retries: 1 }, records(2), heard())
    expect(left.map(({ place }) => place)).toEqual([1, 2])
    expect(trouble).toBe('OVERLOADED')
    expect(bodies.length).toBe(2)
  })

  test('gives up at once where the certificate is not believed', async () => {
    const { certFile, keyFile } = tlsFiles('first')
    const secured = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) })
    await new Promise<void>((resolve) => secured.listen(0, '127.0.0.1', resolve))
    const delivery = heard()
    try {
      const url = new URL(`https://localhost:${(secured.address() as AddressInfo).port}/x`)
      const given = await deliver({ url, gzip: false, retries: 3, answerMs: 5000 }, records(2), delivery)
      expect(given.left.length).toBe(2)
      expect(given.trouble).toContain('self-signed')
      expect(delivery.retries).toEqual([])
    } finally {
      secured.closeAllConnections()
      secured.close()
    }
  })

  test('gives up on a server that is not there', async () => {
    const { target } = await serve(accept)
    server?.close()
    await new Promise((next) => setTimeout(next, 20))
    const delivery = heard()
    const { left, trouble } = await deliver({ ...target, retries: 1 }, records(2), delivery)
    expect(left.length).toBe(2)
    expect(trouble).toContain('ECONNREFUSED')
    expect(delivery.retries[0]?.[2]).toBe(false) // nothing was sent, so nothing can be there twice
  })

  test('halves what is too large for the server', async () => {
    const { target, bodies } = await serve((lines, response, request) => {
      if (lines.length > 2) refuse(413, { code: 'BODY_TOO_LARGE', retry: false })(lines, response, request)
      else accept(lines, response, request)
    })
    const delivery = heard()
    await deliver(target, records(5), delivery)
    expect(delivery.results.map(([place]) => place)).toEqual([1, 2, 3, 4, 5])
    expect(bodies.map((lines) => lines.length)).toEqual([5, 3, 2, 1, 2])
  })

  test('stops at a refusal that trying again cannot mend', async () => {
    const { target } = await serve(refuse(422, { code: 'KEY_MISSING', retry: false, detail: 'the key is in a header' }))
    await expect(deliver(target, records(2), heard())).rejects.toMatchObject({
      code: 'KEY_MISSING',
      message: expect.stringContaining('the key is in a header'),
    })
  })
})
