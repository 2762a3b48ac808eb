import { describe, expect, test } from 'vitest'
import { allowance, backoffMs, makePace, observe, type Rate, recordsPerSecond, spend } from '../../src/drain/pace.ts'
import { drainBatchRecordCountMax } from '../../src/limits.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'

describe('the pace', () => {
  test('without a limit lets a whole batch go at once', () => {
    const pace = makePace(Infinity, 100, 0)
    expect(allowance(pace, 1_000_000, 0)).toEqual({ count: drainBatchRecordCountMax, waitMs: 0 })
    spend(pace, drainBatchRecordCountMax, 0)
    expect(allowance(pace, 1, 0).count).toBe(drainBatchRecordCountMax)
  })

  test('lets a lone record go without waiting for a batch to fill', () => {
    const pace = makePace(1000, 100, 0)
    spend(pace, 190, 0)
    expect(allowance(pace, 1, 0).count).toBeGreaterThanOrEqual(1)
  })

  test('gathers a quantum where there is a backlog, and says how long that takes', () => {
    const pace = makePace(1000, 100, 0)
    spend(pace, 200, 0)
    expect(allowance(pace, 5000, 0)).toEqual({ count: 0, waitMs: 100 })
    expect(allowance(pace, 5000, 99)).toEqual({ count: 0, waitMs: 1 })
    expect(allowance(pace, 5000, 100)).toEqual({ count: 100, waitMs: 0 })
  })

  test('slower than a record a poll still lets records go', () => {
    const pace = makePace(0.5, 100, 0)
    spend(pace, allowance(pace, 10, 0).count, 0)
    expect(allowance(pace, 10, 0)).toEqual({ count: 0, waitMs: 2000 })
    expect(allowance(pace, 10, 2000).count).toBe(1)
  })

  test('refuses to be overdrawn', () => {
    const pace = makePace(10, 100, 0)
    expect(() => spend(pace, 3, 0)).toThrow(RangeError)
  })

  test('is kept over any span, at any rate, however the drain is scheduled, and not undercut with a backlog', () => {
    const seed = seedFromEnv()
    const random = randomFrom(seed)
    for (let round = 0; round < 50; round++) {
      const recordsPerSecond = 10 ** (random.fraction() * 5)
      const pace = makePace(recordsPerSecond, 100, 0)
      let nowMs = 0
      let done = 0
      while (nowMs < 20_000) {
        const { count, waitMs } = allowance(pace, 1_000_000, nowMs)
        spend(pace, count, nowMs)
        done += count
        // The work takes a while, and timers come late.
        nowMs += waitMs + (count > 0 ? random.fraction() * 20 : 0) + random.fraction() * 5
      }
      const ideal = (recordsPerSecond * nowMs) / 1000
      const message = `seed ${seed}, round ${round}, ${recordsPerSecond}/s`
      expect(done, message).toBeLessThanOrEqual(ideal + pace.bucket.burst)
      expect(done, message).toBeGreaterThanOrEqual(ideal * 0.98 - pace.bucket.burst)
    }
  })
})

describe('the measured rate', () => {
  const unlimited = makePace(Infinity, 100, 0)

  test('is unknown before the first batch and follows the sink within seconds', () => {
    const rate: Rate = { records: 0, ms: 0 }
    expect(recordsPerSecond(rate, unlimited)).toBeUndefined()
    observe(rate, 100, 10, false)
    expect(recordsPerSecond(rate, unlimited)).toBe(10_000)
    for (let batch = 0; batch < 100; batch++) observe(rate, 100, 100, false)
    expect(recordsPerSecond(rate, unlimited)).toBeCloseTo(1000, -1)
  })

  test('weighs a batch by its time', () => {
    const rate: Rate = { records: 0, ms: 0 }
    observe(rate, 10, 1, false)
    observe(rate, 100, 1000, false)
    expect(recordsPerSecond(rate, unlimited)).toBeLessThan(120)
  })

  test('is not drawn down by lone records that leave no backlog, but by a slow sink', () => {
    const rate: Rate = { records: 0, ms: 0 }
    observe(rate, 10_000, 100, false)
    for (let batch = 0; batch < 1000; batch++) observe(rate, 1, 2, true)
    expect(recordsPerSecond(rate, unlimited)).toBe(100_000)
    for (let batch = 0; batch < 100; batch++) observe(rate, 100, 200, false)
    expect(recordsPerSecond(rate, unlimited)).toBeLessThan(1000)
  })

  test('is no more than the pace', () => {
    const rate: Rate = { records: 0, ms: 0 }
    observe(rate, 200, 1, false)
    expect(recordsPerSecond(rate, makePace(1000, 100, 0))).toBe(1000)
  })
})

test('the backoff doubles up to five seconds, half of it by chance', () => {
  expect([1, 2, 3].map((attempt) => backoffMs(attempt, 1))).toEqual([50, 100, 200])
  expect([1, 2, 3].map((attempt) => backoffMs(attempt, 0))).toEqual([25, 50, 100])
  expect([backoffMs(30, 0), backoffMs(2000, 1)]).toEqual([2500, 5000])
})
