// What is where, what is not, and how the server leaves.
import { Agent, request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openServer } from '../../src/ingress/server.ts'
import { eventually, type Fixture, flush, send, startFixture, talk } from './fixture.ts'

let it: Fixture
beforeEach(async () => {
  it = await startFixture({ bodyStallMs: 5000 })
})
afterEach(() => it.close())

const get = (path: string, headers = {}) => send(it, { method: 'GET', path, headers })

describe('paths', () => {
  test.each([
    ['GET', '/nowhere', 404, undefined],
    ['POST', '/api/order/', 404, undefined],
    ['POST', '/API/order', 404, undefined],
    ['GET', '/api/order', 405, 'POST'],
    ['PUT', '/api/order?x', 405, 'POST'],
    ['DELETE', '/api/order/a', 405, 'GET, HEAD'],
    ['POST', '/api/order/a', 405, 'GET, HEAD'],
    ['POST', '/', 405, 'GET, HEAD'],
    ['OPTIONS', '/api/order', 405, 'POST'],
    ['PROPFIND', '/api/order', 405, 'POST'],
    ['GET', '/api/order/a/b', 404, undefined],
    ['GET', '/api/order/%zz', 400, undefined],
    ['GET', `/api/order/${'k'.repeat(3100)}`, 404, undefined],
  ])('%s %s gets %d', async (method, path, status, allow) => {
    const reply = await send(it, { method, path, headers: {} })
    expect(reply.status).toBe(status)
    expect(reply.headers.allow).toBe(allow)
    expect(reply.headers['content-type']).toBe('application/problem+json')
    expect(reply.json().status).toBe(status)
  })

  test('CONNECT is refused', async () => {
    expect(await talk(it, ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'])).toContain('METHOD_NOT_ALLOWED')
  })

  test('/ says what is here, as text or as a page', async () => {
    const text = await get('/')
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(text.text).toContain(`curl -i http://127.0.0.1:${it.server.port}/api/order`)
    const page = await get('/', { accept: 'text/html,*/*', host: '<i>' }).catch(() => undefined)
    expect(page?.status).toBe(400)
    expect((await get('/', { accept: 'text/html' })).text).toContain('<pre>')
    const head = await send(it, { method: 'HEAD', path: '/', headers: {} })
    expect([head.status, head.text]).toEqual([200, ''])
  })

  test('requests are counted by route, not by path', async () => {
    await get('/x')
    await get('/y?z')
    await get('/api/order/a')
    expect(it.fake.requests).toEqual(['GET other 404', 'GET other 404', 'GET /api/order/{key} 404'])
  })
})

describe('reading a record', () => {
  test('finds it in the log while it is queued', async () => {
    await send(it, { body: '{"id":"a/b ü%","n":9007199254740993}' })
    const reply = await get(`/api/order/${encodeURIComponent('a/b ü%')}`)
    expect(reply.status).toBe(200)
    expect(reply.headers['sluice-state']).toBe('queued')
    expect(reply.headers['content-type']).toBe('application/json')
    expect(JSON.parse(reply.text)).toMatchObject({ id: 'a/b ü%' })
  })

  test('gives the bytes back as they came where the stream keeps them', async () => {
    const body = '{ "id":"raw-1",  "n": 1.50 }'
    await send(it, { body, path: '/raw' })
    expect((await get('/raw/raw-1')).text).toBe(body)
  })

  test('finds it in the sink once it is stored', async () => {
    it.fake.stored.set('b', '{"id":"b"}')
    const reply = await get('/api/order/b')
    expect([reply.status, reply.headers['sluice-state'], reply.text]).toEqual([200, 'stored', '{"id":"b"}'])
    const head = await send(it, { method: 'HEAD', path: '/api/order/b', headers: {} })
    expect([head.status, head.headers['sluice-state'], head.text]).toEqual([200, 'stored', ''])
  })

  test('that was never sent is 404, and so is any in a stream without keys', async () => {
    for (const path of ['/api/order/none', '/events/1']) expect((await get(path)).json().code).toBe('NOT_FOUND')
  })

  test('from a sink that is down is 503, and logged once', async () => {
    const { SluiceError } = await import('../../src/errors.ts')
    Object.assign(it.deps, {
      readStored: () => Promise.reject(new SluiceError('SINK_UNAVAILABLE', 'the disk is gone')),
    })
    const reply = await get('/api/order/b')
    expect(reply.status).toBe(503)
    expect(reply.json()).toMatchObject({ code: 'SINK_UNAVAILABLE', retry: true })
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
    expect(it.fake.errors.length).toBe(1)
  })

  test('when something unforeseen fails tells nothing of our insides', async () => {
    Object.assign(it.deps, { readStored: () => Promise.reject(new Error('secret path /x')) })
    const reply = await get('/api/order/b')
    expect(reply.status).toBe(500)
    expect(reply.text).not.toContain('secret')
  })
})

describe('closing', () => {
  test('answers what is under way and takes nothing new', async () => {
    it.fake.holding = true
    const reply = send(it, { body: '{"id":"a"}' })
    await eventually(() => it.fake.held.length === 1, 'the put')
    const closed = it.server.close(5000)
    await expect(send(it, { body: '{"id":"b"}' })).rejects.toThrow(/ECONNREFUSED/)
    flush(it.fake)
    expect((await reply).status).toBe(202)
    expect((await reply).headers.connection).toBe('close')
    await closed
  })

  test('refuses what comes on a kept connection, and closes it', async () => {
    it.fake.holding = true
    const record = '{"id":"a"}'
    const good = `POST /api/order HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${record.length}\r\n\r\n${record}`
    const text = talk(it, [good, '', '', '', good])
    await eventually(() => it.fake.held.length === 1, 'the put')
    const closed = it.server.close(5000)
    await new Promise((next) => setTimeout(next, 150))
    flush(it.fake)
    await closed
    const statuses = [...(await text).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    expect(statuses[0]).toBe('202')
    expect(statuses.slice(1)).not.toContain('202')
  })

  test('does not wait for the end of a long body: the rest is refused', async () => {
    const request = httpRequest({
      port: it.server.port,
      method: 'POST',
      path: '/api/order',
      headers: { 'content-type': 'application/x-ndjson', 'transfer-encoding': 'chunked' },
      agent: new Agent({ keepAlive: true }),
    })
    const reply = new Promise<{ status: number; text: string }>((resolve, reject) => {
      request.on('error', reject)
      request.on('response', (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      })
    })
    request.write('{"id":"a"}\n{"id":"b"}\n')
    await eventually(() => it.fake.nextOffset === 2, 'the first records')
    const closed = it.server.close(5000)
    request.write('{"id":"c"}\n')
    const { status, text } = await reply
    expect(status).toBe(503)
    expect(JSON.parse(text)).toMatchObject({ code: 'SHUTTING_DOWN', retry: true, accepted: 2, nextIndex: 2 })
    request.end()
    await closed
  })

  test('cuts what does not end in time', async () => {
    it.fake.holding = true
    const reply = send(it, { body: '{"id":"a"}' }).catch((error: Error & { code?: string }) => error.code)
    await eventually(() => it.fake.held.length === 1, 'the put')
    await it.server.close(50)
    expect(await reply).toBe('ECONNRESET')
  })
})

test('a port that is taken is told with its number', async () => {
  const deps = { ...it.deps, config: { ...it.deps.config, port: it.server.port } }
  await expect(openServer(deps)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(new RegExp(`port ${it.server.port}.*EADDRINUSE`)),
  })
})
