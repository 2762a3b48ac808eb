// Decides whether a request may bring records now. Nothing is read or held before this has said yes, and a long body asks
// again as it goes, since what was true at its first byte need not be at its last.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorCode } from '../errors.ts'
import { admitAddress, type Verdict } from '../guard/limiter.ts'
import { type Load, retryAfterSeconds } from '../guard/shed.ts'
import { heldBytesMax, retryAfterSecondsMax } from '../limits.ts'
import { readProgress } from '../log/progress.ts'
import type { Ingress, IngressStream } from './deps.ts'
import { type Answer, problem } from './replies.ts'

const words: Readonly<Partial<Record<ErrorCode, string>>> = {
  SHUTTING_DOWN: 'The server is shutting down. Send what was not acknowledged again, to another one or later',
  OVERLOADED: 'There is no room for more records now. Send what was not acknowledged again after the time given',
  LOG_UNAVAILABLE: 'The log cannot be written now. Send what was not acknowledged again after the time given',
  SINK_UNAVAILABLE: 'The sink cannot be asked now. Ask again after the time given',
  STORAGE_FULL: 'The disk of the log is full. Send what was not acknowledged again once there is space',
}

/** Why the stream takes no records at the moment, or undefined when it does. */
export function refusalNow(ingress: Ingress, stream: IngressStream): ErrorCode | undefined {
  const { deps, state } = ingress
  if (state.closing) return 'SHUTTING_DOWN'
  const backlogBytes = readProgress(deps.progress, stream.index, 'backlogBytes')
  // What threads hold is not added up: each has its part of the bound.
  const heldMax = heldBytesMax / deps.config.ingress.threads
  if (backlogBytes >= deps.config.log.backlogBytesMax || state.heldBytes >= heldMax) return 'OVERLOADED'
  return deps.logRefusal()
}

/** The problem document for a code that may pass, with `Retry-After` computed from backlog and drain. */
export function refusalAnswer(
  ingress: Ingress,
  stream: IngressStream,
  code: ErrorCode,
  members: Readonly<Record<string, unknown>> = {},
): Answer {
  const seconds = retryAfterSeconds(loadOf(ingress, stream), retryAfterSecondsMax)
  return problem(code, words[code] ?? 'Not now', members, { 'retry-after': String(seconds) })
}

function loadOf({ deps }: Ingress, { index }: IngressStream): Load {
  return {
    backlogBytes: readProgress(deps.progress, index, 'backlogBytes'),
    backlogBytesMax: deps.config.log.backlogBytesMax,
    backlogRecords: readProgress(deps.progress, index, 'committed') - readProgress(deps.progress, index, 'drained'),
    drainRecordsPerSecond: deps.drainRecordsPerSecond(index),
  }
}

/**
 * Takes one request of the client's rate, when the stream has a limit. The answer is what to refuse with; the fields of
 * draft-ietf-httpapi-ratelimit-headers go onto every answer, so that a client can slow down before it is refused.
 */
export async function refuseByRate(
  { deps }: Ingress,
  stream: IngressStream,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answer | undefined> {
  const { limiter } = stream
  if (limiter === undefined) return undefined
  const address = request.socket.remoteAddress ?? ''
  const verdict = (await deps.shared?.admitAddress(stream.index, address)) ?? admitAddress(limiter, address, deps.now())
  const policySeconds = Math.ceil(limiter.burst / limiter.requestsPerSecond)
  response.setHeader('ratelimit-policy', `"${stream.name}";q=${limiter.burst};w=${policySeconds}`)
  response.setHeader('ratelimit', `"${stream.name}";r=${verdict.remaining};t=${verdict.resetSeconds}`)
  return verdict.granted ? undefined : rateLimited(verdict)
}

function rateLimited({ retryAfterSeconds }: Verdict): Answer {
  const detail = `This address makes too many requests. The next one is taken in ${retryAfterSeconds} s`
  return problem('RATE_LIMITED', detail, {}, { 'retry-after': String(retryAfterSeconds) })
}
