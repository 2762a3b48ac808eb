// The advice names a winner only where the interval does, and names JavaScript when that is it.
import { expect, test } from 'vitest'
import { advise } from '../../src/cli/bench-advice.ts'
import type { Comparison, Shape } from '../../src/cli/bench-compare.ts'

function of(shape: Shape, low: number, middle: number, high: number): Comparison {
  return { shape, wasmNs: 1000, jsNs: 1000 * middle, ratio: { low, middle, high } }
}

test('WebAssembly ahead in both: keep it, with how much', () => {
  const advice = advise([of('gathered', 1.8, 2, 2.2), of('lines', 8, 9, 10)], undefined)
  expect(advice).toHaveLength(3)
  expect(advice[0]).toContain('JavaScript takes 2.00 times')
  expect(advice[1]).toContain('JavaScript takes 9.00 times')
  expect(advice[2]).toMatch(/^Keep WebAssembly/)
})

test('JavaScript ahead in both: it is said and advised', () => {
  const advice = advise([of('gathered', 0.4, 0.5, 0.6), of('lines', 0.7, 0.8, 0.9)], undefined)
  expect(advice[0]).toContain('JavaScript is the faster one, WebAssembly takes 2.00 times')
  expect(advice[2]).toMatch(/^Choose JavaScript/)
})

test('an interval that holds 1 names no winner', () => {
  const advice = advise([of('gathered', 0.7, 1.4, 2), of('lines', 0.9, 1.2, 1.3)], undefined)
  expect(advice[0]).toContain('no difference that these rounds could show')
  expect(advice[2]).toMatch(/^Either engine will do/)
})

test('a sure but small difference is told and not worth a change', () => {
  const advice = advise([of('gathered', 0.93, 0.95, 0.97), of('lines', 1.02, 1.04, 1.06)], undefined)
  expect(advice[0]).toContain('JavaScript is the faster one')
  expect(advice[1]).toContain('WebAssembly is the faster one')
  expect(advice[2]).toMatch(/^Either engine will do/)
})

test('one undecided and one decided: the decided one counts', () => {
  expect(advise([of('gathered', 0.9, 1, 1.1), of('lines', 3, 4, 5)], undefined)[2]).toMatch(/^Keep WebAssembly/)
  expect(advise([of('gathered', 0.3, 0.5, 0.7), of('lines', 0.9, 1, 1.1)], undefined)[2]).toMatch(/^Choose JavaScript/)
})

test('winners that differ: choose by how records come', () => {
  const advice = advise([of('gathered', 0.5, 0.6, 0.7), of('lines', 2, 3, 4)], undefined)
  expect(advice[2]).toBe('Choose by how your records come: js for single requests, wasm for NDJSON.')
})

test('what a call costs by itself is told, and does not choose the engine of a server', () => {
  const advice = advise([of('gathered', 2, 3, 4), of('lines', 8, 9, 10), of('call', 0.5, 0.6, 0.7)], undefined)
  expect(advice[2]).toMatch(/^One record a call: JavaScript is the faster one/)
  expect(advice[3]).toMatch(/^Keep WebAssembly/)
})

test('checking without an engine is named where it takes less', () => {
  const comparisons = [of('gathered', 1.8, 2, 2.2), of('lines', 8, 9, 10), of('call', 1, 2, 3)]
  expect(advise(comparisons, 500).at(-1)).toContain('JSON.parse and Ajv take less')
  expect(advise(comparisons, 1500).at(-1)).toMatch(/^Keep/)
})
