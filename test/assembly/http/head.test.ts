// Request heads: what is taken and what it says, what is refused, what is handed over, and that a cut changes nothing.
import { beforeAll, describe, expect, test } from 'vitest'
import { faultInHead } from '../../../src/ingress/framing.ts'
import { badCut, HAND_OVER, type HeadParser, openHeadParser, REFUSE } from './heads.ts'

let parser: HeadParser
beforeAll(async () => {
  parser = await openHeadParser()
})

const type = 'Content-Type: application/json\r\n'
const post = (more: string, line = 'POST /api/order HTTP/1.1') =>
  `${line}\r\nHost: x\r\n${type}Content-Length: 12\r\n${more}\r\n`
const get = (more: string, line = 'GET /api/order/A-1 HTTP/1.1') => `${line}\r\nHost: x\r\n${more}\r\n`
const bare = (more: string) => `POST /a HTTP/1.1\r\n${more}\r\n`

const taken: readonly (readonly [string, string])[] = [
  ['a POST', post('')],
  ['a GET', get('')],
  ['names in any case', bare('HOST: x\r\ncontent-TYPE: application/json\r\ncONTENT-length: 12\r\n')],
  ['no space after the colon', bare('Host:x\r\nContent-Type:application/json\r\nContent-Length:12\r\n')],
  ['tabs and spaces after the colon', bare(`Host: \t x\r\n${type}Content-Length:\t 12\r\n`)],
  ['a tab within a value', post('X-A: b\tc\r\n')],
  ['bytes beyond ASCII in a value', post('X-A: \xfc\xff\r\n')],
  ['an empty value', post('X-A:\r\n')],
  ['unusual tokens as a name', post("!#$%&'*+-.^_`|~09: x\r\n")],
  ['a long name and a long value', post(`X-${'a'.repeat(100)}: ${'b'.repeat(300)}\r\n`)],
  ['keep-alive asked for', post('Connection: Keep-Alive\r\n')],
  ['Accept of anything', post('Accept: */*\r\n')],
  ['Accept of JSON', post('Accept: application/json, text/plain;q=0.5\r\n')],
  ['several fields of one name that is none of ours', post('Cookie: a\r\nCookie: b\r\n')],
  ['names as long as ours', post('Kost: x\r\nExpert: x\r\nUpgrape: x\r\nConnectiom: x\r\nContent-Typo: x\r\n')],
  ['more names as long as ours', post('Content-Lengtx: 1\r\nContent-Encodinx: x\r\nTransfer-Encodinx: x\r\n')],
  ...['x-ndjson', 'ndjson', 'jsonl'].map(
    (name) =>
      [`lines as ${name}`, bare(`Host: x\r\nContent-Type: application/${name}\r\nContent-Length: 12\r\n`)] as const,
  ),
  ['a GET with an empty body', get('Content-Length: 0\r\n')],
  ['leading zeros', bare(`Host: x\r\n${type}Content-Length: 000000000000012\r\n`)],
  [
    'a path of all its bytes',
    get(
      '',
      `GET /${Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))
        .join('')
        .replace(/[%?#]/g, '')} HTTP/1.1`,
    ),
  ],
]

const refused: readonly (readonly [string, string])[] = [
  ['no Host', bare(`${type}Content-Length: 12\r\n`)],
  ['two Hosts', post('Host: x\r\n')],
  ['an invalid Host', get('').replace('Host: x', 'Host: a,b')],
  ['an empty Host', get('').replace('Host: x', 'Host:')],
  ['two lengths', post('Content-Length: 12\r\n')],
  ['a length with a sign', bare(`Host: x\r\n${type}Content-Length: +12\r\n`)],
  ['an empty length', bare(`Host: x\r\n${type}Content-Length:\r\n`)],
  ['a length in hexadecimal', bare(`Host: x\r\n${type}Content-Length: 0xc\r\n`)],
  ['a list of lengths', bare(`Host: x\r\n${type}Content-Length: 12, 12\r\n`)],
  ['a length of sixteen digits', bare(`Host: x\r\n${type}Content-Length: 0000000000000012\r\n`)],
  ['Transfer-Encoding behind a length', post('Transfer-Encoding: chunked\r\n')],
  ['a space before the colon', post('X-A : b\r\n')],
  ['a folded line', post('X-A: b\r\n c\r\n')],
  ['a folded line with a tab', post('X-A: b\r\n\tc\r\n')],
  ['an empty name', post(': b\r\n')],
  ['a bare LF behind a field', post('X-A: b\n')],
  ['a bare LF behind the line', post('').replace('1.1\r\n', '1.1\n')],
  ['a bare LF at the end', post('').replace(/\r\n$/, '\n')],
  ['a bare CR in a value', post('X-A: b\rc\r\n')],
  ['a bare CR at the end', `${post('').slice(0, -1)}x`],
  ['a NUL in a value', post('X-A: \0\r\n')],
  ['a NUL in a name', post('X\0A: b\r\n')],
  ['DEL in a value', post('X-A: \x7f\r\n')],
  ['a byte beyond ASCII in a name', post('X-\xe4: b\r\n')],
  ['a field without a colon', post('X-A\r\n')],
  ['a control byte in the path', get('', 'GET /a\x01b HTTP/1.1')],
  ['a tab in the line', get('', 'GET /a\tHTTP/1.1')],
  ['a line without a version', get('', 'GET /a')],
]

const handed: readonly (readonly [string, string])[] = [
  ['another method', get('', 'PUT /a HTTP/1.1')],
  ['a method in lower case', get('', 'get /a HTTP/1.1')],
  ['bytes that are no HTTP', '\x16\x03\x01\x02\x00\x01\x00'],
  ['empty lines first', `\r\n${get('')}`],
  ['a query', get('', 'GET /a?b HTTP/1.1')],
  ['an escape in the path', get('', 'GET /a%20b HTTP/1.1')],
  ['a fragment', get('', 'GET /a#b HTTP/1.1')],
  ['a byte beyond ASCII in the path', get('', 'GET /\xe4 HTTP/1.1')],
  ['an absolute target', get('', 'GET http://x/a HTTP/1.1')],
  ['an asterisk', get('', 'GET * HTTP/1.1')],
  ['two spaces', get('', 'GET /a  HTTP/1.1')],
  ['HTTP/1.0', get('', 'GET /a HTTP/1.0')],
  ['a version that goes on', get('', 'GET /a HTTP/1.12')],
  ['Transfer-Encoding alone', bare(`Host: x\r\n${type}Transfer-Encoding: chunked\r\n`)],
  ['an expectation', post('Expect: 100-continue\r\n')],
  ['an upgrade', post('Upgrade: h2c\r\n')],
  ['trailers', post('Trailer: X-A\r\n')],
  ['an encoded body', post('Content-Encoding: gzip\r\n')],
  ['a connection option', post('Connection: keep-alive, TE\r\n')],
  ['two Connection fields', post('Connection: close\r\nConnection: close\r\n')],
  ['Proxy-Connection', post('Proxy-Connection: close\r\n')],
  [
    'a type with parameters',
    bare('Host: x\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 12\r\n'),
  ],
  ['lines in another case', bare('Host: x\r\nContent-Type: application/X-NDJSON\r\nContent-Length: 12\r\n')],
  ['almost lines', bare('Host: x\r\nContent-Type: application/x-ndjsom\r\nContent-Length: 12\r\n')],
  ['almost other lines', bare('Host: x\r\nContent-Type: application/jsonk\r\nContent-Length: 12\r\n')],
  ['two types', post(type)],
  ['no type', bare('Host: x\r\nContent-Length: 12\r\n')],
  ['no length', bare(`Host: x\r\n${type}`)],
  ['an empty body', bare(`Host: x\r\n${type}Content-Length: 0\r\n`)],
  ['a GET with a body', get('Content-Length: 1\r\n')],
  ['Accept of lines', post('Accept: application/x-ndjson\r\n')],
  ['Accept of lines among others', post('Accept: text/plain, Application/NDJSON;q=0.1\r\n')],
  ['Accept of lines by another name', post('Accept: application/jsonl\r\n')],
  ['white space behind a length', bare(`Host: x\r\n${type}Content-Length: 12 \r\n`)],
  ['white space behind Host', get('').replace('Host: x', 'Host: x ')],
]

describe('a head', () => {
  test.each(taken)('is taken: %s', (_, text) => {
    expect(parser.outcome(text)).toBe(text.length)
    expect(badCut(parser, text)).toBeUndefined()
  })

  test.each(refused)('is refused: %s', (_, text) => {
    expect(parser.outcome(text)).toBe(REFUSE)
    expect(badCut(parser, text)).toBeUndefined()
  })

  test.each(handed)('is handed over: %s', (_, text) => {
    expect(parser.outcome(text)).toBe(HAND_OVER)
    expect(badCut(parser, text)).toBeUndefined()
  })

  test('says method, path, length and whether to close', () => {
    const head = post('Connection: close\r\n')
    expect(parser.parse(`${head}{"a":1}`)).toEqual({
      length: head.length,
      method: 'POST',
      path: '/api/order',
      contentLength: 12,
      close: true,
      lines: false,
    })
    const read = get('')
    expect(parser.parse(read)).toEqual({
      length: read.length,
      method: 'GET',
      path: '/api/order/A-1',
      contentLength: 0,
      close: false,
      lines: false,
    })
    expect(parser.parse(post('').replace('json', 'ndjson'))).toMatchObject({ close: false, lines: true })
    expect(parser.parse(get('Content-Type: application/ndjson\r\n')).lines).toBe(false)
  })

  test('says the length to the digit, and that it is too long when it is', () => {
    for (const length of ['1', '9', '10', '262144', '4294967294', '4294967295', '4294967296', '999999999999999']) {
      const { contentLength } = parser.parse(bare(`Host: x\r\n${type}Content-Length: ${length}\r\n`))
      expect(contentLength).toBe(Math.min(Number(length), 0xffff_ffff))
    }
  })

  test('remembers nothing of the one before', () => {
    expect(parser.parse(post('Connection: close\r\n')).close).toBe(true)
    expect(parser.parse(get('')).close).toBe(false)
    expect(parser.outcome('GET /a HTTP/1.1\r\n\r\n')).toBe(REFUSE)
  })

  test('ends at its own end, whatever follows', () => {
    for (const rest of ['{', '\r\n', '\n', 'GET / HTTP/1.1\r\n', '\0']) {
      expect(parser.outcome(`${get('')}${rest}`)).toBe(get('').length)
    }
  })
})

test('Host has one rule, here and in front of the other parser', () => {
  const values = [
    'x',
    'a.b',
    'a:1',
    'a:',
    'a:12345',
    'a:123456',
    ':1',
    'a:b',
    '[::1]',
    '[::1]:8',
    '[]',
    '[::1',
    '[g]',
    '',
  ]
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).filter(
    (each) => !/[\0-\x20\x7f]/.test(each),
  )
  for (const value of [
    ...values,
    ...bytes,
    ...bytes.map((byte) => `a${byte}b`),
    ...bytes.map((byte) => `[1${byte}]`),
  ]) {
    const request = { httpVersion: '1.1', url: '/', rawHeaders: ['Host', value] } as Parameters<typeof faultInHead>[0]
    const isTaken = parser.outcome(`GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`) > 0
    expect(isTaken, JSON.stringify(value)).toBe(faultInHead(request) === undefined)
  }
})
