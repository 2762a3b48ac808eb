// Knows which answers each connection still owes, for what node:http leaves to us: requests whose bytes are no HTTP,
// clients that do not read, and connections with nothing to do.
// What always holds: a broken request is answered after the ones before it, never in their place, and by who reads its
// body if somebody does.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { cutShort, endedInside, whyCut } from './cut-short.ts'
import { type Answer, problem, rawAnswer, send } from './replies.ts'

type Owed = { readonly request: IncomingMessage; readonly response: ServerResponse }

export type Sockets = {
  /** Notes a request until its response has closed. */
  track(request: IncomingMessage, response: ServerResponse): void
  /** Answers what could not be parsed and closes the connection. */
  onClientError(error: Error & { readonly code?: string }, socket: Duplex): void
  /** For the server's `timeout`: nothing moved on the socket for a while. */
  onTimeout(socket: Socket): void
}

export function makeSockets(): Sockets {
  const owedBy = new WeakMap<Duplex, Set<Owed>>()
  const latestOf = new WeakMap<Duplex, IncomingMessage>()

  function track(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    latestOf.set(socket, request)
    const owed = owedBy.get(socket) ?? new Set()
    if (owed.size === 0) owedBy.set(socket, owed)
    const one = { request, response }
    owed.add(one)
    response.once('close', () => owed.delete(one))
  }

  function onClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const last = [...(owedBy.get(socket) ?? [])].at(-1)
    // A body that was answered early has no second answer, wherever it ends.
    if (last === undefined && latestOf.get(socket)?.complete === false) socket.end(() => socket.destroy())
    else if (last === undefined) refuseSocket(socket, answerTo(error))
    else if (last.request.complete && whyCut(last.request) === undefined)
      last.response.once('close', () => refuseSocket(socket, answerTo(error)))
    else if (cutShort(last.request, detailOf(error))) return
    else if (!last.response.headersSent) send(last.response, answerTo(error), true)
    else socket.destroy()
  }

  function onTimeout(socket: Socket): void {
    const busy = (owedBy.get(socket)?.size ?? 0) > 0
    if (!busy || socket.writableLength > 0) socket.destroy()
  }

  return { track, onClientError, onTimeout }
}

function refuseSocket(socket: Duplex, answer: Answer): void {
  if (socket.writable) socket.end(rawAnswer(answer), () => socket.destroy())
}

function answerTo(error: Error & { readonly code?: string }): Answer {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return problem('REQUEST_TIMEOUT', 'The request head did not arrive in time')
  return problem('REQUEST_MALFORMED', detailOf(error))
}

function detailOf({ code, message }: Error & { readonly code?: string }): string {
  if (code === 'HPE_INVALID_EOF_STATE') return endedInside
  if (code === 'HPE_HEADER_OVERFLOW') return 'The request head is too large'
  return `The request is not HTTP/1.1: ${message.replace(/^Parse Error: /, '')}`
}

/** Has `sockets` look after the connections of `server`. `stallMs`: a client that reads nothing is left after that. */
export function watchSockets(server: Server, sockets: Sockets, stallMs: number): void {
  server.setTimeout(stallMs, sockets.onTimeout)
  const refuse = (_: IncomingMessage, socket: Duplex) => {
    refuseSocket(socket, problem('METHOD_NOT_ALLOWED', 'This server is no proxy'))
  }
  server.on('connect', refuse)
}
