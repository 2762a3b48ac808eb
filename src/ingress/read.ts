// The life of a GET of a record: the log is asked first, since it knows every recent key and whether the record was
// drained; then the sink. So a client that lost its answer can always ask whether the record landed.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SluiceError } from '../errors.ts'
import { toJson } from '../kernel/messagepack.ts'
import { refusalAnswer, refuseByRate } from './admit.ts'
import type { Ingress, IngressStream } from './deps.ts'
import { answerEarly } from './linger.ts'
import { type Answer, json, problem, problemOf } from './replies.ts'

/** Answers with the record under `key`, or 404. Never rejects. */
export async function read(
  ingress: Ingress,
  stream: IngressStream,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const limited = stream.limiter && (await refuseByRate(ingress, stream, request, response))
  const answer = limited ?? (await findAnswer(ingress, stream, key))
  answerEarly(request, response, answer, ingress.state.closing)
}

/** The answer to who asks for the record under `key`. Never rejects. */
export function findAnswer(ingress: Ingress, stream: IngressStream, key: string): Promise<Answer> {
  return find(ingress, stream, key).catch((error: unknown) => failed(ingress, stream, error))
}

async function find(ingress: Ingress, stream: IngressStream, key: string): Promise<Answer> {
  const { deps } = ingress
  if (!stream.hasKey) return problem('NOT_FOUND', `The stream "${stream.name}" has no key to read records by`)
  const found = await deps.log.find(stream.name, key)
  if (found.state === 'queued') {
    const body = stream.valueIsJson ? Buffer.from(found.value).toString() : toJson(found.value)
    return json(200, body, { 'sluice-state': 'queued' })
  }
  // A key the log does not know may be older than its memory.
  const stored = await deps.readStored(stream.index, key)
  if (stored !== undefined) return json(200, stored, { 'sluice-state': 'stored' })
  return problem('NOT_FOUND', 'There is no record with this key')
}

function failed(ingress: Ingress, stream: IngressStream, error: unknown): Answer {
  ingress.deps.logger.error({ err: error, stream: stream.name }, 'A record could not be read')
  const known = error instanceof SluiceError && error.code === 'SINK_UNAVAILABLE'
  return known ? refusalAnswer(ingress, stream, error.code) : problemOf(error)
}
