// Retry-After follows from the backlog and the measured rate, within bounds.
import { expect, test } from 'vitest'
import { type Load, retryAfterSeconds } from '../../src/guard/shed.ts'

const full: Load = { backlogBytes: 100, backlogBytesMax: 100, backlogRecords: 1_000_000, drainRecordsPerSecond: 10_000 }

test('with room in the log the wait is for a slab: one second', () => {
  expect(retryAfterSeconds({ ...full, backlogBytes: 99 }, 600)).toBe(1)
})

test('with a full log it is the time the drain takes for a tenth of it', () => {
  expect(retryAfterSeconds(full, 600)).toBe(10)
  expect(retryAfterSeconds({ ...full, drainRecordsPerSecond: 9_999 }, 600)).toBe(11)
})

test('a slow drain does not send clients away for longer than the bound, a fast one not for less than a second', () => {
  expect(retryAfterSeconds({ ...full, drainRecordsPerSecond: 1 }, 600)).toBe(600)
  expect(retryAfterSeconds({ ...full, drainRecordsPerSecond: 1e9 }, 600)).toBe(1)
})

test('a drain that was never seen moving gives a minute, not infinity', () => {
  expect(retryAfterSeconds({ ...full, drainRecordsPerSecond: undefined }, 600)).toBe(60)
  expect(retryAfterSeconds({ ...full, drainRecordsPerSecond: 0 }, 600)).toBe(60)
  expect(retryAfterSeconds({ ...full, drainRecordsPerSecond: Number.NaN }, 600)).toBe(60)
})
