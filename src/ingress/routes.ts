// Which request goes where. Fastify routes; the bodies are read by us as they come, so its parsers are taken out, and
// every answer is ours, so that all of them have one form.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorCode } from '../errors.ts'
import type { Ingress, IngressStream } from './deps.ts'
import { answerEarly } from './linger.ts'
import { wantsPage } from './media.ts'
import { page } from './page.ts'
import { read } from './read.ts'
import { receive } from './receive.ts'
import { type Answer, problem, problemOf } from './replies.ts'

/** Adds the routes of every stream, the page at `/`, and the answers to everything else. */
export function addRoutes(fastify: FastifyInstance, ingress: Ingress): void {
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null))
  for (const stream of ingress.streams) addStream(fastify, ingress, stream)
  fastify.get('/', (request, reply) => {
    const scheme = ingress.deps.certificate ? 'https' : 'http'
    const origin = `${scheme}://${request.headers.host ?? 'localhost'}`
    answer(ingress, request, reply, page(origin, ingress.streams, wantsPage(request.headers)))
  })
  fastify.setNotFoundHandler((request, reply) => {
    answer(ingress, request, reply, nothingHere(ingress.streams, request.method, request.url))
  })
  fastify.setErrorHandler((error: FastifyError, request, reply) => {
    answer(ingress, request, reply, frameworkAnswer(ingress, error))
  })
}

function addStream(fastify: FastifyInstance, ingress: Ingress, stream: IngressStream): void {
  fastify.post(stream.path, (request, reply) => {
    reply.hijack()
    void receive(ingress, stream, request.raw, reply.raw)
  })
  fastify.get<{ Params: { key: string } }>(`${stream.path}/:key`, (request, reply) => {
    reply.hijack()
    void read(ingress, stream, request.params.key, request.raw, reply.raw)
  })
}

function answer(ingress: Ingress, request: FastifyRequest, reply: FastifyReply, what: Answer): void {
  reply.hijack()
  answerEarly(request.raw, reply.raw, what, ingress.state.closing)
}

const codeOfFramework: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE',
  FST_ERR_BAD_URL: 'REQUEST_MALFORMED',
  FST_ERR_MAX_PARAM_LENGTH: 'NOT_FOUND',
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 'MEDIA_TYPE',
}

/** The answer to what the framework found wrong before a route was reached. */
export function frameworkAnswer(ingress: Ingress, error: FastifyError): Answer {
  const code = codeOfFramework[error.code]
  if (code !== undefined) return problem(code, error.message)
  ingress.deps.logger.error({ err: error }, 'The HTTP framework failed')
  return problemOf(error)
}

/** 405 with `Allow` where another method would be taken, else 404. */
export function nothingHere(streams: readonly IngressStream[], method: string, url: string): Answer {
  const path = url.split('?', 1)[0]!
  const allow = allowed(streams, path)
  if (allow === undefined) return problem('NOT_FOUND', 'There is nothing at this path')
  return problem('METHOD_NOT_ALLOWED', `${method} is not allowed here; ${allow} is`, {}, { allow })
}

function allowed(streams: readonly IngressStream[], path: string): string | undefined {
  if (path === '/') return 'GET, HEAD'
  if (streams.some((stream) => stream.path === path)) return 'POST'
  const cut = path.lastIndexOf('/')
  const isRecord = cut < path.length - 1 && streams.some((stream) => stream.path === path.slice(0, cut))
  return isRecord ? 'GET, HEAD' : undefined
}

/** The route a request belongs to, for counting; unknown paths share one, so that clients cannot make up routes. */
export function routeLabel(streams: readonly IngressStream[], url: string): string {
  const path = url.split('?', 1)[0]!
  if (path === '/') return path
  const parent = path.slice(0, path.lastIndexOf('/'))
  for (const stream of streams) {
    if (stream.path === path) return path
    if (stream.path === parent) return `${parent}/{key}`
  }
  return 'other'
}
