// Medians, the bootstrap interval, and the tables and page they end in.
import { expect, test } from 'vitest'
import { recoveryOf } from '../../bench/overload.ts'
import { markdownTable, replaceBetween } from '../../bench/table.ts'
import { makeRandom } from '../../src/measure/random.ts'
import { median, medianOf, ratioInterval } from '../../src/measure/statistics.ts'
import { textTable } from '../../src/measure/table.ts'

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

const columns = [
  { title: 'name', value: (row: { name: string; us?: number }) => row.name },
  { title: 'µs', value: (row: { name: string; us?: number }) => row.us, digits: 1 },
]
const rows = [{ name: 'a', us: 1234.56 }, { name: 'long' }]

test('a table aligns, groups thousands and shows a dash for what is not known', () => {
  expect(textTable(columns, rows)).toBe('name       µs\na     1,234.6\nlong        –')
  expect(markdownTable(columns, rows)).toBe('| name | µs |\n|---|--:|\n| a | 1,234.6 |\n| long | – |')
})

test('only what stands between the markers is replaced', () => {
  const page = 'before\n<!-- x: start -->\nold\n<!-- x: end -->\nafter\n'
  expect(replaceBetween(page, 'x', 'new')).toBe('before\n<!-- x: start -->\n\nnew\n\n<!-- x: end -->\nafter\n')
  expect(() => replaceBetween(page, 'y', 'new')).toThrow('no place for y')
})

test('a server is back from the second on after which none fell short', () => {
  expect(recoveryOf([100, 100, 100], 100)).toBe(0)
  expect(recoveryOf([10, 96, 94, 99, 250], 100)).toBe(3)
  expect(recoveryOf([100, 100, 20], 100)).toBeUndefined()
})
