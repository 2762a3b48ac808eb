// The array splitter: whatever the chunks, the same elements; whatever the fault, the elements before it.
import { describe, expect, test } from 'vitest'
import type { Cutter, Piece } from '../../src/ingress/pieces.ts'
import { makeArraySplitter } from '../../src/ingress/split.ts'
import { bulkPieceCountMax } from '../../src/limits.ts'

/** Feeds `body` cut at `cuts`, each chunk in a buffer of its own that is overwritten afterwards. */
export function feed(cutter: Cutter, body: string | Buffer, cuts: readonly number[] = []): Piece[] {
  const bytes = Buffer.from(body)
  const pieces: Piece[] = []
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    const chunk = Buffer.from(bytes.subarray(from, to))
    for (let at = 0; at < chunk.length; ) {
      const portion: Piece[] = []
      at = cutter.feed(chunk, portion, at)
      expect(portion.length).toBeLessThanOrEqual(bulkPieceCountMax)
      pieces.push(...portion)
    }
    from = to
  }
  cutter.end(pieces)
  return pieces
}

const shown = (pieces: readonly Piece[]) =>
  pieces.map((piece) => (piece.kind === 'refused' ? piece.code : Buffer.from(piece.bytes).toString()))
const split = (body: string, cuts?: readonly number[]) => shown(feed(makeArraySplitter(100), body, cuts))
const messages = (body: string) =>
  feed(makeArraySplitter(100), body).flatMap((piece) => (piece.kind === 'refused' ? [piece.message] : []))

const tricky = ' [ {"a":"]},[\\"\\\\"} , [1,[2]],"x, y" ,-1.5e3,null\n,{"b":{"c":[{}]}}\t] \r\n'
const elements = ['{"a":"]},[\\"\\\\"}', '[1,[2]]', '"x, y"', '-1.5e3', 'null', '{"b":{"c":[{}]}}']

describe('elements', () => {
  test('are cut out whole, without the white space around them', () => {
    expect(split(tricky)).toEqual(elements)
  })

  test('are the same wherever the network cut the body', () => {
    for (let cut = 0; cut <= tricky.length; cut++) expect(split(tricky, [cut])).toEqual(elements)
    expect(
      split(
        tricky,
        [...tricky].map((_, index) => index),
      ),
    ).toEqual(elements)
  })

  test.each([['[]'], [' [ \n ] ']])('of %j are none', (body) => {
    expect(split(body)).toEqual([])
  })

  test('are cut in portions, however many there are, and faults are told where they are', () => {
    const body = `[${'7,'.repeat(10_000)},`
    for (const cuts of [[], [1, 5000], [9000]]) {
      expect(split(body, cuts)).toEqual([...Array<string>(10_000).fill('7'), 'JSON_MALFORMED'])
      expect(feed(makeArraySplitter(100), body, cuts).at(-1)).toMatchObject({
        message: expect.stringContaining('byte 20001 of the body'),
      })
    }
  })

  test('with mismatched brackets are cut by depth and left to the kernel', () => {
    expect(split('[{"a":1],2]')).toEqual(['{"a":1]', '2'])
    expect(split('[1},2]')).toEqual(['1}', '2'])
    expect(split('[1 2,:]')).toEqual(['1 2', ':'])
  })
})

describe('a fault between elements', () => {
  test.each([
    ['[1,]', ['1', 'JSON_MALFORMED'], 'byte 3 of the body: an element must follow'],
    ['[,1]', ['JSON_MALFORMED'], 'byte 1 of the body'],
    ['[1]x', ['1', 'JSON_MALFORMED'], 'byte 3 of the body: nothing but white space'],
    ['[1][2]', ['1', 'JSON_MALFORMED'], 'byte 3'],
    ['[1,2', ['1', 'JSON_MALFORMED'], 'byte 4 of the body: it ends before'],
    ['[1,', ['1', 'JSON_MALFORMED'], 'byte 3 of the body: it ends before'],
    ['[', ['JSON_MALFORMED'], 'byte 1 of the body: it ends before'],
    ['[{"a":"', ['JSON_MALFORMED'], 'byte 7 of the body: it ends before'],
    ['[1}', ['JSON_MALFORMED'], 'byte 3 of the body: it ends before'],
  ])('%s keeps what was before it and says where', (body, pieces, message) => {
    expect(split(body)).toEqual(pieces)
    expect(messages(body)[0]).toContain(message)
    for (let cut = 1; cut < body.length; cut++) expect(split(body, [cut])).toEqual(pieces)
  })

  test('ends the reading: what follows is neither kept nor looked at', () => {
    const splitter = makeArraySplitter(100)
    const pieces: Piece[] = []
    splitter.feed(Buffer.from('[1]{"a":'), pieces)
    expect(splitter.broken()).toBe(true)
    splitter.feed(Buffer.from('2},3,4]'), pieces)
    splitter.end(pieces)
    expect(shown(pieces)).toEqual(['1', 'JSON_MALFORMED'])
    expect(splitter.heldBytes()).toBe(0)
  })
})

describe('an element longer than the limit', () => {
  const long = `"${'x,]'.repeat(200)}"`

  test('is refused in its place, in one chunk or in many', () => {
    const body = `[1,${long},2]`
    expect(split(body)).toEqual(['1', 'RECORD_TOO_LARGE', '2'])
    expect(split(body, [4, 40, 200, 500])).toEqual(['1', 'RECORD_TOO_LARGE', '2'])
  })

  test('of exactly the limit is taken', () => {
    const exact = `"${'x'.repeat(98)}"`
    for (const cuts of [[], [50]]) expect(split(`[${exact}]`, cuts)).toEqual([exact])
    for (const cuts of [[], [50]]) expect(split(`[${exact.replace('x', 'xx')}]`, cuts)).toEqual(['RECORD_TOO_LARGE'])
  })

  test('is not held, however long it gets', () => {
    const splitter = makeArraySplitter(1000)
    const pieces: Piece[] = []
    splitter.feed(Buffer.from('["'), pieces)
    for (let index = 0; index < 1000; index++) {
      splitter.feed(Buffer.alloc(997, 'x'), pieces)
      expect(splitter.heldBytes()).toBeLessThanOrEqual(2048)
    }
    splitter.end(pieces)
    expect(shown(pieces)).toEqual(['RECORD_TOO_LARGE'])
  })
})
