// The response counter, over responses cut wherever a network may cut them.
import { expect, test } from 'vitest'
import { makeScan, scanResponses } from '../../src/load/responses.ts'

const stream = Buffer.from(
  'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{"a":"HTTP/1.1 500"}'.slice(
    0,
    -1,
  ) +
    'HTTP/1.1 200 OK\r\ncontent-length:0\r\nConnection: keep-alive\r\n\r\n' +
    'HTTP/1.1 503 Service Unavailable\r\nCONTENT-LENGTH: 4\r\nRetry-After: 1\r\n\r\n\r\n\r\n' +
    'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}',
)
const statuses = [202, 200, 503, 202]

function scanIn(pieces: readonly Uint8Array[]): number[] {
  const scan = makeScan()
  const seen: number[] = []
  for (const piece of pieces) scanResponses(scan, piece, piece.length, seen, (owner, status) => owner.push(status))
  return seen
}

test('pipelined responses in one chunk are all counted', () => {
  expect(scanIn([stream])).toEqual(statuses)
})

test('a stream cut at any byte counts the same', () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    expect(scanIn([stream.subarray(0, cut), stream.subarray(cut)]), `cut at ${cut}`).toEqual(statuses)
  }
})

test('a stream that comes byte by byte counts the same', () => {
  expect(scanIn(Array.from(stream, (_, at) => stream.subarray(at, at + 1)))).toEqual(statuses)
})

test('bytes behind the end of a chunk are not read', () => {
  const scan = makeScan()
  const seen: number[] = []
  const end = stream.indexOf('HTTP/1.1 200')
  scanResponses(scan, stream, end, seen, (owner, status) => owner.push(status))
  expect(seen).toEqual([202])
})

test('what cannot be counted is an error, not a wrong count', () => {
  expect(() => scanIn([Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')])).toThrow('Content-Length')
  expect(() => scanIn([Buffer.from('SSH-2.0-OpenSSH\r\nContent-Length: 1\r\n\r\nx')])).toThrow('status line')
  expect(() => scanIn([Buffer.alloc(9000, 97)])).toThrow('8 KiB')
})
