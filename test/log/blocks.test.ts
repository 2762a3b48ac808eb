// Commits as blocks: what is asked of the disk, what stands in the file behind each commit, and what happens where the file
// system takes no direct writes.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { stagingBytes, writeBlocks } from '../../src/log/blocks.ts'
import { alignedBytes, blockBytes, errorCode, nodeDisk } from '../../src/log/disk.ts'
import { endOutage } from '../../src/log/outage.ts'
import { tendSpare } from '../../src/log/spare.ts'
import { noteDrained, statsOf } from '../../src/log/streams.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { makeSimDisk } from '../sim/disk.ts'
import { commitAll, makeStage, openStage, readAll, restage, type Sent, settingsFor } from './stage.ts'

const seed = seedFromEnv()
const directory = '/data/log/orders'
const first = `${directory}/00000000000000000000.log`
const endMarkBytes = 61
const memory = makeStage()

function makeWorld(changes: Parameters<typeof settingsFor>[1] = {}) {
  const disk = makeSimDisk(randomFrom(seed))
  const settings = settingsFor(directory, { segmentBytes: 65_536, dedupeKeyCountMax: undefined, ...changes })
  const open = () => {
    disk.endProcess()
    const stage = restage(memory, disk)
    return { stage, ...openStage(stage, settings) }
  }
  return { disk, settings, open }
}

let sentCount = 0
const record = (bytes: number): Sent => ({ key: null, value: `${sentCount++}`.padEnd(bytes, '.') })

afterEach(() => {
  sentCount = 0
})

test(`behind every commit stand zeros, and before it what was there, in a new file and in a retired one (seed ${seed})`, () => {
  const { disk, open } = makeWorld()
  const random = randomFrom(seed)
  const { log, stage } = open()
  for (let commit = 0; commit < 200; commit++) {
    const before = log.active!
    const old = disk.bytesOf(before.segment.path).slice(0, before.segment.bytes)
    commitAll(stage, log, [[record(random.below(9000))]], commit * 1e6)
    const { segment, capacityBytes, tail } = log.active!
    const bytes = disk.bytesOf(segment.path)
    const end = segment.bytes
    expect(capacityBytes % blockBytes).toBe(0)
    expect(bytes.length).toBe(capacityBytes)
    if (log.active === before) expect(bytes.slice(0, old.length)).toEqual(old)
    expect(bytes.subarray(end, Math.min(end + endMarkBytes, capacityBytes)).every((byte) => byte === 0)).toBe(true)
    expect(Buffer.compare(tail.subarray(0, end % blockBytes), bytes.subarray(end - (end % blockBytes), end))).toBe(0)
    noteDrained(log, log.nextOffset, commit * 1e6)
  }
  expect(log.segments[0]!.baseOffset).toBeGreaterThan(0)
  expect(disk.misaligned()).toEqual([])
})

test('a commit that ends less than an end mark before its block does takes a block of zeros more', () => {
  const { disk, open } = makeWorld()
  const { log, stage } = open()
  commitAll(stage, log, [[record(10)]])
  const overhead = log.active!.segment.bytes - 10
  // Framing of a longer record takes two bytes more.
  commitAll(stage, log, [[record(2 * blockBytes - log.active!.segment.bytes - overhead - 2 - 20)]])
  expect(log.active!.segment.bytes).toBe(2 * blockBytes - 20)
  const stale = 2 * blockBytes
  expect(
    disk
      .bytesOf(first)
      .subarray(stale - 20, stale + blockBytes)
      .some((byte) => byte !== 0),
  ).toBe(false)
  disk.corrupt(first, stale + 10, () => 7)
  expect(openTornBytes(), 'that block belongs to the end mark').toBeGreaterThan(0)

  function openTornBytes(): number {
    return open().report.tornBytes
  }
})

test('a commit longer than the staging memory is written in pieces and read back whole', () => {
  const { disk, settings, open } = makeWorld({ segmentBytes: 16_777_216 })
  const { log, stage } = open()
  const lists = (count: number) => Array.from({ length: count }, () => Array.from({ length: 4 }, () => record(200_000)))
  // The first file is a short one; the next is made ahead, as in a flood.
  const sent = [lists(1), lists(5), lists(8), [[record(100)]]]
  for (const [index, group] of sent.entries()) {
    commitAll(stage, log, group)
    log.commitBytesMean = 1_048_576
    if (index === 0) tendSpare(log, 0)
  }
  expect(log.commitCount).toBe(5)
  expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 20])
  expect(log.active!.segment.bytes).toBeGreaterThan(stagingBytes + 3 * 800_000)
  expect(readAll(stage, settings, 0).map(({ value }) => value)).toEqual(sent.flat(2).map(({ value }) => value))
  expect(disk.misaligned()).toEqual([])
})

test('a start takes up the unfinished block, and the next commit leaves its bytes as they are', () => {
  const { disk, settings, open } = makeWorld()
  const one = open()
  commitAll(one.stage, one.log, [[record(5000)], [record(300)]])
  const end = one.log.active!.segment.bytes
  const bytes = disk.bytesOf(first).slice(0, end)
  const again = open()
  commitAll(again.stage, again.log, [[record(300)]])
  expect(disk.bytesOf(first).slice(0, end)).toEqual(bytes)
  expect(readAll(again.stage, settings, 0)).toHaveLength(3)
})

test('after a commit that failed on a full disk, the unfinished block is as it was and the rest of it zeros', () => {
  const { disk, open } = makeWorld()
  const { log, stage } = open()
  commitAll(stage, log, [[record(300)]])
  const end = log.active!.segment.bytes
  const bytes = disk.bytesOf(first)
  const { tail } = log.active!
  const held = tail.toString('hex', 0, end)
  let count = 0
  disk.fault = (name) => (name === 'write' && count++ === 0 ? 'ENOSPC' : undefined)
  expect(commitAll(stage, log, [[record(9000)]])[0]![0]!.status).toBe('refused')
  expect(disk.bytesOf(first)).toEqual(bytes)
  expect(tail.toString('hex', 0, end)).toBe(held)
})

describe('files of other lengths', () => {
  /** A log whose last file has `extra` bytes of an old file behind its whole blocks. */
  function worldWith(extra: number) {
    const world = makeWorld({ segmentBytes: 16_384 })
    const { log, stage } = world.open()
    commitAll(stage, log, [[record(2000)]])
    const file = world.disk.open(first, 'write')
    world.disk.write(file, new Uint8Array(extra).fill(9), 16_384)
    world.disk.sync(file)
    return world
  }

  test('a file that ends within a block is used up to its last whole one, and its end is not taken for a torn write', () => {
    const { open, disk } = worldWith(1000)
    const { log, stage } = open()
    expect(log.active!.capacityBytes).toBe(16_384)
    expect(disk.bytesOf(first)).toHaveLength(16_384)
    const room = () => log.active!.capacityBytes - log.active!.segment.bytes
    commitAll(stage, log, [[record(room() - 100)]])
    expect(room()).toBeLessThan(endMarkBytes)
    expect(open().report.tornBytes).toBe(0)
  })

  test('a last file that was cut to its batches is closed, and a new one made', () => {
    const { open, disk } = makeWorld({ segmentBytes: 16_384 })
    const one = open()
    commitAll(one.stage, one.log, [[record(5000)]])
    disk.truncate(one.log.active!.file, one.log.active!.segment.bytes)
    const cut = disk.bytesOf(first)
    const again = open()
    expect(again.log.active!.segment.baseOffset).toBe(1)
    expect(commitAll(again.stage, again.log, [[record(10)]])[0]![0]).toEqual({ status: 'accepted', offset: 1 })
    expect(disk.bytesOf(first)).toEqual(cut)
    expect(open().report).toMatchObject({ recordCount: 2, tornBytes: 0 })
  })
})

describe.each(['open', 'access'] as const)('where direct writes are refused at the first %s', (where) => {
  test('records go through the page cache, nobody is refused, and the log says so', () => {
    const { disk, settings, open } = makeWorld()
    disk.refusesDirect = where
    const { log, stage, report } = open()
    expect(report.directWrites).toBe(false)
    expect(commitAll(stage, log, [[record(300)], [record(9000)]]).flat()).toMatchObject([{ offset: 0 }, { offset: 1 }])
    expect(log.notices).toEqual([])
    expect(statsOf(log)).toMatchObject({ directWrites: false, unavailable: undefined })
    expect(readAll(stage, settings, 0)).toHaveLength(2)
    expect(open().report).toMatchObject({ recordCount: 2, directWrites: false })
    expect(disk.openFiles()).toBe(1)
  })

  test('a log that was written directly goes on there', () => {
    const { disk, open } = makeWorld()
    const one = open()
    expect(one.report.directWrites).toBe(true)
    commitAll(one.stage, one.log, [[record(300)]])
    disk.refusesDirect = where
    const again = open()
    expect(again.report).toMatchObject({ directWrites: false, recordCount: 1, tornBytes: 0 })
    expect(commitAll(again.stage, again.log, [[record(10)]])[0]![0]).toMatchObject({ offset: 1 })
  })
})

test('direct writes that are refused later on cost one commit, and the next file goes through the page cache', () => {
  const { disk, open, settings } = makeWorld()
  const { log, stage } = open()
  commitAll(stage, log, [[record(300)]])
  disk.refusesDirect = 'access'
  expect(commitAll(stage, log, [[record(300)]], 0)[0]![0]!.status).toBe('refused')
  endOutage(log, 10_000)
  expect(statsOf(log)).toMatchObject({ directWrites: false, unavailable: undefined })
  expect(commitAll(stage, log, [[record(300)]], 10_000)[0]![0]).toEqual({ status: 'accepted', offset: 1 })
  expect(readAll(stage, settings, 0)).toHaveLength(2)
})

describe('a disk that takes less than it is given', () => {
  function takeAtMost(...counts: number[]) {
    const calls: [number, number][] = []
    const disk = {
      ...makeSimDisk(randomFrom(seed)),
      write: (_file: number, bytes: Uint8Array, position: number) => {
        calls.push([position, bytes.length])
        return Math.min(bytes.length, counts.shift() ?? Number.POSITIVE_INFINITY)
      },
    }
    return { disk, calls }
  }

  test('is given the rest from the last whole block on', () => {
    const { disk, calls } = takeAtMost(5000, 512)
    writeBlocks(disk, 3, alignedBytes(4 * blockBytes), 8192)
    expect(calls).toEqual([
      [8192, 16_384],
      [12_288, 12_288],
      [12_288, 12_288],
    ])
  })

  test('and takes no whole block over and over has failed', () => {
    const { disk } = takeAtMost(...Array(9).fill(512))
    expect(() => writeBlocks(disk, 3, alignedBytes(blockBytes), 0)).toThrow('no block')
  })
})

test('a real disk takes whole blocks from aligned memory past the page cache, or says EINVAL', () => {
  const home = mkdtempSync(join(tmpdir(), 'sluice-blocks-'))
  const path = join(home, 'file')
  writeFileSync(path, Buffer.alloc(2 * blockBytes))
  try {
    const file = nodeDisk.open(path, 'direct')
    const block = alignedBytes(blockBytes).fill(7)
    writeBlocks(nodeDisk, file, block, blockBytes)
    expect(() => nodeDisk.write(file, block.subarray(1), 0)).toThrow('EINVAL')
    nodeDisk.close(file)
    expect(readFileSync(path).subarray(blockBytes)).toEqual(Buffer.alloc(blockBytes, 7))
  } catch (error) {
    expect(errorCode(error)).toBe('EINVAL')
  } finally {
    rmSync(home, { recursive: true })
  }
  expect(existsSync(home)).toBe(false)
})
