// Whom a commit waits for: those that were just answered, when they were many, and never beyond the time.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeGather } from '../../src/ingress/gather.ts'
import { gatherCountMin, gatherMs } from '../../src/limits.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('at first, and after few were answered, nobody is waited for', () => {
  const gather = makeGather(() => undefined)
  expect(gather.isEnough(0, 1)).toBe(true)
  gather.answered(0, gatherCountMin - 1, 0)
  expect(gather.isEnough(0, 1)).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})

test('after many were answered most of them are waited for, beside those that wait already', () => {
  const gather = makeGather(() => undefined)
  gather.answered(0, 40, 10)
  expect([10, 45, 46, 50].map((count) => gather.isEnough(0, count))).toEqual([false, false, true, true])
  expect(gather.isEnough(1, 1)).toBe(true)
})

test('what has gone is not waited for again', () => {
  const gather = makeGather(() => undefined)
  gather.answered(2, 40, 10)
  gather.gone(2)
  expect(gather.isEnough(2, 1)).toBe(true)
})

test('when the time is over nobody is waited for, and whoever asked is told once', () => {
  const onTime = vi.fn()
  const gather = makeGather(onTime)
  gather.answered(0, 100, 0)
  gather.answered(1, 100, 0)
  vi.advanceTimersByTime(gatherMs)
  expect(onTime).toHaveBeenCalledTimes(1)
  expect([0, 1].map((stream) => gather.isEnough(stream, 1))).toEqual([true, true])
  vi.advanceTimersByTime(10 * gatherMs)
  expect(onTime).toHaveBeenCalledTimes(1)
  gather.answered(0, 100, 0)
  expect(gather.isEnough(0, 1)).toBe(false)
  vi.advanceTimersByTime(gatherMs)
  expect(gather.isEnough(0, 1)).toBe(true)
})
