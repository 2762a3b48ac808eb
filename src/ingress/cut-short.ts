// Requests that the HTTP parser gave up in the middle of their body: the client closed its side, or its chunks are broken.
// Who reads the body is told where the bytes end, after all that came before, since its records may be durable by then.
// What always holds: a request is cut once; it is answered by who reads it, and by nobody else.
import type { IncomingMessage } from 'node:http'
import { SluiceError } from '../errors.ts'

/** What a client is told that closed its side in the middle of a request. */
export const endedInside = 'The connection ended before the request'

const whyByRequest = new WeakMap<IncomingMessage, SluiceError | undefined>()

/** Has {@link cutShort} leave the answer to who reads the body. To be called as the request arrives. */
export function answerCuts(request: IncomingMessage): void {
  whyByRequest.set(request, undefined)
}

/** Ends the body after what has come of it. False: nobody reads it, so nobody will answer. */
export function cutShort(request: IncomingMessage, detail: string): boolean {
  if (!whyByRequest.has(request)) return false
  if (whyCut(request) !== undefined) return true // the parser tells of every piece that comes behind its error
  whyByRequest.set(request, new SluiceError('REQUEST_MALFORMED', detail))
  request.complete = true // or node:http, at the end of the body, closes the socket before the answer
  request.push(null)
  return true
}

/** Why the body was cut short, if it was. It may have bytes to read all the same. */
export function whyCut(request: IncomingMessage): SluiceError | undefined {
  return whyByRequest.get(request)
}
