import { expect, test } from 'vitest'
import { header } from '../../src/kernel/abi.ts'
import { recordKey } from '../../src/kernel/descriptors.ts'
import { readHeader, readLong } from '../../src/kernel/memory.ts'
import { commitSlabs } from '../../src/log/commit.ts'
import { endOutage } from '../../src/log/outage.ts'
import { readProgress } from '../../src/log/progress.ts'
import { statsOf } from '../../src/log/streams.ts'
import { decodeBatch } from '../fixtures/kafka.ts'
import { randomFrom } from '../fixtures/random.ts'
import { type Fault, makeSimDisk, type SimDisk } from '../sim/disk.ts'
import { commitAll, fillSlab, makeStage, openStage, readAll, type Sent, settingsFor, toldOf } from './stage.ts'

const directory = '/data/log/orders'
const firstSegment = `${directory}/00000000000000000000.log`

function open(changes: Parameters<typeof settingsFor>[1] = {}) {
  const disk = makeSimDisk(randomFrom(1))
  const stage = makeStage(disk)
  const settings = settingsFor(directory, changes)
  return { disk, stage, settings, log: openStage(stage, settings).log }
}

const record = (key: string, value = `value of ${key}`): Sent => ({ key, value })
const records = (count: number, from = 0) => Array.from({ length: count }, (_, index) => record(`k${from + index}`))

/** The faults of the operations that are named, from now on; anything else goes well. */
function failOn(disk: SimDisk, operation: string, fault: Fault): void {
  disk.fault = (name) => (name === operation ? fault : undefined)
}

test('new records get offsets one after the other, over slabs and commits', () => {
  const { stage, log } = open()
  expect(commitAll(stage, log, [records(2), records(3, 2)])).toEqual([
    [
      { status: 'accepted', offset: 0 },
      { status: 'accepted', offset: 1 },
    ],
    [2, 3, 4].map((offset) => ({ status: 'accepted', offset })),
  ])
  expect(readLong(stage.slabs[1]!, header.baseOffset)).toBe(2)
  expect(commitAll(stage, log, [records(1, 5)])).toEqual([[{ status: 'accepted', offset: 5 }]])
  expect(readProgress(stage.parts.progress, 0, 'committed')).toBe(6)
})

test('a repeat is a duplicate of the first, another value a conflict with it: in one slab, one commit, and later', () => {
  const { stage, log, settings } = open()
  const first = [record('a'), record('a'), record('b'), record('a', 'other')]
  expect(commitAll(stage, log, [first, [record('b'), record('c')]])).toEqual([
    [
      { status: 'accepted', offset: 0 },
      { status: 'duplicate', offset: 0 },
      { status: 'accepted', offset: 2 },
      { status: 'conflict', offset: 0 },
    ],
    [
      { status: 'duplicate', offset: 2 },
      { status: 'accepted', offset: 5 },
    ],
  ])
  expect([readHeader(stage.slabs[0]!, 'acceptedCount'), readHeader(stage.slabs[0]!, 'duplicateCount')]).toEqual([2, 1])
  expect(readHeader(stage.slabs[0]!, 'conflictCount')).toBe(1)
  expect(commitAll(stage, log, [[record('c'), record('d')]])).toEqual([
    [
      { status: 'duplicate', offset: 5 },
      { status: 'accepted', offset: 7 },
    ],
  ])
  expect(readAll(stage, settings, 0).map(({ key, offset }) => [key, offset])).toEqual([
    ['a', 0],
    ['b', 2],
    ['c', 5],
    ['d', 7],
  ])
})

test('what goes to disk is a sound record batch with the gaps a dropped record leaves', () => {
  const { stage, log, disk } = open()
  commitAll(stage, log, [[record('a'), record('a'), record('b'), record('c'), record('b'), record('d')]])
  const written = disk.bytesOf(firstSegment)
  const length = Buffer.from(written).readInt32BE(8) + 12
  const batch = decodeBatch(written.subarray(0, length))
  expect(batch.records.map(({ key, offsetDelta }) => [key?.toString(), offsetDelta])).toEqual([
    ['a', 0],
    ['b', 2],
    ['c', 3],
    ['d', 5],
  ])
  expect(batch.lastOffsetDelta).toBe(5)
  expect(written.subarray(length).every((byte) => byte === 0)).toBe(true)
})

test('the slab still tells the keys of records that were dropped from its batch', () => {
  const { stage, log } = open()
  commitAll(stage, log, [[record('first'), record('first'), record('second'), record('first')]])
  expect([0, 1, 2, 3].map((index) => recordKey(stage.slabs[0]!, index))).toEqual(['first', 'first', 'second', 'first'])
})

test('records the kernel refused stay refused and take no offset', () => {
  const { stage, log } = open()
  const slab = stage.slabs[0]!
  fillSlab(slab, ['EMPTY', record('a'), 'EMPTY', record('b')])
  commitSlabs(log, [slab], 0)
  expect(toldOf(slab).map(({ status, offset }) => (status === 'accepted' ? offset : status))).toEqual([
    'refused',
    0,
    'refused',
    1,
  ])
})

test('a slab without a valid record, or of duplicates only, is answered without a write', () => {
  const { stage, log, disk } = open()
  commitAll(stage, log, [records(3)])
  const before = disk.operationCount()
  fillSlab(stage.slabs[1]!, ['EMPTY'])
  commitSlabs(log, [stage.slabs[1]!], 0)
  expect(commitAll(stage, log, [records(3)])[0]!.map(({ status }) => status)).toEqual(Array(3).fill('duplicate'))
  expect(disk.operationCount()).toBe(before)
  expect(commitAll(stage, log, [records(1, 3)])[0]![0]).toEqual({ status: 'accepted', offset: 3 })
})

test('a stream without a key takes everything, equal records too', () => {
  const { stage, log } = open({ dedupeKeyCountMax: undefined })
  const same = { key: null, value: 'same' }
  expect(commitAll(stage, log, [[same, same]])[0]).toEqual([
    { status: 'accepted', offset: 0 },
    { status: 'accepted', offset: 1 },
  ])
})

test('one sync makes all slabs of a commit durable, and it comes after the last write', () => {
  const { stage, log, disk } = open()
  const operations: string[] = []
  disk.fault = (name) => {
    operations.push(name)
    return undefined
  }
  commitAll(stage, log, [records(2), records(2, 1), records(2, 9)])
  expect(operations.filter((name) => name === 'sync')).toHaveLength(1)
  expect(operations.at(-1)).toBe('sync')
  expect(statsOf(log).commitCount).toBe(1)
})

test('nothing is published before the sync has returned', () => {
  const { stage, log, disk } = open()
  const seen: number[] = []
  disk.fault = (name) => {
    if (name === 'sync') seen.push(readProgress(stage.parts.progress, 0, 'committed'))
    return undefined
  }
  commitAll(stage, log, [records(4)])
  expect(seen).toEqual([0])
  expect(readProgress(stage.parts.progress, 0, 'committed')).toBe(4)
})

test('a commit ends where its file does, and what is left makes the next one in a new file', () => {
  const { stage, log, settings, disk } = open({ segmentBytes: 8192 })
  const long = (key: string) => record(key, key.repeat(3000))
  const told = commitAll(stage, log, [[long('a')], [long('b')], [long('c')], [long('d')], [long('e')]])
  expect(told.flat().map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
  expect(log.commitCount).toBe(3)
  expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2, 4])
  expect(readAll(stage, settings, 0).map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd', 'e'])
  // A closed segment ends with its last batch, as Kafka's does.
  expect(disk.bytesOf(firstSegment).length).toBe(log.segments[0]!.bytes)
})

test('after a failed sync the clients are refused, the file is never touched again, and the next commit goes to a new one', () => {
  const { stage, log, disk, settings } = open()
  commitAll(stage, log, [records(2)])
  const failed = log.active!.file
  failOn(disk, 'sync', 'EIO')
  expect(commitAll(stage, log, [records(2, 2)])[0]!.map(({ status }) => status)).toEqual(['refused', 'refused'])
  expect(statsOf(log).unavailable).toBe('LOG_UNAVAILABLE')
  expect(readProgress(stage.parts.progress, 0, 'committed')).toBe(2)
  disk.fault = () => undefined
  const left = disk.bytesOf(firstSegment)
  expect(commitAll(stage, log, [records(3, 1)], 10_000)[0]).toEqual([
    { status: 'duplicate', offset: 1 },
    { status: 'accepted', offset: 3 },
    { status: 'accepted', offset: 4 },
  ])
  expect(log.active!.file).not.toBe(failed)
  expect(disk.bytesOf(firstSegment)).toEqual(left)
  expect(disk.openFiles()).toBe(1)
  expect(statsOf(log).unavailable).toBeUndefined()
  expect(readAll(stage, settings, 0).map(({ offset }) => offset)).toEqual([0, 1, 3, 4])
})

test('a record of a failed commit is not known: a repeat of it is accepted, not called a duplicate', () => {
  const { stage, log, disk } = open()
  failOn(disk, 'write', 'EIO')
  expect(commitAll(stage, log, [[record('a'), record('a')]])[0]!.map(({ status }) => status)).toEqual([
    'refused',
    'refused',
  ])
  disk.fault = () => undefined
  expect(commitAll(stage, log, [[record('a', 'changed')]], 10_000)[0]).toEqual([{ status: 'accepted', offset: 0 }])
})

test('the file that failed before its first commit is replaced under its own name', () => {
  const { stage, log, disk, settings } = open()
  const reader = () => readAll(stage, settings, 0).map(({ value }) => value)
  failOn(disk, 'sync', 'EIO')
  commitAll(stage, log, [[record('a', 'lost')]])
  disk.fault = () => undefined
  commitAll(stage, log, [[record('b', 'kept')]], 10_000)
  expect(log.segments).toHaveLength(1)
  expect(reader()).toEqual(['kept'])
})

test('on a full disk writers hear STORAGE_FULL, nothing of their commit stays in the file, and it goes on there', () => {
  const { stage, log, disk } = open()
  commitAll(stage, log, [records(1)])
  const { file } = log.active!
  const end = log.active!.segment.bytes
  let writes = 0
  disk.fault = (name) => (name === 'write' && writes++ === 0 ? 'ENOSPC' : undefined)
  expect(commitAll(stage, log, [records(5, 1), records(5, 6)])[0]![0]!.status).toBe('refused')
  expect(statsOf(log).unavailable).toBe('STORAGE_FULL')
  expect(
    disk
      .bytesOf(firstSegment)
      .subarray(end)
      .every((byte) => byte === 0),
  ).toBe(true)
  expect(commitAll(stage, log, [records(1, 1)], 10_000)[0]).toEqual([{ status: 'accepted', offset: 1 }])
  expect(log.active!.file).toBe(file)
  expect(statsOf(log).unavailable).toBeUndefined()
})

test('while the disk has no room for a file, duplicates are still answered and new records wait for room', () => {
  const { stage, log, disk } = open({ segmentBytes: 4096 })
  const long = (key: string) => record(key, key.repeat(2000))
  commitAll(stage, log, [[long('a')]])
  failOn(disk, 'create', 'ENOSPC')
  expect(commitAll(stage, log, [[long('b')]], 1000)[0]![0]!.status).toBe('refused')
  expect(statsOf(log).unavailable).toBe('STORAGE_FULL')
  expect(commitAll(stage, log, [[long('a')]], 1001)[0]).toEqual([{ status: 'duplicate', offset: 0 }])
  const attempts = disk.operationCount()
  expect(commitAll(stage, log, [[long('b')]], 1002)[0]![0]!.status).toBe('refused')
  expect(disk.operationCount(), 'a full disk is not asked at once again').toBe(attempts)
  disk.fault = () => undefined
  expect(commitAll(stage, log, [[long('b')]], 60_000)[0]).toEqual([{ status: 'accepted', offset: 1 }])
})

test('an outage ends by itself once the disk takes a file again, without anyone writing', () => {
  const { stage, log, disk } = open()
  disk.fault = (name) => (name === 'sync' || name === 'create' ? 'EIO' : undefined)
  commitAll(stage, log, [records(1)], 1000)
  endOutage(log, 1001)
  endOutage(log, 60_000)
  expect(statsOf(log).unavailable).toBe('LOG_UNAVAILABLE')
  disk.fault = () => undefined
  endOutage(log, 60_001)
  expect(statsOf(log).unavailable, 'not before its time').toBe('LOG_UNAVAILABLE')
  endOutage(log, 120_000)
  expect(statsOf(log).unavailable).toBeUndefined()
  expect(commitAll(stage, log, [records(1)], 120_001)[0]).toEqual([{ status: 'accepted', offset: 0 }])
})

test('a dedupe generation that fills up ends the commit, and the next one goes on', () => {
  const { stage, log } = open({ dedupeKeyCountMax: 2, segmentBytes: 4_194_304 })
  const lists = [0, 1, 2].map((list) => records(9000, list * 9000))
  const offsets = commitAll(stage, log, lists)
    .flat()
    .map(({ offset }) => offset)
  expect(offsets).toEqual(Array.from({ length: 27_000 }, (_, index) => index))
  expect(log.commitCount).toBe(3)
})
