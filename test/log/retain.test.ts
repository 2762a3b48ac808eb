import { expect, test } from 'vitest'
import { readProgress } from '../../src/log/progress.ts'
import { tendSpare } from '../../src/log/spare.ts'
import { noteDrained, statsOf } from '../../src/log/streams.ts'
import { randomFrom } from '../fixtures/random.ts'
import { makeSimDisk } from '../sim/disk.ts'
import { commitAll, makeStage, openStage, readAll, restage, type Sent, settingsFor } from './stage.ts'

const directory = '/data/log/orders'
const bytes = 2500

function open(dedupeKeyCountMax: number | undefined, segmentBytes = 8192) {
  const disk = makeSimDisk(randomFrom(1))
  const stage = makeStage(disk)
  const settings = settingsFor(directory, { segmentBytes, dedupeKeyCountMax })
  const { log } = openStage(stage, settings)
  let nowMs = 0
  const send = (count: number) => {
    for (let sent = 0; sent < count; sent++) {
      const record: Sent = {
        key: dedupeKeyCountMax === undefined ? null : `k${log.nextOffset}`,
        value: 'v'.repeat(bytes),
      }
      nowMs += 1e6
      commitAll(stage, log, [[record]], nowMs)
    }
  }
  const bases = () => log.segments.map(({ baseOffset }) => baseOffset)
  return { disk, stage, settings, log, send, bases }
}

test('a segment goes once all of it is drained, and not before', () => {
  const { log, send, bases } = open(undefined)
  send(10)
  expect(bases()).toEqual([0, 3, 6, 9])
  noteDrained(log, 2, 0)
  expect(bases()).toEqual([0, 3, 6, 9])
  noteDrained(log, 3, 0)
  expect(bases()).toEqual([3, 6, 9])
  noteDrained(log, 8, 0)
  expect(bases()).toEqual([6, 9])
})

test('the first offset still there is published, and the backlog shrinks as the drain goes on', () => {
  const { log, send, stage } = open(undefined)
  send(10)
  const backlog = () => readProgress(stage.parts.progress, 0, 'backlogBytes')
  expect(backlog()).toBeGreaterThan(10 * bytes)
  noteDrained(log, 6, 0)
  expect(readProgress(stage.parts.progress, 0, 'start')).toBe(6)
  expect(backlog()).toBeGreaterThan(4 * bytes)
  expect(backlog()).toBeLessThan(5 * bytes)
  expect(statsOf(log)).toMatchObject({ startOffset: 6, drainedOffset: 6, backlogBytes: backlog(), segmentCount: 2 })
  noteDrained(log, 10, 0)
  expect(backlog()).toBe(0)
  noteDrained(log, 4, 0)
  expect(statsOf(log).drainedOffset, 'what is drained stays drained').toBe(10)
})

test('the last segment stays, and the one before it while it is empty', () => {
  const { log, send, bases, disk } = open(undefined)
  send(3)
  noteDrained(log, 3, 0)
  expect(bases()).toEqual([0])
  // A roll whose first commit fails leaves an empty last segment.
  let named = false
  disk.fault = (name) => {
    named ||= name === 'syncDirectory'
    return named && name === 'write' ? 'EIO' : undefined
  }
  send(1)
  expect(bases()).toEqual([0, 3])
  disk.fault = () => undefined
  noteDrained(log, 3, 0)
  expect(bases()).toEqual([0, 3])
  send(1)
  noteDrained(log, 4, 0)
  expect(bases()).toEqual([3])
})

test('a segment with keys that duplicates are still recognised by stays, and a restart knows them all', () => {
  const { log, send, bases, settings, disk, stage } = open(4)
  send(10)
  noteDrained(log, 10, 0)
  // Two generations of 4 keys: the older holds offsets 4 to 7.
  expect(bases()).toEqual([3, 6, 9])
  disk.endProcess()
  const again = restage(stage, disk)
  const { log: reopened, report } = openStage(again, settings)
  expect(report.startOffset).toBe(3)
  for (let offset = 4; offset < 10; offset++) {
    const told = commitAll(again, reopened, [[{ key: `k${offset}`, value: 'v'.repeat(bytes) }]])
    expect(told[0]![0]).toEqual({ status: 'duplicate', offset })
  }
})

test('a retired segment is used again under a new name, and its old records are never read', () => {
  const { log, send, bases, disk, stage, settings } = open(undefined)
  send(7)
  noteDrained(log, 7, 0)
  expect(log.spares).toHaveLength(2)
  const made = disk.operationCount()
  let created = 0
  disk.fault = (name) => {
    if (name === 'create') created++
    return undefined
  }
  send(6)
  expect(created).toBe(0)
  expect(disk.operationCount()).toBeGreaterThan(made)
  expect(bases()).toEqual([6, 9, 12])
  expect(readAll(stage, settings, 6).map(({ offset }) => offset)).toEqual([6, 7, 8, 9, 10, 11, 12])
  disk.endProcess()
  expect(readAll(stage, settings, 6)).toHaveLength(7)
})

test('a retired segment is not written to again before its old name is gone for good', () => {
  const { log, send, disk } = open(undefined)
  send(7)
  disk.fault = (name) => (name === 'syncDirectory' ? 'EIO' : undefined)
  noteDrained(log, 7, 0)
  expect(log.spares).toEqual([])
  expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([3, 6])
})

test('spares are bounded; what is retired beyond them is removed', () => {
  const { log, send, disk } = open(undefined)
  send(30)
  noteDrained(log, 30, 0)
  expect(disk.list(directory).filter((name) => name.startsWith('spare'))).toHaveLength(2)
  expect(disk.list(directory).filter((name) => name.endsWith('.log'))).toHaveLength(1)
})

test('a disk that refuses to let go is tried again later, and the log goes on', () => {
  const { log, send, bases, disk } = open(undefined)
  send(7)
  disk.fault = (name) => (name === 'rename' ? 'EIO' : undefined)
  noteDrained(log, 7, 0)
  expect(bases()).toEqual([0, 3, 6])
  expect(log.notices.join()).toContain('EIO')
  disk.fault = () => undefined
  noteDrained(log, 7, 1)
  expect(bases(), 'not at once').toEqual([0, 3, 6])
  noteDrained(log, 7, 60_000)
  expect(bases()).toEqual([6])
})

test('a spare is made ahead, piece by piece as the file fills, and the next roll takes it', async () => {
  const { log, send, disk } = open(undefined, 32_768)
  const sizes: number[] = []
  for (let sent = 0; log.spares.length === 0; sent++) {
    expect(sent, 'it is ready before the file is full').toBeLessThan(12)
    send(1)
    tendSpare(log, 0)
    const { filling } = log
    tendSpare(log, 0)
    expect(log.filling, 'one piece at a time').toBe(filling)
    await filling
    if (log.draft !== undefined && log.draft.bytes !== sizes.at(-1)) sizes.push(log.draft.bytes)
  }
  expect(sizes.length, 'pieces before the last').toBeGreaterThan(1)
  expect(sizes).toEqual(sizes.toSorted((one, other) => one - other))
  expect(log.draft).toBeUndefined()
  expect(log.spares).toEqual([`${directory}/spare-1`])
  expect(disk.bytesOf(`${directory}/spare-1`)).toEqual(new Uint8Array(32_768))
  tendSpare(log, 0)
  expect(log.filling).toBeUndefined()
  while (log.segments.length === 1) send(1)
  expect(log.spares).toEqual([])
  expect(disk.list(directory)).toEqual(['00000000000000000000.log', '00000000000000000012.log'])
  expect(disk.openFiles()).toBe(1)
})

test('in a flood a spare gets its length without zeros being written, and records in it survive as in any other', () => {
  const { log, send, disk } = open(undefined)
  send(2)
  log.commitBytesMean = 1_048_576
  tendSpare(log, 0)
  expect(log.filling, 'nothing runs beside').toBeUndefined()
  expect(log.spares).toEqual([`${directory}/spare-1`])
  expect(disk.bytesOf(`${directory}/spare-1`)).toEqual(new Uint8Array(8192))
  send(2)
  expect(log.spares).toEqual([])
  expect(log.active?.capacityBytes).toBe(8192)
})

test('in a flood, too, no room for a spare is no reason to refuse records', () => {
  const { log, send, disk } = open(undefined)
  send(2)
  log.commitBytesMean = 1_048_576
  disk.fault = (name) => (name === 'truncate' ? 'ENOSPC' : undefined)
  tendSpare(log, 0)
  expect(log.spares).toEqual([])
  expect(disk.list(directory)).toEqual(['00000000000000000000.log'])
  expect(statsOf(log).unavailable).toBeUndefined()
})

test('when there is no room for a spare nothing of it stays, and it is not tried again at once', async () => {
  const { log, send, disk } = open(undefined, 16_384)
  send(2)
  disk.fault = (name) => (name === 'extend' ? 'ENOSPC' : undefined)
  tendSpare(log, 0)
  await log.filling
  const count = disk.operationCount()
  tendSpare(log, 1)
  expect(log.filling).toBeUndefined()
  expect(disk.operationCount()).toBe(count)
  expect(disk.list(directory)).toEqual(['00000000000000000000.log'])
  expect(disk.openFiles()).toBe(1)
  expect(statsOf(log).unavailable).toBeUndefined()
  disk.fault = () => undefined
  tendSpare(log, 60_000)
  await log.filling
  expect(log.draft?.bytes).toBeGreaterThan(0)
})
