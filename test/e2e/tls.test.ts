// The command line with TLS: records over https, and a certificate that is exchanged under a running server.
import { copyFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tlsFiles } from '../fixtures/tls.ts'
import { makeDataDir, order, type RunningServer, startServer } from './server.ts'

let place: ReturnType<typeof makeDataDir>
let server: RunningServer | undefined
beforeEach(() => {
  place = makeDataDir()
  show('first')
})
afterEach(async () => {
  await server?.kill()
  server = undefined
  place.remove()
})

function show(name: 'first' | 'second'): void {
  const { certFile, keyFile } = tlsFiles(name)
  copyFileSync(certFile, join(place.dir, 'cert.pem'))
  copyFileSync(keyFile, join(place.dir, 'key.pem'))
}

/** Relative paths: those of the working directory. */
const tls = { certFile: 'cert.pem', keyFile: 'key.pem' }

function post(url: string, body: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    const sent = request(url, { method: 'POST', headers, rejectUnauthorized: false, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** The names of the certificates that so many connections were shown. */
async function shownBy(url: string): Promise<readonly string[]> {
  return [...new Set(await Promise.all(Array.from({ length: 12 }, () => shownOnce(url))))]
}

function shownOnce(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

async function printed(words: string): Promise<void> {
  for (let turn = 0; turn < 1000 && !server?.output().includes(words); turn++) {
    await new Promise((next) => setTimeout(next, 10))
  }
  expect(server?.output()).toContain(words)
}

test.each([1, 2])(
  'with %i threads orders over https are taken, and SIGHUP has another certificate shown, but none that is broken',
  async (threads) => {
    server = await startServer({ dataDir: place.dir, config: { tls, ingress: { threads } } })
    expect(server.url).toMatch(/^https:/)
    expect(server.output().includes('2 ingress threads')).toBe(threads === 2)
    const body = JSON.stringify(order('tls-1'))
    expect(await post(`${server.url}/api/order`, body)).toEqual({
      status: 202,
      text: '{"status":"accepted","key":"tls-1","offset":0}',
    })
    expect(await shownBy(server.url)).toEqual(['first'])
    show('second')
    process.kill(server.pid, 'SIGHUP')
    await printed('the certificate was read again')
    expect(await shownBy(server.url)).toEqual(['second'])
    copyFileSync(tlsFiles('first').keyFile, join(place.dir, 'key.pem'))
    process.kill(server.pid, 'SIGHUP')
    await printed('the certificate stays as it is')
    expect(await shownBy(server.url)).toEqual(['second'])
    expect(await server.stop()).toBe(0)
  },
)

test('a certificate that cannot be read stops the start, and is named', async () => {
  const missing = { tls: { ...tls, keyFile: 'nowhere.pem' } }
  await expect(startServer({ dataDir: place.dir, config: missing })).rejects.toThrow(
    /tls\.keyFile: .*nowhere\.pem cannot/,
  )
})
