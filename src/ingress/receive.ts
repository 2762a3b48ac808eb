// The life of a POST: admitted, read, answered. Whatever happens on the way, the request ends with one answer or a closed
// connection, and what it held is freed.
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SluiceError } from '../errors.ts'
import { keyBytesMax } from '../limits.ts'
import { refusalAnswer, refusalNow, refuseByRate } from './admit.ts'
import { readBody } from './body.ts'
import { makeBulk } from './bulk.ts'
import { answerCuts } from './cut-short.ts'
import type { Ingress, IngressStream } from './deps.ts'
import { answerEarly, endStreamed } from './linger.ts'
import { type BodyKind, bodyKind, isGzip, wantsLines } from './media.ts'
import { keyMissing } from './outcomes.ts'
import { readWishes } from './query.ts'
import type { Reader } from './reader.ts'
import { type Answer, problemOf } from './replies.ts'
import { makeResults } from './results.ts'
import { makeSingle } from './single.ts'
import { jsonSyntax, makeSniffer, packedSyntax } from './sniff.ts'

// What zlib allocates for one inflater, with our chunk.
const gunzipBytes = 131_072

/** Takes the records of one POST and answers it. Never rejects. */
export async function receive(
  ingress: Ingress,
  stream: IngressStream,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  answerCuts(request)
  const answer = await answerTo(ingress, stream, request, response)
  if (answer === undefined) endStreamed(request, response)
  else answerEarly(request, response, answer, ingress.state.closing || answer.status === 408)
}

async function answerTo(
  ingress: Ingress,
  stream: IngressStream,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answer | undefined> {
  const refusal = refusalNow(ingress, stream)
  if (refusal !== undefined) return refusalAnswer(ingress, stream, refusal)
  const limited = stream.limiter && (await refuseByRate(ingress, stream, request, response))
  if (limited) return limited
  if (request.destroyed) return undefined // it left while another thread was asked
  try {
    const gzip = isGzip(request.headers)
    const reader = openReader(ingress, stream, request, response)
    checkLength(request, ingress.deps.config.limits.bodyBytesMax)
    return await readAll(ingress, request, response, reader, gzip)
  } catch (error) {
    return problemOf(logUnexpected(ingress, error))
  }
}

async function readAll(
  ingress: Ingress,
  request: IncomingMessage,
  response: ServerResponse,
  reader: Reader,
  gzip: boolean,
): Promise<Answer | undefined> {
  const { deps, state } = ingress
  const { bodyBytesMax, inflatedBytesMax, bodyStallMs } = deps.config.limits
  if (request.headers.expect !== undefined) response.writeContinue()
  state.heldBytes += gzip ? gunzipBytes : 0
  try {
    const end = await readBody(request, { gzip, bodyBytesMax, inflatedBytesMax, stallMs: bodyStallMs }, reader)
    if (end !== 'gone') return await reader.end()
    reader.gone()
    return undefined
  } catch (error) {
    return reader.fail(logUnexpected(ingress, error))
  } finally {
    state.heldBytes -= gzip ? gunzipBytes : 0
  }
}

function openReader(
  ingress: Ingress,
  stream: IngressStream,
  request: IncomingMessage,
  response: ServerResponse,
): Reader {
  const kind = takenKind(stream, bodyKind(request.headers))
  const wishes = readWishes(request.url ?? '')
  const results = wantsLines(request.headers) ? makeResults(response) : undefined
  if (wishes.waitStored && results) {
    throw new SluiceError(
      'REQUEST_MALFORMED',
      'wait=stored answers once, a result a record answers as it goes: ask for one',
    )
  }
  const options = { ...wishes, isGone: () => response.destroyed }
  if (kind === 'lines') {
    if (stream.keyHeader !== undefined)
      throw new SluiceError('KEY_MISSING', `${keyMissing(stream)}, one record a request`)
    return makeBulk(ingress, stream, { ...options, form: 'lines', results })
  }
  const { syntax, record, array } = forms[kind]
  return makeSniffer(ingress, stream, syntax, {
    single: () => makeSingle(ingress, stream, headerKey(stream, request), { ...options, kind: record }),
    array: () => makeBulk(ingress, stream, { ...options, form: array, results }),
  })
}

const forms = {
  json: { syntax: jsonSyntax, record: 'record', array: 'array' },
  msgpack: { syntax: packedSyntax, record: 'msgpack', array: 'msgpack' },
} as const

/** @throws SluiceError MEDIA_TYPE for MessagePack to a stream that keeps the JSON text of its records. */
function takenKind({ name, valueIsJson }: IngressStream, kind: BodyKind): BodyKind {
  if (kind !== 'msgpack' || !valueIsJson) return kind
  const detail = `The stream "${name}" keeps its records as the JSON text they are sent in; send JSON`
  throw new SluiceError('MEDIA_TYPE', detail)
}

function checkLength(request: IncomingMessage, bodyBytesMax: number): void {
  const { headers } = request
  const length = headers['content-length']
  if (length !== undefined && Number(length) > bodyBytesMax) {
    throw new SluiceError('BODY_TOO_LARGE', `The body is larger than ${bodyBytesMax} bytes`)
  }
}

/** @throws SluiceError KEY_MISSING when the stream has its key in a header and it is not there or no key. */
function headerKey(stream: IngressStream, request: IncomingMessage): Uint8Array | undefined {
  if (stream.keyHeader === undefined) return undefined
  const value = request.headers[stream.keyHeader]
  const key = Buffer.from(typeof value === 'string' ? value : '', 'latin1') // as node:http read the bytes
  if (key.length >= 1 && key.length <= keyBytesMax && isUtf8(key)) return key
  throw new SluiceError('KEY_MISSING', keyMissing(stream))
}

function logUnexpected(ingress: Ingress, error: unknown): unknown {
  if (!(error instanceof SluiceError)) ingress.deps.logger.error({ err: error }, 'A request failed')
  return error
}
