// The histogram against sorted values: exact where it says it is, within three digits elsewhere.
import { expect, test } from 'vitest'
import { clear, makeHistogram, record, summarize, valueAt } from '../../src/load/histogram.ts'
import { makeRandom } from '../../src/measure/random.ts'

const seed = 11

function exact(sorted: readonly number[], share: number): number {
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!
}

test('values below 2,048 µs come back exactly', () => {
  for (let us = 0; us < 2048; us++) {
    const histogram = makeHistogram()
    record(histogram, us / 1000)
    expect(valueAt(histogram, 0.5)).toBe(us)
  }
})

test(`percentiles of values over six decades are right to three digits (seed ${seed})`, () => {
  const random = makeRandom(seed)
  const histogram = makeHistogram()
  const values = Array.from({ length: 20_000 }, () => Math.round(10 ** (random() * 6 + 1)))
  for (const us of values) record(histogram, us / 1000)
  values.sort((a, b) => a - b)
  for (const share of [0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
    const wanted = exact(values, share)
    expect(valueAt(histogram, share)).toBeGreaterThanOrEqual(wanted)
    expect(valueAt(histogram, share)).toBeLessThanOrEqual(wanted * 1.001 + 1)
  }
})

test('the largest value and the mean are exact, and the longest value is kept as such', () => {
  const histogram = makeHistogram()
  for (const ms of [1, 2, 3, 5_000_000]) record(histogram, ms)
  expect(summarize(histogram).max).toBe(0x7fff_ffff)
  clear(histogram)
  for (const ms of [1, 2, 9]) record(histogram, ms)
  expect(summarize(histogram)).toMatchObject({ max: 9000, mean: 4000, p50: 2000 })
})

test('an empty histogram reports zeros', () => {
  expect(summarize(makeHistogram())).toEqual({ p50: 0, p90: 0, p99: 0, p999: 0, max: 0, mean: 0 })
})
