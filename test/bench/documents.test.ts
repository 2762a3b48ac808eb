// The documents of the parser's benchmarks: distinct, the same for the same seed, and of the kind their name says.
import { expect, test } from 'vitest'
import { documentKinds, makeDocument } from '../../bench/documents.ts'
import { makeRandom } from '../../src/measure/random.ts'

const seed = 4

function textsOf(kind: (typeof documentKinds)[number], count: number): string[] {
  const random = makeRandom(seed)
  return Array.from({ length: count }, (_, serial) => JSON.stringify(makeDocument(random, kind, serial)))
}

for (const kind of documentKinds) {
  test(`${kind} are distinct, and the same for the same seed (${seed})`, () => {
    const texts = textsOf(kind, 300)
    expect(new Set(texts).size).toBe(300)
    expect(textsOf(kind, 300)).toEqual(texts)
  })
}

test('posts are mostly text, in more than one script', () => {
  const texts = textsOf('posts', 50)
  expect(texts.every((text) => text.includes('"id_str":"') && text.length > 3000)).toBe(true)
  expect(texts.some((text) => /[\u3040-\u30ff]/.test(text))).toBe(true)
  expect(texts.some((text) => text.includes('\\n') && text.includes('\\"'))).toBe(true)
})

test('coordinates have all their digits, series are short numbers and some exponents', () => {
  const numbersOf = (text: string): string[] => text.match(/-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g) ?? []
  const digitsOf = (number: string): number => number.replace(/e.*|\D/g, '').length
  for (const text of textsOf('coordinates', 20)) {
    const numbers = numbersOf(text)
    expect(numbers.length).toBeGreaterThan(200)
    expect(numbers.filter((number) => digitsOf(number) >= 14).length).toBeGreaterThan(numbers.length * 0.9)
  }
  for (const text of textsOf('series', 20)) {
    const numbers = numbersOf(text)
    expect(numbers.length).toBeGreaterThan(400)
    expect(numbers.filter((number) => digitsOf(number) <= 6).length).toBeGreaterThan(numbers.length / 2)
    expect(numbers.some((number) => number.includes('e-'))).toBe(true)
  }
})
