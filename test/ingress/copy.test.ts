// Bytes copied into shared memory are those of the source, whatever its length and place, and nothing beside them changes.
import { describe, expect, test } from 'vitest'
import { copyBytes } from '../../src/ingress/copy.ts'
import { randomFrom } from '../fixtures/random.ts'

const memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true })
const target = new Uint8Array(memory.buffer)
const lengths = [0, 1, 225, 4095, 4096, 4097, 65_536, 200_000]

describe('copying into shared memory', () => {
  const random = randomFrom(0x5eed)
  const whole = Uint8Array.from({ length: 262_144 }, () => random.below(256))
  const places = lengths.flatMap((length) => [
    { length, from: 0, at: 0 },
    { length, from: 17, at: 4099 },
    { length, from: whole.length - length, at: target.length - length },
  ])
  test.each(places)('$length bytes from $from to $at', ({ length, from, at }) => {
    target.fill(0xee)
    copyBytes(target, at, whole.subarray(from, from + length))
    const expected = Buffer.alloc(target.length, 0xee)
    expected.set(whole.subarray(from, from + length), at)
    expect(Buffer.compare(Buffer.from(target), expected)).toBe(0)
  })

  test('a source that is all of its memory, after one that was not', () => {
    const other = new Uint8Array(8192).fill(7)
    target.fill(0)
    copyBytes(target, 100, other)
    expect(target.subarray(99, 8293).indexOf(7)).toBe(1)
    expect(target.subarray(100, 8292).every((byte) => byte === 7)).toBe(true)
    expect(target[8292]).toBe(0)
  })
})
