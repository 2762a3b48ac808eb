// The tables and the page they end in, and when a server counts as back.
import { expect, test } from 'vitest'
import { recoveryOf } from '../../bench/overload.ts'
import { markdownTable, replaceBetween } from '../../bench/table.ts'
import { textTable } from '../../src/measure/table.ts'

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
