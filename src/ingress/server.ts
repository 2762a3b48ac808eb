// The HTTP server: node:http with its limits set, checks of the request head in front, fastify behind them for the routes.
// It opens and closes; what happens to a request is in receive.ts and read.ts.
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type FastifyInstance, fastify as makeFastify } from 'fastify'
import { SluiceError } from '../errors.ts'
import { headerBytesMax, keyBytesMax } from '../limits.ts'
import { type Ingress, makeIngress, type ServerDeps } from './deps.ts'
import { faultInHead } from './framing.ts'
import { answerEarly } from './linger.ts'
import { problem } from './replies.ts'
import { addRoutes, frameworkAnswer, routeLabel } from './routes.ts'
import { makeSockets, watchSockets } from './sockets.ts'

export type Server = {
  readonly host: string
  readonly port: number
  /** Bytes of unfinished records that requests hold at the moment. */
  heldBytes(): number
  /**
   * Takes no new connection, answers what is under way, refuses the rest of long bodies, and closes. After `graceMs`
   * what is still open is cut.
   */
  close(graceMs: number): Promise<void>
}

/**
 * Opens the listener.
 * @throws SluiceError CONFIG_INVALID when host or port cannot be had.
 */
export async function openServer(deps: ServerDeps): Promise<Server> {
  const ingress = makeIngress(deps)
  const fastify = build(ingress)
  const { host, port } = deps.config
  try {
    await fastify.listen({ host, port, backlog: 4096 })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SluiceError('CONFIG_INVALID', `cannot listen at host ${host}, port ${port}: ${reason}`, {}, error)
  }
  const address = fastify.server.address() as AddressInfo
  return {
    host: address.address,
    port: address.port,
    heldBytes: () => ingress.state.heldBytes,
    close: (graceMs) => close(fastify, ingress, graceMs),
  }
}

function build(ingress: Ingress): FastifyInstance {
  const { limits } = ingress.deps.config
  const sockets = makeSockets()
  const fastify = makeFastify({
    logger: false,
    return503OnClosing: false, // ours is a problem document, and says so
    forceCloseConnections: 'idle',
    clientErrorHandler: sockets.onClientError,
    frameworkErrors: (error, request, reply) => {
      reply.hijack()
      answerEarly(request.raw, reply.raw, frameworkAnswer(ingress, error), ingress.state.closing)
    },
    routerOptions: { maxParamLength: 3 * keyBytesMax },
    serverFactory: (route) => {
      const server = makeHttpServer(limits)
      // Later than a head may take, which has an answer of its own.
      watchSockets(server, sockets, limits.bodyStallMs + 2 * limits.headMs)
      server.on('drop', noteDrops(ingress))
      const front = (request: IncomingMessage, response: ServerResponse) => {
        sockets.track(request, response)
        observe(ingress, request, response)
        const fault = faultInHead(request)
        if (fault === undefined) route(request, response)
        else answerEarly(request, response, problem('REQUEST_MALFORMED', fault), true)
      }
      // With a listener of its own an expected body is asked for only once the request was admitted.
      server.on('request', front).on('checkContinue', front).on('checkExpectation', front)
      return server
    },
  })
  addRoutes(fastify, ingress)
  return fastify
}

function makeHttpServer(limits: Ingress['deps']['config']['limits']): HttpServer {
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    headersTimeout: limits.headMs,
    requestTimeout: 0, // a body may take as long as it gets on: body.ts watches it
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headMs),
    requireHostHeader: false, // framing.ts asks for it, with an answer in our form
  })
  server.maxConnections = limits.connectionsMax
  return server
}

function observe(ingress: Ingress, request: IncomingMessage, response: ServerResponse): void {
  const startedMs = performance.now()
  let status = 'aborted' // `writableFinished` is true as well for an answer that died with its socket
  response.once('finish', () => {
    status = String(response.statusCode)
  })
  response.once('close', () => {
    const route = routeLabel(ingress.streams, request.url ?? '')
    const seconds = (performance.now() - startedMs) / 1000
    ingress.deps.meter.request(route, request.method ?? '', status, seconds)
  })
}

const dropNoteMs = 1_000

/** For connections over the limit, which are closed unread: told once a second, or the log would suffer as well. */
function noteDrops({ deps }: Ingress): () => void {
  const { connectionsMax } = deps.config.limits
  let notedMs = 0
  return () => {
    const nowMs = deps.now()
    if (nowMs - notedMs < dropNoteMs) return
    notedMs = nowMs
    deps.logger.warn({ connectionsMax }, 'Connections over the limit are closed')
  }
}

async function close(fastify: FastifyInstance, ingress: Ingress, graceMs: number): Promise<void> {
  ingress.state.closing = true
  const cut = setTimeout(() => fastify.server.closeAllConnections(), graceMs)
  try {
    await fastify.close()
  } finally {
    clearTimeout(cut)
  }
}
