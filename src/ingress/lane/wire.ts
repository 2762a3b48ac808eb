// An answer as the text of an HTTP/1.1 response: the same fields, in the same order and case, as node:http writes them for
// the other lane (replies.ts), so that a client cannot tell the lanes apart; a test holds the two together.
import { STATUS_CODES } from 'node:http'
import { type Answer, jsonHeaders } from '../replies.ts'

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
  const jsonHeads = new Map<number, string>()
  const seconds = Math.floor(keepAliveMs / 1000)
  const keepLines = `Connection: keep-alive\r\n${keepAliveMs > 0 ? `Keep-Alive: timeout=${seconds}\r\n` : ''}\r\n`
  let dateSecond = -1
  const tails = { keep: '', asked: '', close: '' }
  let ascii = true

  function statusLine(status: number): string {
    let line = statusLines.get(status)
    if (line === undefined) {
      line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`
      statusLines.set(status, line)
    }
    return line
  }

  /** Up to the length of the body. */
  function head(status: number, headers: Answer['headers']): string {
    const known = headers === jsonHeaders ? jsonHeads.get(status) : undefined
    if (known !== undefined) return known
    let text = statusLine(status)
    for (const name in headers) text += `${name}: ${headers[name]}\r\n`
    text += 'content-length: '
    if (headers === jsonHeaders) jsonHeads.set(status, text)
    return text
  }

  /** From behind the length to the body. */
  function tail(after: After, nowMs: number): string {
    const second = Math.floor(nowMs / 1000)
    if (second !== dateSecond) {
      dateSecond = second
      const date = `Date: ${new Date(nowMs).toUTCString()}\r\n`
      tails.keep = `\r\n${date}${keepLines}`
      tails.asked = `\r\n${date}Connection: close\r\n\r\n`
      tails.close = `\r\nconnection: close\r\n${date}\r\n`
    }
    return tails[after]
  }

  return {
    text({ status, headers, body, bodyBytes }, after, nowMs) {
      const bytes = bodyBytes ?? Buffer.byteLength(body)
      if (bytes !== body.length) ascii = false
      return head(status, headers) + bytes + tail(after, nowMs) + body
    },
    wasAscii() {
      const was = ascii
      ascii = true
      return was
    },
  }
}
