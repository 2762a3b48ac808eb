import { expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.ts'
import { openReader, type Reader } from '../../src/log/reader.ts'
import { noteDrained } from '../../src/log/streams.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { makeSimDisk } from '../sim/disk.ts'
import { commitAll, makeStage, openStage, readAll, type Sent, sealedAtMs, settingsFor } from './stage.ts'

const seed = seedFromEnv()
const directory = '/data/log/orders'
const first = `${directory}/00000000000000000000.log`

function open(changes: Parameters<typeof settingsFor>[1] = {}) {
  const disk = makeSimDisk(randomFrom(seed))
  const stage = makeStage(disk)
  const settings = settingsFor(directory, { segmentBytes: 8192, ...changes })
  const { log } = openStage(stage, settings)
  const from = (offset: number) =>
    openReader({ directory, streamIndex: 0, progress: stage.parts.progress, from: offset, disk })
  return { disk, stage, settings, log, from }
}

const record = (key: string, value = `value of ${key}`): Sent => ({ key, value })
const long = (key: string) => record(key, key.repeat(2500))
const keysOf = (reader: Reader, countMax = 1000, bytesMax = 1e6) =>
  reader.read(countMax, bytesMax).map(({ key }) => Buffer.from(key!).toString())

function refusal(act: () => unknown): SluiceError {
  try {
    act()
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('records come as they were sent, with offset and time', () => {
  const { stage, log, from } = open()
  commitAll(stage, log, [[record('a'), record('b', 'zwei')]])
  const [one, two] = from(0).read(10, 1000)
  expect(one).toMatchObject({ offset: 0, receivedAtMs: sealedAtMs })
  expect([two!.offset, Buffer.from(two!.key!).toString(), Buffer.from(two!.value).toString()]).toEqual([1, 'b', 'zwei'])
})

test('a record of a stream without a key has none', () => {
  const { stage, log, from } = open({ dedupeKeyCountMax: undefined })
  commitAll(stage, log, [[{ key: null, value: 'v' }]])
  expect(from(0).read(10, 1000)[0]!.key).toBeNull()
})

test('a reader sees what is committed after it was opened, commit after commit and file after file', () => {
  const { stage, log, from } = open()
  const reader = from(0)
  expect(keysOf(reader)).toEqual([])
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    commitAll(stage, log, [[long(key)]])
    expect(keysOf(reader)).toEqual([key])
    expect(keysOf(reader)).toEqual([])
  }
  expect(log.segments.length).toBeGreaterThan(2)
})

test('what is written and not committed is never seen', () => {
  const { stage, log, disk, from } = open()
  commitAll(stage, log, [[record('a')]])
  const reader = from(0)
  disk.fault = (name) => (name === 'sync' ? 'EIO' : undefined)
  commitAll(stage, log, [[record('lost')]])
  expect(keysOf(reader)).toEqual(['a'])
  disk.fault = () => undefined
  commitAll(stage, log, [[record('b')]], 1e6)
  expect(keysOf(reader)).toEqual(['b'])
})

test('a reader that waits in a file that failed goes on in its successor, also under the same name', () => {
  const { stage, log, disk, from } = open()
  const reader = from(0)
  expect(keysOf(reader)).toEqual([])
  for (const key of ['a', 'b', 'c']) {
    disk.fault = (name) => (name === 'sync' ? 'EIO' : undefined)
    commitAll(stage, log, [[record('lost'), record(`lost-${key}`)]], 1e6)
    disk.fault = () => undefined
    commitAll(stage, log, [[record(key)]], 2e6)
    expect(keysOf(reader)).toEqual([key])
  }
})

test('counts and bytes bound what is read at a time, and nothing is left out or told twice', () => {
  const { stage, log, from, settings } = open({ segmentBytes: 65_536 })
  for (let commit = 0; commit < 20; commit++) {
    const list = (slab: number) =>
      Array.from({ length: 10 }, (_, index) => record(`${commit}-${slab}-${index}`, 'v'.repeat(50 * index)))
    commitAll(stage, log, [list(0), list(1)])
  }
  const all = readAll(stage, settings, 0).map(({ key }) => key)
  expect(all).toHaveLength(400)
  const random = randomFrom(seed)
  for (let round = 0; round < 20; round++) {
    const reader = from(0)
    const seen: string[] = []
    for (;;) {
      const countMax = 1 + random.below(30)
      const bytesMax = 1 + random.below(3000)
      const records = reader.read(countMax, bytesMax)
      if (records.length === 0) break
      expect(records.length).toBeLessThanOrEqual(countMax)
      const bytes = records.slice(0, -1).reduce((sum, { key, value }) => sum + key!.length + value.length, 0)
      expect(bytes, `seed ${seed}`).toBeLessThan(bytesMax)
      seen.push(...records.map(({ key }) => Buffer.from(key!).toString()))
    }
    expect(seen, `seed ${seed}`).toEqual(all)
    reader.close()
  }
})

test('a reader starts at any offset, in the middle of a batch too', () => {
  const { stage, log, from } = open()
  commitAll(stage, log, [[record('a'), record('b')], [record('c'), record('c'), record('d')], [long('e')], [long('f')]])
  const offsets = readAll(stage, settingsFor(directory), 0).map(({ offset }) => offset)
  for (let offset = 0; offset <= log.nextOffset; offset++) {
    const reader = from(offset)
    expect(reader.nextOffset()).toBe(offset)
    const seen: number[] = []
    for (let records = reader.read(2, 1e6); records.length > 0; records = reader.read(2, 1e6))
      seen.push(...records.map((found) => found.offset))
    expect(seen).toEqual(offsets.filter((other) => other >= offset))
    expect(reader.nextOffset()).toBe(log.nextOffset)
    reader.close()
  }
})

test('behind a batch whose last records were dropped the next offset is the next batch’s', () => {
  const { stage, log, from } = open()
  commitAll(stage, log, [[record('a'), record('a'), record('a')]])
  const reader = from(0)
  expect(keysOf(reader)).toEqual(['a'])
  expect(reader.nextOffset()).toBe(3)
})

test('an offset the log has not, or no longer, is refused', () => {
  const { stage, log, from } = open({ dedupeKeyCountMax: undefined })
  for (const text of ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    commitAll(stage, log, [[{ key: null, value: text.repeat(2500) }]])
  noteDrained(log, 4, 0)
  expect(log.segments[0]!.baseOffset).toBe(3)
  for (const offset of [0, 2, 8]) expect(refusal(() => from(offset)).code).toBe('LOG_DAMAGED')
  expect(keysOf2(from(3))).toEqual(['d', 'e', 'f', 'g'])
})

const keysOf2 = (reader: Reader) => {
  const seen: string[] = []
  for (let records = reader.read(10, 1e6); records.length > 0; records = reader.read(10, 1e6))
    seen.push(...records.map(({ value }) => Buffer.from(value).toString('latin1', 0, 1)))
  return seen
}

test('a flipped bit in a committed record stops the reader with file, byte and offset', () => {
  const { stage, log, disk, from } = open()
  commitAll(stage, log, [[record('a')]])
  commitAll(stage, log, [[record('b')]])
  const position = log.segments[0]!.bytes - 5
  disk.corrupt(first, position, (byte) => byte ^ 1)
  const reader = from(0)
  expect(keysOf(reader)).toEqual(['a'])
  const error = refusal(() => reader.read(10, 1000))
  expect(error.code).toBe('LOG_DAMAGED')
  expect(error.extra).toMatchObject({ file: first, offset: 1 })
  expect(refusal(() => reader.read(10, 1000)).code, 'it never skips').toBe('LOG_DAMAGED')
})

test('a reader holds one file open, and none once it is closed', () => {
  const { stage, log, disk, from } = open()
  const reader = from(0)
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
    commitAll(stage, log, [[long(key)]])
    reader.read(10, 1e6)
    expect(disk.openFiles()).toBe(2)
  }
  reader.close()
  expect(disk.openFiles()).toBe(1)
})
