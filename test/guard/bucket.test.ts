import { expect, test } from 'vitest'
import { makeBucket, takeToken, takeTokens, tokensAt, waitMs } from '../../src/guard/bucket.ts'

test('a full bucket gives its burst at once and then nothing', () => {
  const bucket = makeBucket(10, 3, 0)
  expect([takeToken(bucket, 0), takeToken(bucket, 0), takeToken(bucket, 0), takeToken(bucket, 0)]).toEqual([
    true,
    true,
    true,
    false,
  ])
})

test('tokens come back at the rate and stop at the burst', () => {
  const bucket = makeBucket(10, 3, 0)
  takeTokens(bucket, 3, 0)
  expect(tokensAt(bucket, 50)).toBeCloseTo(0.5)
  expect(takeToken(bucket, 99)).toBe(false)
  expect(takeToken(bucket, 100)).toBe(true)
  expect(tokensAt(bucket, 1_000_000)).toBe(3)
})

test('several tokens are taken together or not at all', () => {
  const bucket = makeBucket(1, 5, 0)
  expect(takeTokens(bucket, 4, 0)).toBe(true)
  expect(takeTokens(bucket, 2, 0)).toBe(false)
  expect(tokensAt(bucket, 0)).toBe(1)
})

test('the wait told is long enough and not a millisecond longer', () => {
  const bucket = makeBucket(3, 2, 0)
  takeTokens(bucket, 2, 0)
  const ms = waitMs(bucket, 1, 0)
  expect(ms).toBe(334)
  expect(takeToken(bucket, ms - 1)).toBe(false)
  expect(takeToken(bucket, ms)).toBe(true)
  expect(waitMs(bucket, 3, 0)).toBe(Infinity)
})

test('a clock that jumps back gives nothing away and loses nothing', () => {
  const bucket = makeBucket(10, 10, 1000)
  takeTokens(bucket, 5, 1000)
  expect(tokensAt(bucket, 0)).toBe(5)
  expect(tokensAt(bucket, 100)).toBeCloseTo(6)
})

test('an unlimited bucket never refuses', () => {
  const bucket = makeBucket(Infinity, 1, 0)
  expect(takeTokens(bucket, 1_000_000, 0)).toBe(true)
  expect(waitMs(bucket, 1_000_000, 0)).toBe(0)
})

test('a bucket that could never give a token is refused', () => {
  expect(() => makeBucket(0, 1, 0)).toThrow(RangeError)
  expect(() => makeBucket(Number.NaN, 1, 0)).toThrow(RangeError)
  expect(() => makeBucket(1, 0.5, 0)).toThrow(RangeError)
})

test('over any span no more than burst and rate allow is taken', () => {
  const seed = Date.now() % 2 ** 31
  let state = seed
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 2 ** 31
  }
  for (let round = 0; round < 200; round++) {
    const perSecond = 1 + random() * 1000
    const burst = 1 + random() * 50
    const bucket = makeBucket(perSecond, burst, 0)
    let taken = 0
    let nowMs = 0
    for (let step = 0; step < 200; step++) {
      nowMs += random() * 20
      const count = Math.ceil(random() * 3)
      if (takeTokens(bucket, count, nowMs)) taken += count
      expect(taken, `seed ${seed}`).toBeLessThanOrEqual(burst + (nowMs * perSecond) / 1000 + 1e-6)
    }
  }
})
