// The one place where answers are made and written. Every error, whoever found it, leaves as a problem document
// (RFC 9457, application/problem+json) with a stable `code`. An answer is plain data, so that any transport can write it.
// What always holds: an answer is written once; a response that has begun is never given a second head.
import { type ServerResponse, STATUS_CODES } from 'node:http'
import { type ErrorCode, errorTable, problemDocument, SluiceError } from '../errors.ts'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** How long the body is in UTF-8, where that is known. */
  readonly bodyBytes?: number | undefined
}

export const jsonType = 'application/json'
export const problemType = 'application/problem+json'
export const linesType = 'application/x-ndjson'

/** What a JSON answer without fields of its own has: one object for all, so that it can be told by identity. */
export const jsonHeaders: Readonly<Record<string, string>> = { 'content-type': jsonType }

export function json(status: number, body: string, headers?: Readonly<Record<string, string>>): Answer {
  return { status, headers: headers === undefined ? jsonHeaders : { ...jsonHeaders, ...headers }, body }
}

/** The problem document of a code. `members` stand beside the standard ones. */
export function problem(
  code: ErrorCode,
  detail: string,
  members: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = problemDocument(code, detail, members)
  return { status: errorTable[code].status, headers: { 'content-type': problemType, ...headers }, body }
}

/** The problem document of anything thrown. What is no error of ours tells the client nothing of our insides. */
export function problemOf(error: unknown): Answer {
  if (error instanceof SluiceError && errorTable[error.code].status !== 0) {
    return problem(error.code, error.message, error.extra)
  }
  return problem('INTERNAL', 'The server met an error it did not expect. Nothing was acknowledged; try again.')
}

/** Writes the answer and ends the response; `close` ends the connection with it. Nothing happens when it has begun. */
export function send(response: ServerResponse, answer: Answer, close: boolean): void {
  if (!begin(response, answer, close)) return
  response.end(answer.body)
}

/** Writes the answer completely but leaves the response open, so that the connection lives on. False: it had begun. */
export function sendAndHold(response: ServerResponse, answer: Answer): boolean {
  if (!begin(response, answer, true)) return false
  response.write(answer.body)
  return true
}

function begin(response: ServerResponse, answer: Answer, close: boolean): boolean {
  if (response.headersSent || response.destroyed) return false
  const headers: Record<string, string | number> = {
    ...answer.headers,
    'content-length': Buffer.byteLength(answer.body),
  }
  if (close) headers.connection = 'close'
  response.writeHead(answer.status, headers)
  return true
}

/** The answer as bytes for a socket that has no response, because its request head could not be read. */
export function rawAnswer(answer: Answer): string {
  const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = Buffer.byteLength(answer.body)
  const head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? 'Error'}\r\n${lines.join('')}`
  return `${head}date: ${new Date().toUTCString()}\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n${answer.body}`
}
