// Readiness: each part's last word counts, and only what keeps records from being taken makes it not ready.
import { expect, test } from 'vitest'
import { makeHealth } from '../../src/ops/health.ts'

test('is ready while nothing blocks, and names what does and since when', () => {
  let nowMs = 0
  const health = makeHealth(() => nowMs)
  expect(health.readiness()).toEqual({ ready: true, reasons: [], warnings: [] })
  health.block('log', 'STORAGE_FULL: no space left')
  nowMs = 5000
  health.block('log', 'STORAGE_FULL: no space left')
  health.block('start', 'recovering')
  expect(health.readiness()).toEqual({
    ready: false,
    reasons: [
      { part: 'log', reason: 'STORAGE_FULL: no space left', since: '1970-01-01T00:00:00.000Z' },
      { part: 'start', reason: 'recovering', since: '1970-01-01T00:00:05.000Z' },
    ],
    warnings: [],
  })
  health.block('log', 'LOG_UNAVAILABLE: EIO')
  expect(health.readiness().reasons[0]).toMatchObject({
    reason: 'LOG_UNAVAILABLE: EIO',
    since: '1970-01-01T00:00:05.000Z',
  })
  health.clear('log')
  health.clear('start')
  expect(health.readiness().ready).toBe(true)
})

test('stays ready with a sink that is down, and warns', () => {
  const health = makeHealth(() => 0)
  health.warn('drain orders', 'retrying: database is locked')
  expect(health.readiness()).toMatchObject({ ready: true, warnings: [{ part: 'drain orders' }] })
  health.clear('drain orders')
  expect(health.readiness().warnings).toEqual([])
})
