// Reads the few header fields that say what a body is and what the client wants back. Pure.
// It refuses to guess: an unknown type or encoding is MEDIA_TYPE, a missing one too.
import type { IncomingHttpHeaders } from 'node:http'
import { SluiceError } from '../errors.ts'

export type BodyKind = 'json' | 'lines' | 'msgpack'

const kinds: ReadonlyMap<string, BodyKind> = new Map([
  ['application/json', 'json'],
  ['application/x-ndjson', 'lines'],
  ['application/ndjson', 'lines'],
  ['application/jsonl', 'lines'],
  ['application/msgpack', 'msgpack'],
  ['application/vnd.msgpack', 'msgpack'],
  ['application/x-msgpack', 'msgpack'],
])

/** @throws SluiceError MEDIA_TYPE for anything but JSON and NDJSON, in UTF-8, and MessagePack. */
export function bodyKind(headers: IncomingHttpHeaders): BodyKind {
  const written = headers['content-type']
  if (written === undefined) throw new SluiceError('MEDIA_TYPE', `There is no content-type; ${takes}`)
  const direct = kinds.get(written) // the way of nearly every request
  if (direct !== undefined) return direct
  const [type = '', ...parameters] = written.split(';').map((part) => part.trim().toLowerCase())
  const kind = kinds.get(type)
  if (kind === undefined)
    throw new SluiceError('MEDIA_TYPE', `The content-type "${shorten(written)}" is not taken; ${takes}`)
  for (const parameter of parameters) checkParameter(parameter)
  return kind
}

const takes = 'send application/json, application/x-ndjson or application/msgpack'

function checkParameter(parameter: string): void {
  const [name, value = ''] = parameter.split('=')
  if (name !== 'charset' || /^"?(utf-?8|us-ascii)"?$/.test(value)) return
  throw new SluiceError('MEDIA_TYPE', `The charset "${shorten(value)}" is not taken; text is sent as UTF-8`)
}

/**
 * Whether the body is gzip.
 * @throws SluiceError MEDIA_TYPE for any other encoding, several of them included.
 */
export function isGzip(headers: IncomingHttpHeaders): boolean {
  const written = headers['content-encoding']?.trim().toLowerCase()
  if (written === undefined || written === 'identity' || written === '') return false
  if (written === 'gzip' || written === 'x-gzip') return true
  throw new SluiceError('MEDIA_TYPE', `The content-encoding "${shorten(written)}" is not taken; send gzip or none`)
}

/** Whether the client asks for one result line a record. */
export function wantsLines(headers: IncomingHttpHeaders): boolean {
  const accept = headers.accept
  if (accept === undefined || accept === '*/*') return false
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    return kinds.get(type) === 'lines' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}

/** Whether the client is a browser that wants a page. */
export function wantsPage(headers: IncomingHttpHeaders): boolean {
  return headers.accept?.includes('text/html') ?? false
}

function shorten(words: string): string {
  return words.length > 60 ? `${words.slice(0, 57)}…` : words
}
