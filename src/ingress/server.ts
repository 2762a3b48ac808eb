// The HTTP server: node:http with its limits set, checks of the request head in front, fastify behind them for the routes.
// It opens and closes; what happens to a request is in receive.ts and read.ts. It does not listen itself: its connections
// come from the door, by way of the fast lane unless that is off.
import { once } from 'node:events'
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type FastifyInstance, fastify as makeFastify } from 'fastify'
import { SluiceError } from '../errors.ts'
import { openHeads } from '../kernel/heads.ts'
import { loadKernel } from '../kernel/module.ts'
import { headerBytesMax, keyBytesMax } from '../limits.ts'
import type { Certificate } from './certificate.ts'
import { type Ingress, makeIngress, type ServerDeps } from './deps.ts'
import { openDoor } from './door.ts'
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
  /** Shows another certificate to the connections to come. */
  renew(certificate: Certificate): void
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
  const front = await openFront(fastify, ingress, refused)
  const address = await listen(ingress, fastify, front)
  return {
    host: address.address,
    port: address.port,
    heldBytes: () => ingress.state.heldBytes,
    renew: (certificate) => front.door.renew(certificate),
    close: (graceMs) => close(fastify, front, ingress, graceMs),
  }
}

/** What is before the HTTP server: the lane, or the door alone. */
type Front = Pick<OpenLane, 'door' | 'close' | 'cut'>

async function openFront(fastify: FastifyInstance, ingress: Ingress, refused: WeakSet<Socket>): Promise<Front> {
  await fastify.ready()
  const { server } = fastify
  server.emit('listening') // with that, node:http begins to look after the time its requests take
  const onDrop = noteDrops(ingress)
  if (!ingress.deps.config.fastLane) return openDoorOnly(server, ingress, onDrop)
  const serve = (socket: Socket, isRefused: boolean) => {
    if (isRefused) refused.add(socket)
    server.emit('connection', socket)
  }
  return openLane({ ingress, heads: openHeads(await loadKernel('plain')), serve, onDrop })
}

function openDoorOnly(server: HttpServer, ingress: Ingress, onDrop: () => void): Front {
  const silent = new Set<Socket>() // no request came yet, and node:http does not count them among the idle ones
  const speaks = ({ socket }: IncomingMessage) => void silent.delete(socket)
  server.prependListener('request', speaks).prependListener('checkContinue', speaks)
  const door = openDoor({
    ingress,
    onDrop,
    serve(socket, client) {
      silent.add(socket)
      socket.once('close', () => {
        silent.delete(socket)
        door.crowd.leave(client)
      })
      server.emit('connection', socket)
      socket.resume()
    },
  })
  return {
    door,
    close() {
      door.shut()
      for (const socket of silent) socket.destroy()
      return door.crowd.gone()
    },
    cut: () => undefined, // all of them are the HTTP server's
  }
}

async function listen(ingress: Ingress, fastify: FastifyInstance, front: Front): Promise<AddressInfo> {
  const { host, port } = ingress.deps.config
  const { tcp } = front.door
  // Threads share a port, and the system shares out its connections among them.
  const reusePort = ingress.deps.config.ingress.threads > 1
  try {
    tcp.listen({ host, port, backlog: 4096, reusePort })
    await once(tcp, 'listening')
  } catch (error) {
    await close(fastify, front, ingress, 0)
    throw listenError(error, host, port)
  }
  return tcp.address() as AddressInfo
}

/** The error for a port that cannot be had, with what to do. */
export function listenError(error: unknown, host: string, port: number): SluiceError {
  const { code, message } = error as Error & { readonly code?: string }
  const advice = code === 'ENOTSUP' ? '. Threads cannot share a port on this system: set ingress.threads to 1' : ''
  return new SluiceError(
    'CONFIG_INVALID',
    `cannot listen at host ${host}, port ${port}: ${message}${advice}`,
    {},
    error,
  )
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
  // A client that has closed its side after a whole request still gets its answer, as in the fast lane.
  return Object.assign(server, { httpAllowHalfOpen: true })
}

function observe(ingress: Ingress, request: IncomingMessage, response: ServerResponse): void {
  const startedMs = performance.now()
  let status: number | 'aborted' = 'aborted' // `writableFinished` is true as well for an answer that died with its socket
  response.once('finish', () => {
    status = response.statusCode
  })
  response.once('close', () => {
    const route = routeLabel(ingress.streams, request.url ?? '')
    const seconds = (performance.now() - startedMs) / 1000
    ingress.deps.meter.requests(route, request.method ?? '')(status, seconds)
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

async function close(fastify: FastifyInstance, front: Front, ingress: Ingress, graceMs: number): Promise<void> {
  ingress.state.closing = true
  const { server } = fastify
  const cut = setTimeout(() => {
    front.cut()
    server.closeAllConnections()
  }, graceMs)
  try {
    server.close() // it does not listen; this closes what is idle, and ends its timers
    await front.close()
    await fastify.close()
  } finally {
    clearTimeout(cut)
  }
}
