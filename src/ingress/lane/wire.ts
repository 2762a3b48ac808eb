// An answer as the text of an HTTP/1.1 response: the same fields, in the same order and case, as node:http writes them for
// the other lane (replies.ts), so that a client cannot tell the lanes apart; a test holds the two together.
import { STATUS_CODES } from 'node:http'
import type { Answer } from '../replies.ts'

/** `keep`: the connection goes on. `asked`: the client wants it closed. `close`: the server closes it of its own will. */
export type After = 'keep' | 'asked' | 'close'

export type Wire = {
  /** The whole response. Date is that of `nowMs`, Unix time. */
  text(answer: Answer, after: After, nowMs: number): string
  /** Whether all that `text` made since the last call is ASCII. */
  wasAscii(): boolean
}

export function makeWire(keepAliveMs: number): Wire {
  const statusLines = new Map<number, string>()
  const seconds = Math.floor(keepAliveMs / 1000)
  const keepLines = `Connection: keep-alive\r\n${keepAliveMs > 0 ? `Keep-Alive: timeout=${seconds}\r\n` : ''}\r\n`
  let dateSecond = -1
  let dateLine = ''
  let ascii = true

  function statusLine(status: number): string {
    let line = statusLines.get(status)
    if (line === undefined) {
      line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`
      statusLines.set(status, line)
    }
    return line
  }

  function date(nowMs: number): string {
    const second = Math.floor(nowMs / 1000)
    if (second !== dateSecond) {
      dateSecond = second
      dateLine = `Date: ${new Date(nowMs).toUTCString()}\r\n`
    }
    return dateLine
  }

  return {
    text(answer, after, nowMs) {
      const { status, headers, body } = answer
      const bytes = Buffer.byteLength(body)
      if (bytes !== body.length) ascii = false
      let head = statusLine(status)
      for (const name in headers) head += `${name}: ${headers[name]}\r\n`
      head += `content-length: ${bytes}\r\n`
      if (after === 'close') return `${head}connection: close\r\n${date(nowMs)}\r\n${body}`
      return `${head}${date(nowMs)}${after === 'keep' ? keepLines : 'Connection: close\r\n\r\n'}${body}`
    },
    wasAscii() {
      const was = ascii
      ascii = true
      return was
    },
  }
}
