// What the header fields say of a body and of the wanted answer.
import { describe, expect, test } from 'vitest'
import { bodyKind, isGzip, wantsLines } from '../../src/ingress/media.ts'

test.each([
  ['application/json', 'json'],
  ['application/json;charset=utf-8', 'json'],
  ['application/json ; foo=bar', 'json'],
  ['application/x-ndjson', 'lines'],
  ['application/jsonl', 'lines'],
  ['Application/NDJSON; charset=UTF8', 'lines'],
  ['application/msgpack', 'msgpack'],
  ['application/vnd.msgpack', 'msgpack'],
  ['Application/X-MsgPack; foo=bar', 'msgpack'],
])('%s is %s', (type, kind) => {
  expect(bodyKind({ 'content-type': type })).toBe(kind)
})

test.each([
  ['text/json'],
  ['application/json; charset=utf-16'],
  ['__proto__'],
  ['application/jsonx'],
  ['msgpack'],
  [''],
])('%j is not taken', (type) => {
  expect(() => bodyKind({ 'content-type': type })).toThrow(expect.objectContaining({ code: 'MEDIA_TYPE' }))
})

describe('the wanted answer is a line a record', () => {
  test.each([
    ['application/x-ndjson', true],
    ['text/html, application/x-ndjson;q=0.5', true],
    ['application/x-ndjson;q=0', false],
    ['application/x-ndjson; q=0.0', false],
    ['application/json', false],
    ['*/*', false],
  ])('for %s: %s', (accept, wanted) => {
    expect(wantsLines({ accept })).toBe(wanted)
  })

  test('not unless it was asked for', () => {
    expect(wantsLines({})).toBe(false)
  })
})

test.each([
  [undefined, false],
  ['identity', false],
  ['gzip', true],
  [' GZIP ', true],
  ['x-gzip', true],
])('content-encoding %j: gzip %s', (encoding, gzip) => {
  expect(isGzip(encoding === undefined ? {} : { 'content-encoding': encoding })).toBe(gzip)
})

test.each(['br', 'deflate', 'zstd', 'gzip, gzip'])('content-encoding %s is not taken', (encoding) => {
  expect(() => isGzip({ 'content-encoding': encoding })).toThrow(expect.objectContaining({ code: 'MEDIA_TYPE' }))
})
