// The operators' listener, apart from the clients', on the loopback by default: liveness, readiness, metrics, OpenAPI.
// It only reads. It answers from what it is handed and never touches a stream, so it stays up when the rest is overloaded.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ErrorCode, errorTable, problemDocument, SluiceError } from '../errors.ts'
import type { Health } from './health.ts'
import type { Metrics } from './metrics.ts'

export type OpsDeps = {
  readonly host: string
  readonly port: number
  readonly health: Pick<Health, 'readiness'>
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  /** The OpenAPI document, as JSON text. */
  readonly openApi: () => string
  readonly logger: { error(fields: object, message: string): void }
}

export type Ops = { readonly host: string; readonly port: number; close(): Promise<void> }

type Page = { readonly status: number; readonly type: string; readonly body: string }

const jsonType = 'application/json'

/**
 * Opens the listener.
 * @throws SluiceError CONFIG_INVALID when host or port cannot be had.
 */
export async function openOps(deps: OpsDeps): Promise<Ops> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, (request, response) => {
    answer(deps, request, response).catch((error: unknown) => {
      deps.logger.error({ err: error }, 'A page for operators failed')
      write(request, response, problem('INTERNAL', 'The page could not be made'))
    })
  })
  await new Promise<void>((resolve, reject) => {
    const { host, port } = deps
    server.once('error', (error) => {
      reject(
        new SluiceError(
          'CONFIG_INVALID',
          `cannot listen at opsHost ${host}, opsPort ${port}: ${error.message}`,
          {},
          error,
        ),
      )
    })
    server.listen({ host, port }, resolve)
  })
  const address = server.address() as AddressInfo
  return {
    host: address.address,
    port: address.port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

async function answer(deps: OpsDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0]!
  const make = Object.hasOwn(pages, path) ? pages[path] : undefined
  request.resume()
  if (make === undefined)
    return write(request, response, problem('NOT_FOUND', `There are ${Object.keys(pages).join(', ')}`))
  if (request.method === 'GET' || request.method === 'HEAD') return write(request, response, await make(deps))
  response.setHeader('allow', 'GET, HEAD')
  write(request, response, problem('METHOD_NOT_ALLOWED', `${request.method} is not allowed here; GET and HEAD are`))
}

const pages: Readonly<Record<string, (deps: OpsDeps) => Page | Promise<Page>>> = {
  // That this is answered at all shows that the main thread's loop turns, which is what liveness asks.
  '/livez': () => ({ status: 200, type: jsonType, body: '{"live":true}' }),
  '/readyz': ({ health }) => {
    const readiness = health.readiness()
    return { status: readiness.ready ? 200 : 503, type: jsonType, body: JSON.stringify(readiness) }
  },
  '/metrics': async ({ metrics }) => ({ status: 200, type: metrics.contentType, body: await metrics.text() }),
  '/openapi.json': ({ openApi }) => ({ status: 200, type: jsonType, body: openApi() }),
}

function problem(code: ErrorCode, detail: string): Page {
  return { status: errorTable[code].status, type: 'application/problem+json', body: problemDocument(code, detail) }
}

function write(request: IncomingMessage, response: ServerResponse, page: Page): void {
  if (response.headersSent) return
  const headers = {
    'content-type': page.type,
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
  }
  response.writeHead(page.status, headers)
  response.end(request.method === 'HEAD' ? undefined : page.body)
}
