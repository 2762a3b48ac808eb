// Sends one batch until every record of it has an outcome: asks for a result a record, and sends again what was not taken
// and may be, no earlier than the server said and not in step with other clients.
// What always holds: a record is sent again only when the server did not say what became of it, or said that it was not taken.
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { errorTable, SluiceError } from '../errors.ts'
import type { FileRecord } from './records.ts'

export type Target = {
  readonly url: URL
  readonly gzip: boolean
  /** How often in a row the server may take nothing of a batch before it is given up. */
  readonly retries: number
  readonly answerMs: number
}

/** What the server said of one record. */
export type Result = {
  readonly index: number
  readonly status: 'accepted' | 'duplicate' | 'conflict' | 'invalid' | 'refused'
  readonly code?: string
  readonly pointer?: string
  readonly message?: string
  readonly retry?: boolean
  /** It speaks for all records from its index on. */
  readonly rest?: boolean
  readonly retryAfterSeconds?: number
}

/** What one request brought. */
type Attempt = {
  readonly results: readonly Result[]
  /** Seconds the server asked to wait. */
  readonly waitSeconds: number | undefined
  /** Why records are without a result; undefined when none are. */
  readonly trouble: string | undefined
  /** The connection broke: the server may have taken records it could not tell of. */
  readonly lost: boolean
  /** The server takes no body of this size. */
  readonly tooLarge: boolean
  /** Trying again changes nothing. */
  readonly final: boolean
}

export type Delivery = {
  /** One call a record with its final outcome. */
  onResult(record: FileRecord, result: Result): void
  /** Records are sent again: how many, and why. `lost` as above. */
  onRetry(count: number, trouble: string, lost: boolean): void
}

const compress = promisify(gzip)
const firstPauseMs = 250
const pauseMsMax = 30_000

/** Resolves to the records that were given up. @throws SluiceError when the server refuses the request for good. */
export async function deliver(
  target: Target,
  records: readonly FileRecord[],
  delivery: Delivery,
): Promise<{ readonly left: readonly FileRecord[]; readonly trouble: string | undefined }> {
  let pending = records
  for (let failures = 0; ; failures++) {
    const attempt = await post(target, pending)
    if (attempt.tooLarge && pending.length > 1) return deliverHalves(target, pending, delivery)
    const left = settle(pending, attempt, delivery)
    if (left.length === 0) return { left, trouble: undefined }
    const trouble = attempt.trouble ?? 'not taken'
    if (left.length < pending.length) failures = 0
    if (failures >= target.retries || attempt.final) return { left, trouble }
    delivery.onRetry(left.length, trouble, attempt.lost)
    await sleep(pauseMs(failures, attempt.waitSeconds))
    pending = left
  }
}

async function deliverHalves(target: Target, records: readonly FileRecord[], delivery: Delivery) {
  const middle = Math.ceil(records.length / 2)
  const first = await deliver(target, records.slice(0, middle), delivery)
  const second = await deliver(target, records.slice(middle), delivery)
  return { left: [...first.left, ...second.left], trouble: first.trouble ?? second.trouble }
}

/** Hands out final outcomes; returns the records to send again, in their order. */
function settle(records: readonly FileRecord[], attempt: Attempt, delivery: Delivery): readonly FileRecord[] {
  const results = new Map(attempt.results.map((result) => [result.index, result]))
  return records.filter((record, index) => {
    const result = results.get(index)
    if (result === undefined || result.rest || result.retry) return true
    delivery.onResult(record, result)
    return false
  })
}

// Up to half as long again as asked, so that those who were refused together do not come back together.
function pauseMs(failures: number, waitSeconds: number | undefined): number {
  const backoff = Math.min(pauseMsMax, firstPauseMs * 2 ** failures)
  return Math.max(backoff, (waitSeconds ?? 0) * 1000) * (1 + Math.random() / 2)
}

async function post(target: Target, records: readonly FileRecord[]): Promise<Attempt> {
  const lines = Buffer.concat(records.flatMap(({ bytes }) => [bytes, lineEnd]))
  const body = target.gzip ? await compress(lines) : lines
  const headers = {
    'content-type': 'application/x-ndjson',
    accept: 'application/x-ndjson',
    ...(target.gzip && { 'content-encoding': 'gzip' }),
  }
  try {
    const signal = AbortSignal.timeout(target.answerMs)
    const response = await fetch(target.url, { method: 'POST', headers, body, signal, redirect: 'error' })
    const isResults = response.headers.get('content-type') === 'application/x-ndjson'
    return isResults ? await readResults(response, records.length) : readProblem(response, await response.text())
  } catch (error) {
    if (error instanceof SluiceError) throw error
    return { ...nothing, lost: wasConnected(error), trouble: connectionTrouble(error), final: isUntrusted(error) }
  }
}

const lineEnd = Buffer.from('\n')
const nothing: Attempt = {
  results: [],
  waitSeconds: undefined,
  trouble: undefined,
  lost: false,
  tooLarge: false,
  final: false,
}

// A connection that breaks in the middle still leaves the lines that came before.
async function readResults(response: Response, count: number): Promise<Attempt> {
  let text = ''
  let trouble: string | undefined
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
  } catch (error) {
    trouble = connectionTrouble(error)
  }
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  const results = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Result)
  const refused = results.find(({ retry }) => retry)
  const lost = trouble !== undefined || (refused === undefined && results.length < count)
  trouble ??= refused?.code ?? (lost ? 'the answer is incomplete' : undefined)
  return { ...nothing, results, trouble, lost, waitSeconds: results.at(-1)?.retryAfterSeconds }
}

function readProblem(response: Response, text: string): Attempt {
  const { status, headers } = response
  const problem = asProblem(text)
  const code = problem.code ?? `HTTP ${status}`
  if (code === 'BODY_TOO_LARGE') return { ...nothing, trouble: code, tooLarge: true }
  const passing = problem.retry ?? [408, 429, 500, 502, 503, 504, 507].includes(status)
  if (!passing)
    throw new SluiceError(
      knownCode(code),
      `the server refused the request: ${code}: ${problem.detail ?? text.slice(0, 200)}`,
    )
  const wait = Number(headers.get('retry-after') ?? Number.NaN)
  return { ...nothing, trouble: code, waitSeconds: Number.isFinite(wait) ? wait : undefined }
}

type Problem = { readonly code?: string; readonly detail?: string; readonly retry?: boolean }

// A proxy in between answers in its own form.
function asProblem(text: string): Problem {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function knownCode(code: string): keyof typeof errorTable {
  return Object.hasOwn(errorTable, code) ? (code as keyof typeof errorTable) : 'REQUEST_MALFORMED'
}

const notConnected = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]

function wasConnected(error: unknown): boolean {
  return !notConnected.includes(causeCode(error)) && !isUntrusted(error)
}

// The names of Node for certificates that are not believed; nothing was sent then.
function isUntrusted(error: unknown): boolean {
  return /(^|_)(CERT|LEAF|ISSUER|HOSTNAME)(_|$)/.test(causeCode(error))
}

function causeCode(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { readonly code?: string } | undefined) : undefined
  return cause?.code ?? ''
}

function connectionTrouble(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message
}
