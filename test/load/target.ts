// A small real server for generators to aim at; every one of a test is closed when the test ends.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import type { Target } from '../../src/load/templates.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

/** Starts a server that answers each request with `answer` once its body is there. */
export async function listen(
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

export function keyOf(text: string): string {
  return (JSON.parse(text) as { orderId: string }).orderId
}

export const brief = { warmupMs: 50, measureMs: 300, serverPid: process.pid }
