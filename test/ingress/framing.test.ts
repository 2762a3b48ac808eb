// The checks of a request head by themselves: also of heads that the parser in front would refuse today.
import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { faultInHead } from '../../src/ingress/framing.ts'

const head = (rawHeaders: readonly string[], url = '/api/order', httpVersion = '1.1') =>
  faultInHead({ rawHeaders, url, httpVersion } as IncomingMessage)
const host = ['Host', 'example.org'] as const

describe('a head that can be read in one way only', () => {
  test.each([
    [[...host], '/'],
    [['HOST', '[::1]:8080', 'Content-Length', '12'], '/a?b=c'],
    [['host', '127.0.0.1:80', 'transfer-encoding', 'Chunked', 'Expect', '100-Continue'], '/%41'],
    [[...host, 'X-Host', 'a', 'Cookie', 'b'], 'http://example.org/api/order'],
  ])('%j is taken', (rawHeaders, url) => {
    expect(head(rawHeaders, url)).toBeUndefined()
  })

  test('of HTTP/1.0 needs no Host', () => {
    expect(head([], '/', '1.0')).toBeUndefined()
  })
})

describe('a head that another server may read otherwise', () => {
  test.each([
    [[...host, 'Content-Length', '1', 'Transfer-Encoding', 'chunked'], /exclude/],
    [[...host, 'Content-Length', '1', 'content-length', '1'], /several Content-Length/],
    [[...host, 'Content-Length', '1, 1'], /not a number/],
    [[...host, 'Content-Length', '1e3'], /not a number/],
    [[...host, 'Content-Length', ''], /not a number/],
    [[...host, 'Content-Length', '9999999999999999'], /not a number/],
    [[...host, 'Transfer-Encoding', ''], /only Transfer-Encoding/],
    [[...host, 'Transfer-Encoding', 'chunked, identity'], /only Transfer-Encoding/],
    [[...host, ...host], /several Host/],
    [['Host', 'a b'], /not one host/],
    [['Host', 'a/b'], /not one host/],
    [['Host', 'user@a'], /not one host/],
    [['Host', 'a:80:80'], /not one host/],
    [[], /no Host/],
    [[...host, 'Expect', '100-continue', 'Expect', '100-continue'], /expectation/],
  ])('%j is refused', (rawHeaders, message) => {
    expect(head(rawHeaders)).toMatch(message)
  })

  test.each(['*', 'api', 'ftp://a/b', 'http:///a', '/a b', '/é', '', '/a\tb'])('the target %j is refused', (url) => {
    expect(head(host, url)).toMatch(/path/)
  })

  test('Transfer-Encoding in HTTP/1.0 is refused', () => {
    expect(head(['Transfer-Encoding', 'chunked'], '/', '1.0')).toMatch(/not part of HTTP\/1.0/)
  })
})
