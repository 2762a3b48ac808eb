// Canonical MessagePack in plain JavaScript: every type's shortest form, read by an independent package, and back to values
// and JSON text without losing a digit.
import { isDeepStrictEqual } from 'node:util'
import { unpack } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { decodeValue, encodeValue, toJson, valueToJson } from '../../src/kernel/messagepack.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'

const hex = (value: unknown) => Buffer.from(encodeValue(value)).toString('hex')
const fromHex = (text: string) => Buffer.from(text, 'hex')

const forms: readonly (readonly [unknown, string])[] = [
  [null, 'c0'],
  [false, 'c2'],
  [true, 'c3'],
  [0, '00'],
  [-0, 'cb8000000000000000'],
  [127, '7f'],
  [128, 'cc80'],
  [255, 'ccff'],
  [256, 'cd0100'],
  [65_535, 'cdffff'],
  [65_536, 'ce00010000'],
  [2 ** 32 - 1, 'ceffffffff'],
  [2 ** 32, 'cf0000000100000000'],
  [2 ** 53, 'cf0020000000000000'],
  [2 ** 53 + 2, 'cb4340000000000001'],
  [2n ** 53n + 1n, 'cf0020000000000001'],
  [2n ** 64n - 1n, 'cfffffffffffffffff'],
  [7n, '07'],
  [-1, 'ff'],
  [-32, 'e0'],
  [-33, 'd0df'],
  [-128, 'd080'],
  [-129, 'd1ff7f'],
  [-32_768, 'd18000'],
  [-32_769, 'd2ffff7fff'],
  [-(2 ** 31), 'd280000000'],
  [-(2 ** 31) - 1, 'd3ffffffff7fffffff'],
  [-(2 ** 53), 'd3ffe0000000000000'],
  [-(2n ** 63n), 'd38000000000000000'],
  [1.5, 'cb3ff8000000000000'],
  [5e-324, 'cb0000000000000001'],
  [1e300, 'cb7e37e43c8800759c'],
  ['', 'a0'],
  ['é', 'a2c3a9'],
  ['😀', 'a4f09f9880'],
  [[], '90'],
  [{}, '80'],
  [{ b: 1, a: [null] }, '82a16201a16191c0'],
  [new Map([['2', 1]]), '81a13201'],
]

test.each(forms)('%s has one form, and reads back', (value, expected) => {
  expect(hex(value)).toBe(expected)
  const back = decodeValue(fromHex(expected))
  expect(encodeValue(back)).toEqual(encodeValue(value))
  if (typeof value === 'number') expect(Object.is(back, value)).toBe(true)
})

describe('headers grow with what they announce', () => {
  test.each([
    [31, 'bf'],
    [32, 'd920'],
    [255, 'd9ff'],
    [256, 'da0100'],
    [65_535, 'daffff'],
    [65_536, 'db00010000'],
  ])('a string of %i bytes', (bytes, head) => {
    for (const text of [
      'x'.repeat(bytes),
      bytes % 2 === 0 ? 'é'.repeat(bytes / 2) : `${'é'.repeat((bytes - 1) / 2)}x`,
    ]) {
      expect(hex(text).slice(0, head.length)).toBe(head)
      expect(decodeValue(encodeValue(text))).toBe(text)
    }
  })

  test.each([
    [15, '9f', '8f'],
    [16, 'dc0010', 'de0010'],
    [65_535, 'dcffff', 'deffff'],
    [65_536, 'dd00010000', 'df00010000'],
  ])('a container of %i', (count, arrayHead, mapHead) => {
    const array = Array.from({ length: count }, (_, index) => index % 3)
    const object = Object.fromEntries(array.map((value, index) => [`k${index}`, value]))
    expect(hex(array).slice(0, arrayHead.length)).toBe(arrayHead)
    expect(hex(object).slice(0, mapHead.length)).toBe(mapHead)
    expect(isDeepStrictEqual(decodeValue(encodeValue(array)), array)).toBe(true)
    expect(isDeepStrictEqual(decodeValue(encodeValue(object)), object)).toBe(true)
  })
})

test('what has no JSON form is refused', () => {
  for (const value of [
    undefined,
    () => 1,
    Symbol('x'),
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2n ** 64n,
    -(2n ** 63n) - 1n,
  ]) {
    expect(() => encodeValue(value)).toThrow(TypeError)
    expect(() => encodeValue([value])).toThrow(TypeError)
  }
  for (const text of ['\ud800', 'x\udc00', `${'y'.repeat(100)}\ud800`]) {
    expect(() => encodeValue(text)).toThrow(TypeError)
    expect(() => encodeValue({ [text]: 1 })).toThrow(TypeError)
  }
})

test('members named like what every object inherits are members like any other', () => {
  const text = '{"__proto__":{"a":1},"constructor":2,"toString":null}'
  const bytes = encodeValue(JSON.parse(text))
  const back = decodeValue(bytes) as object
  expect(Object.keys(back)).toEqual(['__proto__', 'constructor', 'toString'])
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
  expect(toJson(bytes)).toBe(text)
  expect(valueToJson(back)).toBe(text)
})

test('JSON text keeps the order of the bytes, digits of 64 bits, −0, and doubles that look like integers apart', () => {
  const value = new Map<string, unknown>([
    ['2', 2n ** 64n - 1n],
    ['1', [-(2n ** 63n), -0, 2 ** 60, 1e21, 0.1, 'a"\u2028']],
  ])
  const text = '{"2":18446744073709551615,"1":[-9223372036854775808,-0,1.152921504606847e+18,1e+21,0.1,"a\\"\u2028"]}'
  expect(toJson(encodeValue(value))).toBe(text)
  expect(valueToJson(value)).toBe(text)
})

test('damaged bytes are refused with a RangeError, wherever they are cut', () => {
  const bytes = encodeValue({ text: 'x'.repeat(40), list: [1.5, -70_000, 2 ** 40, 'é'], deep: { er: [[null]] } })
  for (let cut = 0; cut < bytes.length; cut++) {
    expect(() => decodeValue(bytes.subarray(0, cut)), `cut at ${cut}`).toThrow(RangeError)
    expect(() => toJson(bytes.subarray(0, cut)), `cut at ${cut}`).toThrow(RangeError)
  }
  for (const text of ['c1', 'c400', 'ca00000000', 'c7000000', 'd400', '0000', '81c0c0', '8101']) {
    expect(() => decodeValue(fromHex(text)), text).toThrow(RangeError)
    expect(() => toJson(fromHex(text)), text).toThrow(RangeError)
  }
})

function randomValue(random: Random, depth: number): unknown {
  switch (random.below(depth > 0 ? 8 : 6)) {
    case 0:
      return random.pick([null, true, false, -0, ''])
    case 1:
      return Math.floor((random.fraction() - 0.5) * 2 ** random.below(54))
    case 2:
      return (random.fraction() - 0.5) * 10 ** (random.below(600) - 300)
    case 3:
      return BigInt.asIntN(64, BigInt(Math.floor(random.fraction() * 2 ** 53)) * BigInt(random.below(2 ** 20)))
    case 4:
    case 5:
      return random.pick(['a', 'é', '語', '😀', '"\\']).repeat(random.below(60))
    case 6:
      return Array.from({ length: random.below(20) }, () => randomValue(random, depth - 1))
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(20) }, (_, i) => [`key${i}`, randomValue(random, depth - 1)]),
      )
  }
}

/** Integers a double cannot hold are compared as text. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, member: unknown) => {
      if (typeof member === 'bigint') return Number.isSafeInteger(Number(member)) ? Number(member) : `bigint ${member}`
      return Object.is(member, -0) ? 'minus zero' : member
    }),
  )
}

test('an independent package reads every value, and our own reader reads the same', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  for (let i = 0; i < 3000; i++) {
    const value = randomValue(random, 4)
    const bytes = encodeValue(value)
    expect(isDeepStrictEqual(plain(unpack(Buffer.from(bytes))), plain(value)), `SLUICE_SEED=${seed}`).toBe(true)
    const back = decodeValue(bytes)
    expect(isDeepStrictEqual(plain(back), plain(value)), `SLUICE_SEED=${seed}`).toBe(true)
    expect(Buffer.compare(encodeValue(back), bytes), `SLUICE_SEED=${seed}`).toBe(0)
    expect(toJson(bytes), `SLUICE_SEED=${seed}`).toBe(valueToJson(back))
  }
})

test('integers one beyond ±2^53 are told from those at the edge, and keep their digits', () => {
  const edge = 9_007_199_254_740_992n
  for (const value of [edge - 1n, edge, edge + 1n, -edge + 1n, -edge, -edge - 1n]) {
    expect(toJson(encodeValue(value))).toBe(value.toString())
    const isBeyond = value > edge || value < -edge
    expect(decodeValue(encodeValue(value))).toBe(isBeyond ? value : Number(value))
  }
})
