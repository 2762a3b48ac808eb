// Medians and the bootstrap interval.
import { expect, test } from 'vitest'
import { makeRandom } from '../../src/measure/random.ts'
import { median, medianOf, ratioInterval } from '../../src/measure/statistics.ts'

test('the median of odd and even counts, and of nothing', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(() => median([])).toThrow('nothing')
  expect(medianOf([1, undefined])).toBeUndefined()
  expect(medianOf([1, 3])).toBe(2)
})

test('the interval of a ratio holds it, narrows with less noise, and is the same each time', () => {
  const random = makeRandom(5)
  const noisy = (middle: number, noise: number): number[] =>
    Array.from({ length: 15 }, () => middle * (1 + noise * (random() - 0.5)))
  const [slow, fast] = [noisy(200, 0.2), noisy(100, 0.2)]
  const wide = ratioInterval(slow, fast)
  const narrow = ratioInterval(noisy(200, 0.01), noisy(100, 0.01))
  expect(wide.low).toBeLessThan(wide.middle)
  expect(wide.high).toBeGreaterThan(wide.middle)
  expect(narrow.high - narrow.low).toBeLessThan(wide.high - wide.low)
  expect(Math.abs(narrow.middle - 2)).toBeLessThan(0.02)
  expect(ratioInterval(slow, fast)).toEqual(wide)
})
