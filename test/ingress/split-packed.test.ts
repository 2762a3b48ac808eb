// The splitter of MessagePack arrays: whatever the chunks, the same elements; whatever is announced, no more work and memory
// than there are bytes. A failure names the seed: SLUICE_SEED=… runs it again.
import { Packr } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import type { Cutter, Piece } from '../../src/ingress/pieces.ts'
import { makePackedSplitter } from '../../src/ingress/split-packed.ts'
import { bulkPieceCountMax } from '../../src/limits.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const hex = (element: Uint8Array) => Buffer.from(element).toString('hex')

/** Feeds `body` cut at `cuts`, each chunk in a buffer of its own, in portions. */
function split(body: Buffer, cuts: readonly number[] = [], recordBytesMax = 100): Piece[] {
  const splitter = makePackedSplitter(recordBytesMax)
  const pieces: Piece[] = []
  let from = 0
  for (const to of [...cuts, body.length]) {
    if (!splitter.broken()) feed(splitter, Buffer.from(body.subarray(from, to)), pieces)
    from = to
  }
  splitter.end(pieces)
  return pieces
}

function feed(splitter: Cutter, chunk: Buffer, pieces: Piece[]): void {
  for (let at = 0; at < chunk.length; ) {
    const portion: Piece[] = []
    at = splitter.feed(chunk, portion, at)
    expect(portion.length).toBeLessThanOrEqual(bulkPieceCountMax)
    pieces.push(...portion)
  }
}

const shown = (pieces: readonly Piece[]) =>
  pieces.map((piece) => (piece.kind === 'refused' ? piece.code : hex(piece.bytes)))
const everywhere = (body: Buffer) => Array.from(body, (_, index) => index)

/** One of each kind of head: those JSON has words for, those it has none for, nested ones. */
// biome-ignore format: as many to a line as fit
const elements = [
  '05', 'ff', 'c0', 'c2', 'c3', 'cc ff', 'cd ffff', 'ce ffffffff', 'cf ffffffffffffffff', 'd0 80', 'd1 8000',
  'd2 80000000', 'd3 8000000000000000', 'ca 3fc00000', 'cb 3ff8000000000000', 'a0', 'a3 616263', 'd9 02 c1c1',
  'da 0002 c1c1', 'db 00000002 c1c1', 'c4 02 c1c1', 'c5 0002 c1c1', 'c6 00000002 c1c1', 'd4 c1 c1', 'd5 c1 c1c1',
  'd6 c1 c1c1c1c1', 'd7 c1 c1c1c1c1c1c1c1c1', `d8 c1 ${'c1'.repeat(16)}`, 'c7 02 c1 c1c1', 'c8 0002 c1 c1c1',
  'c9 00000002 c1 c1c1', 'c7 00 c1', '90', '80', '92 91 90 81 a0 c0', 'dc 0002 c0 c0', 'dd 00000002 c0 dc 0000',
  '82 a161 01 a162 82 a0 90 a163 93 01 02 03', 'de 0001 a0 c0', 'df 00000001 a0 de 0000', '81 01 02',
].map(bytes)

const array = Buffer.concat([bytes('dc'), Buffer.of(0, elements.length), ...elements])

describe('elements', () => {
  test('are cut out whole, whatever their heads', () => {
    expect(shown(split(array))).toEqual(elements.map(hex))
  })

  test('are the same wherever the network cut the body', () => {
    for (const cut of everywhere(array)) expect(shown(split(array, [cut])), String(cut)).toEqual(elements.map(hex))
    expect(shown(split(array, everywhere(array)))).toEqual(elements.map(hex))
  })

  test('are cut in portions, however many there are, and faults are told where they are', () => {
    const body = Buffer.concat([bytes('dc ffff'), Buffer.alloc(10_000, 7), bytes('c1')])
    for (const cuts of [[], [1, 5000], [9000]]) {
      const found = split(body, cuts)
      expect(shown(found)).toEqual([...Array<string>(10_000).fill('07'), 'JSON_MALFORMED'])
      expect(found.at(-1)).toMatchObject({ message: expect.stringContaining('byte 10003 of the body') })
    }
  })

  test.each(['90', 'dc 0000', 'dd 00000000'])('of %s are none', (body) => {
    expect(split(bytes(body))).toEqual([])
    expect(split(bytes(body), everywhere(bytes(body)))).toEqual([])
  })

  test('put together by chance are those that were packed, cut by chance', () => {
    const seed = seedFromEnv()
    const random = randomFrom(seed)
    const packrs = [false, true].map((variableMapSize) => new Packr({ useRecords: false, variableMapSize }))
    for (let done = 0; done < 300; done++) {
      const packr = random.pick(packrs)
      const packed = Array.from({ length: random.below(40) }, () => Buffer.from(packr.pack(anyValue(random, 4))))
      const body = Buffer.concat([arrayHead(random, packed.length), ...packed])
      const cuts = everywhere(body).filter(() => random.below(20) === 0)
      expect(shown(split(body, cuts, 1_000_000)), `SLUICE_SEED=${seed}`).toEqual(packed.map(hex))
    }
  })
})

function anyValue(random: Random, depth: number): unknown {
  const length = random.below(depth > 0 ? 10 : 40)
  switch (random.below(depth > 0 ? 7 : 5)) {
    case 0:
      return random.below(2 ** 31) - 2 ** 30
    case 1:
      return random.below(2 ** 31) / 7
    case 2:
      return 'ü'.repeat(length)
    case 3:
      return Buffer.alloc(length * 20, 0xc1)
    case 4:
      return random.pick([null, true, false, -(1n << 63n)])
    case 5:
      return Array.from({ length }, () => anyValue(random, depth - 2))
    default:
      return Object.fromEntries(Array.from({ length }, (_, index) => [`k${index}`, anyValue(random, depth - 2)]))
  }
}

function arrayHead(random: Random, count: number): Buffer {
  const forms = [bytes(`dc ${count.toString(16).padStart(4, '0')}`), bytes(`dd ${count.toString(16).padStart(8, '0')}`)]
  return random.pick(count < 16 ? [...forms, Buffer.of(0x90 | count)] : forms)
}

describe('a fault', () => {
  test.each([
    ['92 01', ['01', 'JSON_MALFORMED'], 'byte 2 of the body: it ends before its last element'],
    ['92 01 a2 61', ['01', 'JSON_MALFORMED'], 'byte 4 of the body: it ends before'],
    ['92 01 cd', ['01', 'JSON_MALFORMED'], 'byte 3 of the body: it ends before'],
    ['dc 00', ['JSON_MALFORMED'], 'byte 2 of the body: it ends before'],
    ['dd ffffffff 01', ['01', 'JSON_MALFORMED'], 'byte 6 of the body: it ends before'],
    ['91 dbffffffff 61', ['JSON_MALFORMED'], 'byte 7 of the body: it ends before'],
    ['91 dfffffffff a0', ['JSON_MALFORMED'], 'byte 7 of the body: it ends before'],
    ['91 01 02', ['01', 'JSON_MALFORMED'], 'byte 2 of the body: nothing may follow'],
    ['90 90', ['JSON_MALFORMED'], 'byte 1 of the body: nothing may follow'],
    ['93 01 c1 02', ['01', 'JSON_MALFORMED'], 'byte 2 of the body: no value starts with the byte c1'],
    ['92 82 a0 c1 02', ['JSON_MALFORMED'], 'byte 3 of the body: no value starts with the byte c1'],
    ['81 a0 01', ['JSON_MALFORMED'], 'byte 0 of the body: the array must start'],
  ] as const)('in %s keeps what was before it and says where', (body, pieces, message) => {
    const found = split(bytes(body))
    expect(shown(found)).toEqual(pieces)
    expect(found.at(-1)).toMatchObject({ message: expect.stringContaining(message) })
    for (const cut of everywhere(bytes(body))) expect(split(bytes(body), [cut]), String(cut)).toEqual(found)
  })
})

describe('an element longer than the limit', () => {
  const long = Buffer.concat([bytes('dc 00c8'), Buffer.alloc(200, 1)])

  test('is refused in its place, in one chunk or in many', () => {
    const body = Buffer.concat([bytes('93 01'), long, bytes('02')])
    const expected = ['01', 'RECORD_TOO_LARGE', '02']
    expect(shown(split(body))).toEqual(expected)
    expect(shown(split(body, [3, 40, 150]))).toEqual(expected)
  })

  test('of exactly the limit is taken', () => {
    const exact = Buffer.concat([bytes('d9 62'), Buffer.alloc(98, 0x61)])
    const body = Buffer.concat([bytes('91'), exact])
    for (const cuts of [[], [50]]) {
      expect(shown(split(body, cuts, 100))).toEqual([hex(exact)])
      expect(shown(split(body, cuts, 99))).toEqual(['RECORD_TOO_LARGE'])
    }
  })

  test('that is cut, or has a c1 in it, is not told of twice', () => {
    expect(shown(split(Buffer.concat([bytes('92'), long.subarray(0, -1)]), [120]))).toEqual(['RECORD_TOO_LARGE'])
    const spoiled = Buffer.concat([bytes('92'), long, bytes('01')])
    spoiled[180] = 0xc1
    expect(shown(split(spoiled, [150]))).toEqual(['RECORD_TOO_LARGE'])
  })

  test.each([
    ['arrays in arrays', '91'],
    ['arrays that announce four thousand million values', 'ddffffffff'],
    ['a text that announces as many bytes', 'dbffffffff'],
  ])('of %s is neither held nor followed by recursion', (_, pattern) => {
    const splitter = makePackedSplitter(1000)
    const pieces: Piece[] = []
    splitter.feed(bytes('92'), pieces)
    const chunk = Buffer.alloc(100_000, bytes(pattern))
    for (let index = 0; index < 20; index++) {
      splitter.feed(chunk, pieces)
      expect(splitter.heldBytes()).toBe(0)
    }
    splitter.end(pieces)
    expect(shown(pieces)).toEqual(['RECORD_TOO_LARGE'])
  })
})
