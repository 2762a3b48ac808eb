import { expect, test } from 'vitest'
import { encodeValue, toJson } from '../../src/kernel/messagepack.ts'
import { appendAscii, appendName, appendValue, makeJsonText, takeText } from '../../src/sink/json-text.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { randomValue } from '../fixtures/values.ts'

function jsonOf(text: ReturnType<typeof makeJsonText>, bytes: Uint8Array): string {
  const cursor = { bytes: Buffer.from(bytes), at: 0 }
  appendValue(text, cursor)
  expect(cursor.at).toBe(bytes.length)
  return takeText(text)
}

test('the text is that of toJson, for any value', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const text = makeJsonText()
  for (let round = 0; round < 3000; round++) {
    const bytes = encodeValue(randomValue(random, 5))
    expect(jsonOf(text, bytes), `seed ${seed}, round ${round}`).toBe(toJson(bytes))
  }
})

test('every control character is escaped as JSON.stringify does it', () => {
  const value = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('')
  expect(jsonOf(makeJsonText(), encodeValue(value))).toBe(JSON.stringify(value))
})

test('a text that grows six times over finds room', () => {
  const value = '\u0001'.repeat(100_000)
  expect(jsonOf(makeJsonText(), encodeValue([value, value]))).toBe(JSON.stringify([value, value]))
})

test('members are strung together into an object', () => {
  const text = makeJsonText()
  const cursor = { bytes: Buffer.concat(['a', 1, 'b', [2]].map((value) => encodeValue(value))), at: 0 }
  appendName(text, cursor)
  appendValue(text, cursor)
  appendName(text, cursor)
  appendValue(text, cursor)
  appendAscii(text, '}')
  expect(takeText(text)).toBe('{"a":1,"b":[2]}')
})

test('bytes that are not canonical MessagePack are refused', () => {
  for (const bytes of [[], [0xc1], [0xa5, 0x61], [0x91], [0x81, 0x01, 0x01], [0xca, 0, 0, 0, 0], [0xcf, 0]]) {
    expect(() => jsonOf(makeJsonText(), Uint8Array.from(bytes)), bytes.join()).toThrow(RangeError)
  }
})
