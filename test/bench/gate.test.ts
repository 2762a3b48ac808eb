// When the gate says slower: beyond the interval and the tolerance, and twice; never of noise alone.
import { expect, test } from 'vitest'
import { judge, verdictOf } from '../../bench/gate.ts'
import { makeRandom } from '../../src/measure/random.ts'

const random = makeRandom(11)
const around = (middle: number, noise: number, count = 9): number[] =>
  Array.from({ length: count }, () => middle * (1 + noise * (random() - 0.5)))

test('a cost that rose beyond noise and tolerance is slower, a small or unsure one is not', () => {
  expect(verdictOf('x', { base: around(100, 0.02), head: around(112, 0.02) }).slower).toBe(true)
  expect(verdictOf('x', { base: around(100, 0.002), head: around(102, 0.002) }).slower).toBe(false)
  expect(verdictOf('x', { base: around(100, 0.8), head: around(112, 0.8) }).slower).toBe(false)
  expect(verdictOf('x', { base: around(100, 0.02), head: around(80, 0.02) }).slower).toBe(false)
})

test('what looks slower is measured again, and counts only when that says the same', async () => {
  const slow = { base: around(100, 0.02), head: around(120, 0.02) }
  const same = { base: around(100, 0.02), head: around(100, 0.02) }
  const of = (sets: (typeof slow)[]) => {
    let measured = 0
    return { measure: async () => sets[measured++], count: () => measured }
  }
  const confirmed = of([slow, slow])
  expect((await judge('x', confirmed.measure))?.slower).toBe(true)
  expect(confirmed.count()).toBe(2)
  expect((await judge('x', of([slow, same]).measure))?.slower).toBe(false)
  const fine = of([same])
  expect((await judge('x', fine.measure))?.slower).toBe(false)
  expect(fine.count()).toBe(1)
  expect(await judge('x', of([]).measure)).toBeUndefined()
})

test('the same cost measured on both sides, with noise, is not called slower in 300 runs', async () => {
  let slower = 0
  for (let trial = 0; trial < 300; trial++) {
    const measure = async () => ({ base: around(100, 0.2, 5), head: around(100, 0.2, 5) })
    if ((await judge('x', measure))?.slower) slower++
  }
  expect(slower).toBe(0)
})
