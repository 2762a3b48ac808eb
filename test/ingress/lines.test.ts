// The line cutter: whatever the chunks, the same lines in the same order, none cut, none held beyond the limit.
import { describe, expect, test } from 'vitest'
import { countRecords, makeLineCutter } from '../../src/ingress/lines.ts'
import type { Piece } from '../../src/ingress/pieces.ts'

const limit = 2000

function feed(chunks: readonly (string | Buffer)[], recordBytesMax = limit): Piece[] {
  const cutter = makeLineCutter(recordBytesMax)
  const pieces: Piece[] = []
  for (const chunk of chunks) cutter.feed(Buffer.from(chunk), pieces)
  cutter.end(pieces)
  expect(cutter.heldBytes()).toBe(0)
  return pieces
}

/** What the kernel would see: the lines, or the code in the place of a refused one. */
function linesOf(pieces: readonly Piece[]): string[] {
  return pieces.flatMap((piece) => {
    if (piece.kind === 'refused') return [piece.code]
    const text = Buffer.from(piece.bytes).toString()
    return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
  })
}

const body = '{"a":1}\n\n{"b":"é\\n"}\r\n   \n[1,\t2]\n{"last":true}'

describe('lines', () => {
  test('go on as they came, many in a piece', () => {
    expect(feed([`${body}\n`])).toEqual([{ kind: 'lines', bytes: Buffer.from(`${body}\n`) }])
  })

  test('are the same wherever the network cut the body', () => {
    const bytes = Buffer.from(body)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const pieces = feed([bytes.subarray(0, cut), bytes.subarray(cut)])
      expect(linesOf(pieces)).toEqual(body.split('\n'))
    }
    expect(linesOf(feed([...bytes].map((byte) => Buffer.of(byte))))).toEqual(body.split('\n'))
  })

  test('without an LF at the end are taken all the same', () => {
    expect(linesOf(feed(['1\n2']))).toEqual(['1', '2'])
    expect(feed(['\n'])).toEqual([{ kind: 'lines', bytes: Buffer.from('\n') }])
    expect(feed([])).toEqual([])
  })

  test('held for the next chunk are a copy: the network buffer may be written over', () => {
    const cutter = makeLineCutter(limit)
    const pieces: Piece[] = []
    const chunk = Buffer.from('{"a":')
    cutter.feed(chunk, pieces)
    chunk.fill('x')
    cutter.feed(Buffer.from('1}\n'), pieces)
    expect(linesOf(pieces)).toEqual(['{"a":1}'])
  })
})

describe('a line longer than the limit', () => {
  const long = 'x'.repeat(5000)

  test('is refused once, in its place, when it crosses chunks', () => {
    const text = `1\n${long}\n2\n${long}`
    for (const size of [100, 999, 3000]) {
      const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
      expect(linesOf(feed(chunks))).toEqual(['1', 'RECORD_TOO_LARGE', '2', 'RECORD_TOO_LARGE'])
    }
  })

  test('is never held whole', () => {
    const cutter = makeLineCutter(limit)
    const pieces: Piece[] = []
    for (let index = 0; index < 10_000; index++) {
      cutter.feed(Buffer.from('y'.repeat(100)), pieces)
      expect(cutter.heldBytes()).toBeLessThanOrEqual(2 * (limit + 1024))
    }
    cutter.feed(Buffer.from('\n{}\n'), pieces)
    expect(linesOf(pieces)).toEqual(['RECORD_TOO_LARGE', '{}'])
  })

  test('in a chunk larger than a piece may be is refused, and pieces stay within a slab', () => {
    const text = `${'z'.repeat(600_000)}\n${'{}\n'.repeat(200_000)}`
    const pieces = feed([text])
    expect(pieces[0]).toMatchObject({ kind: 'refused', code: 'RECORD_TOO_LARGE' })
    expect(linesOf(pieces).length).toBe(200_001)
    for (const piece of pieces) if (piece.kind !== 'refused') expect(piece.bytes.length).toBeLessThanOrEqual(262_144)
  })
})

test.each([
  ['', 0],
  ['\n\n \t\r\n', 0],
  ['1', 1],
  ['1\n', 1],
  ['\n1\n \n2\r\n3', 3],
])('countRecords of %j is %d', (text, count) => {
  expect(countRecords(Buffer.from(text))).toBe(count)
})
