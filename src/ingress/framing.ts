// Checks of the request head that node:http leaves out. A server in front or behind may read such a request otherwise,
// and two readings of where a request ends is how requests are smuggled (RFC 9112, section 11.2). What is ambiguous is
// refused with 400 and a closed connection; nothing is repaired.
import type { IncomingMessage } from 'node:http'

const target = /^(\/|https?:\/\/[^/?#]+\/)[\x21-\x7e]*$/i
const host = /^(\[[0-9a-f:.]+\]|[a-z0-9._~%!$&'()*+;=-]+)(:\d{0,5})?$/i

/** Returns what is wrong with the head, as words for a person, or undefined. */
export function faultInHead(request: IncomingMessage): string | undefined {
  const { rawHeaders, httpVersion } = request
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return `HTTP/${httpVersion} is not spoken here`
  if (!target.test(request.url ?? '')) return 'The request target is not a path'
  const seen = { host: 0, length: 0, encoding: 0, expect: 0 }
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const fault = countField(rawHeaders[at]!, rawHeaders[at + 1]!, seen)
    if (fault !== undefined) return fault
  }
  if (seen.host === 0 && httpVersion === '1.1') return 'There is no Host field'
  if (seen.encoding > 0 && httpVersion === '1.0') return 'Transfer-Encoding is not part of HTTP/1.0'
  if (seen.encoding > 0 && seen.length > 0) return 'Content-Length and Transfer-Encoding exclude each other'
  return undefined
}

type Seen = { host: number; length: number; encoding: number; expect: number }

// By length first: of the fields clients send, few have these lengths, and lower-casing each would cost more.
function countField(name: string, value: string, seen: Seen): string | undefined {
  if (name.length === 4 && name.toLowerCase() === 'host') {
    if (++seen.host > 1) return 'There are several Host fields'
    return host.test(value) ? undefined : 'The Host field is not one host'
  }
  if (name.length === 14 && name.toLowerCase() === 'content-length') {
    if (++seen.length > 1) return 'There are several Content-Length fields'
    return /^\d{1,15}$/.test(value) ? undefined : 'Content-Length is not a number'
  }
  if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
    if (++seen.encoding > 1) return 'There are several Transfer-Encoding fields'
    return value.toLowerCase() === 'chunked' ? undefined : 'The only Transfer-Encoding taken is chunked'
  }
  if (name.length === 6 && name.toLowerCase() === 'expect') {
    if (++seen.expect > 1 || value.toLowerCase() !== '100-continue') return 'The only expectation met is 100-continue'
  }
  return undefined
}
