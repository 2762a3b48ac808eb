// The HTTP server: node:http with its limits set, checks of the request head in front, fastify behind them for the routes.
// It opens and closes; what happens to a request is in receive.ts and read.ts.
import { once } from 'node:events'
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type FastifyInstance, fastify as makeFastify } from 'fastify'
import { SluiceError } from '../errors.ts'
import { openHeads } from '../kernel/heads.ts'
import { loadKernel } from '../kernel/module.ts'
import { headerBytesMax, keyBytesMax } from '../limits.ts'
import { type Ingress, makeIngress, type ServerDeps } from './deps.ts'
import { faultInHead } from './framing.ts'
import { type OpenLane, openLane } from './lane.ts'
import { answerEarly } from './linger.ts'
import { problem } from './replies.ts'
import { addRoutes, frameworkAnswer, routeLabel } from './routes.ts'
import { makeSockets, watchSockets } from './sockets.ts'

// Told when the strict reading of a head finds fault with it and the other one does not.
const ambiguous = 'The request head is ambiguous'

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
 * @throws SluiceError CONFIG_INVALID when host or port cannot be had, KERNEL_FAILED when the fast lane has no kernel.
 */
export async function openServer(deps: ServerDeps): Promise<Server> {
  const ingress = makeIngress(deps)
  const refused = new WeakSet<Socket>()
  const fastify = build(ingress, refused)
  const lane = deps.config.fastLane ? await openLaneBefore(fastify, ingress, refused) : undefined
  const address = await listen(ingress, fastify, lane)
  return {
    host: address.address,
    port: address.port,
    heldBytes: () => ingress.state.heldBytes,
    close: (graceMs) => close(fastify, lane, ingress, graceMs),
  }
}

// The HTTP server does not listen then: it gets its sockets from the lane.
async function openLaneBefore(fastify: FastifyInstance, ingress: Ingress, refused: WeakSet<Socket>): Promise<OpenLane> {
  const heads = openHeads(await loadKernel('plain'))
  await fastify.ready()
  fastify.server.emit('listening') // with that, node:http begins to look after the time its requests take
  const serve = (socket: Socket, isRefused: boolean) => {
    if (isRefused) refused.add(socket)
    fastify.server.emit('connection', socket)
  }
  return openLane({ ingress, heads, serve, onDrop: noteDrops(ingress) })
}

async function listen(ingress: Ingress, fastify: FastifyInstance, lane: OpenLane | undefined): Promise<AddressInfo> {
  const { host, port } = ingress.deps.config
  const options = { host, port, backlog: 4096 }
  try {
    if (lane === undefined) await fastify.listen(options)
    else {
      lane.tcp.listen(options)
      await once(lane.tcp, 'listening')
    }
  } catch (error) {
    await close(fastify, lane, ingress, 0)
    const reason = error instanceof Error ? error.message : String(error)
    throw new SluiceError('CONFIG_INVALID', `cannot listen at host ${host}, port ${port}: ${reason}`, {}, error)
  }
  return (lane?.tcp ?? fastify.server).address() as AddressInfo
}

function build(ingress: Ingress, refused: WeakSet<Socket>): FastifyInstance {
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
        const fault = faultInHead(request) ?? (refused.has(request.socket) ? ambiguous : undefined)
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
  // A client that has closed its side after a whole request still gets its answer, as in the fast lane.
  return Object.assign(server, { httpAllowHalfOpen: true })
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

async function close(
  fastify: FastifyInstance,
  lane: OpenLane | undefined,
  ingress: Ingress,
  graceMs: number,
): Promise<void> {
  ingress.state.closing = true
  const { server } = fastify
  const cut = setTimeout(() => {
    lane?.cut()
    server.closeAllConnections()
  }, graceMs)
  try {
    if (lane !== undefined) {
      server.close() // it does not listen; this closes what is idle, and ends its timers
      await lane.close()
    }
    await fastify.close()
  } finally {
    clearTimeout(cut)
  }
}
