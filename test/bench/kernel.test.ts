// The kernel's comparisons: what --only takes, what a table says of a goal, and that the page has a place for every table.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type ComparedRow, compareAll, stages } from '../../bench/kernel/comparison.ts'
import { openComparisons } from '../../bench/kernel/comparisons.ts'
import { goalText } from '../../bench/kernel.ts'
import { replaceBetween } from '../../bench/table.ts'

const row = (middle: number, atLeast: number | undefined): ComparedRow => ({
  stage: 'hash',
  name: 'a',
  itemBytes: 1,
  opponent: 'b',
  atLeast,
  kernelNs: 1,
  opponentNs: middle,
  ratio: { low: middle, middle, high: middle },
  kernelNsByRound: [1],
  opponentNsByRound: [middle],
})

test('a goal that is missed is said to be missed', () => {
  expect(goalText(row(4.99, 5))).toBe('5: missed')
  expect(goalText(row(5, 5))).toBe('5')
  expect(goalText(row(0.1, undefined))).toBeUndefined()
})

test('an order goes through both engines, which take turns and make the same', async () => {
  const comparisons = await openComparisons(['plain', 'escaped'], 8)
  expect(comparisons.map(({ name, itemCount }) => [name, itemCount])).toEqual([
    ['plain', 8],
    ['escaped', 8],
  ])
  const calls: string[] = []
  const counted = comparisons.map((comparison) => ({
    ...comparison,
    ours: { name: 'ours', run: () => void calls.push(`${comparison.name} ours`) },
    others: [{ name: 'other', run: () => void calls.push(`${comparison.name} other`) }],
  }))
  const args = { short: true, rounds: 2, warmupMs: 1, measureMs: 1, only: [] }
  const rows = await compareAll(counted, args)
  expect(rows.map(({ name, opponent, kernelNsByRound }) => [name, opponent, kernelNsByRound.length])).toEqual([
    ['plain', 'other', 2],
    ['escaped', 'other', 2],
  ])
  const turns = calls.filter((call, index) => call !== calls[index - 1])
  const round = ['plain ours', 'plain other', 'escaped ours', 'escaped other']
  expect(turns).toEqual([...round, ...round, ...round])
})

test('a name that is no comparison is refused, and no name has the comma that parts names', async () => {
  const refusal = await openComparisons(['plane'], 8).then(
    () => '',
    (error: Error) => error.message,
  )
  expect(refusal).toContain('no comparison plane')
  const names = refusal.slice(refusal.indexOf('there are ') + 'there are '.length).split(',')
  expect(names.length).toBeGreaterThanOrEqual(17)
  expect(names.every((name) => name.trim() === name && name !== '')).toBe(true)
})

test("the kernel's page has a place for every stage", () => {
  const page = readFileSync(new URL('../../docs/kernel.md', import.meta.url), 'utf8')
  for (const name of ['machine', ...stages]) expect(replaceBetween(page, name, 'here')).toContain('\nhere\n')
})
