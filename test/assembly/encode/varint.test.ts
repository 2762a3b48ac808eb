// Zigzag varints: written ones are the shortest and read back, damaged ones are refused.
import { beforeAll, expect, test } from 'vitest'
import { openProbe, type Probe } from '../../fixtures/probe.ts'
import { randomFrom, seedFromEnv } from '../../fixtures/random.ts'

type Exports = {
  varint(address: number, value: number): number
  varintBytes(value: number): number
  readVarint(address: number, end: number): number
  varintEnd(): number
}

const at = 65_536
let probe: Probe<Exports>
beforeAll(async () => {
  probe = await openProbe<Exports>('encode')
})

function reference(value: number): number[] {
  const bytes: number[] = []
  let zigzag = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value)
  for (; zigzag >= 0x80n; zigzag >>= 7n) bytes.push(Number(zigzag & 0x7fn) | 0x80)
  return [...bytes, Number(zigzag)]
}

function read(bytes: readonly number[], end = at + bytes.length): { value: number; end: number } {
  probe.bytes.set(bytes, at)
  const value = probe.exports.readVarint(at, end)
  return { value, end: probe.exports.varintEnd() }
}

test('lengths and deltas are written as Protocol Buffers does, at every boundary and at random', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const boundaries = [0, 6, 13, 20, 27, 30].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1])
  const values = [
    ...boundaries,
    2 ** 31 - 1,
    ...Array.from({ length: 2000 }, () => random.below(2 ** random.below(32))),
  ]
  for (const value of values) {
    const expected = reference(value)
    const end = probe.exports.varint(at, value)
    expect([...probe.bytes.subarray(at, end)], `seed ${seed}, ${value}`).toEqual(expected)
    expect(probe.exports.varintBytes(value)).toBe(expected.length)
  }
})

test('what was written is read back, negative numbers too', () => {
  for (const value of [0, -1, 1, 63, -64, 64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)]) {
    expect(read(reference(value))).toEqual({ value, end: at + reference(value).length })
  }
})

test('a varint that is cut, too long or beyond 32 bits is refused', () => {
  expect(read([0x80], at + 1).end).toBe(0)
  expect(read([0xff, 0xff, 0xff, 0xff], at + 4).end).toBe(0)
  expect(read([], at).end).toBe(0)
  expect(read([0xff, 0xff, 0xff, 0xff, 0x1f]).end).toBe(0)
  expect(read([0x80, 0x80, 0x80, 0x80, 0x80, 0x00]).end).toBe(0)
})
