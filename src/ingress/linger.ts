// Answers before the body was read. Closing at once would make the kernel send a reset, and a reset can destroy the
// answer on its way (RFC 9112, section 9.6): so the answer is written, then a bounded rest of the body is read and
// dropped, for a bounded time, and then the connection is closed. A small rest is read as usual and the connection kept.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { lingerBytesMax, lingerMs, smallRestBytes } from '../limits.ts'
import { whyCut } from './cut-short.ts'
import { type Answer, send, sendAndHold } from './replies.ts'

/** Writes the answer and gets rid of what is left of the body. `close` asks to end the connection in any case. */
export function answerEarly(request: IncomingMessage, response: ServerResponse, answer: Answer, close: boolean): void {
  if (request.complete || hasSmallRest(request)) {
    send(response, answer, close || whyCut(request) !== undefined)
    request.resume()
    return
  }
  if (!sendAndHold(response, answer)) return
  dropRest(request, () => response.end())
}

/** Ends an answer that was written as results came, and gets rid of what is left of the body. */
export function endStreamed(request: IncomingMessage, response: ServerResponse): void {
  if (response.destroyed) return
  const endBoth = () => response.end(() => request.socket.destroySoon())
  if (!request.complete) {
    dropRest(request, endBoth)
    return
  }
  if (whyCut(request) === undefined) response.end()
  else endBoth()
  request.resume()
}

// A client that waits for `100 Continue` may never send its body, and one that sends it chunked has not said how long it is.
function hasSmallRest(request: IncomingMessage): boolean {
  const { headers } = request
  if (headers.expect !== undefined || headers['transfer-encoding'] !== undefined) return false
  return Number(headers['content-length'] ?? 0) <= smallRestBytes
}

function dropRest(request: IncomingMessage, done: () => void): void {
  let droppedBytes = 0
  const timer = setTimeout(finish, lingerMs)
  const count = (bytes: Buffer) => {
    droppedBytes += bytes.length
    if (droppedBytes > lingerBytesMax) finish()
  }
  function finish(): void {
    clearTimeout(timer)
    request.off('data', count).off('end', finish).off('close', finish)
    request.pause()
    done()
  }
  request.on('data', count).on('end', finish).on('close', finish)
  request.resume()
}
