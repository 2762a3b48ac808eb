import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.ts'
import type { RecoveryReport } from '../../src/log/log.ts'
import { noteDrained } from '../../src/log/streams.ts'
import { decodeBatch } from '../fixtures/kafka.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { makeSimDisk, type SimDisk } from '../sim/disk.ts'
import { commitAll, makeStage, openStage, readAll, restage, type Sent, settingsFor } from './stage.ts'

const seed = seedFromEnv()
const directory = '/data/log/orders'
const first = `${directory}/00000000000000000000.log`
const memory = makeStage()

type World = { readonly disk: SimDisk; readonly settings: ReturnType<typeof settingsFor> }

function makeWorld(changes: Parameters<typeof settingsFor>[1] = {}): World {
  return { disk: makeSimDisk(randomFrom(seed)), settings: settingsFor(directory, { segmentBytes: 8192, ...changes }) }
}

/** A process that opens the log, commits, and ends without a word. */
function process({ disk, settings }: World, lists: readonly (readonly Sent[])[][] = []) {
  disk.endProcess()
  const stage = restage(memory, disk)
  const { log, report } = openStage(stage, settings)
  const told = lists.map((group) => commitAll(stage, log, group, 1e6))
  return { log, report, told, stage, keys: () => readAll(stage, settings, report.startOffset).map(({ key }) => key) }
}

function refusal(world: World): SluiceError {
  world.disk.endProcess()
  try {
    openStage(restage(memory, world.disk), world.settings)
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('the log opened')
}

/** Everything in the directory, to see that a refused start changed nothing. */
const snapshot = ({ disk }: World) =>
  disk.names().map((name) => [name, Buffer.from(disk.bytesOf(name)).toString('base64')])

const record = (key: string, value = `value of ${key}`): Sent => ({ key, value })
const long = (key: string) => record(key, key.repeat(2500))

function batchesOf(bytes: Uint8Array): { readonly position: number; readonly bytes: number }[] {
  const found: { position: number; bytes: number }[] = []
  for (let position = 0; position + 61 < bytes.length; ) {
    const length = Buffer.from(bytes).readInt32BE(position + 8)
    if (length === 0) break
    found.push({ position, bytes: length + 12 })
    position += length + 12
  }
  return found
}

test('an empty directory is a log without records', () => {
  const { report } = process(makeWorld())
  expect(report).toMatchObject({ nextOffset: 0, startOffset: 0, recordCount: 0, tornBytes: 0, dedupeKeyCount: 0 })
})

test('a log goes on where it ended: offsets, keys, commits', () => {
  const world = makeWorld()
  process(world, [[[record('a'), record('b')]], [[record('c')]]])
  const { report, told, keys } = process(world, [[[record('b'), record('b', 'other'), record('d')]]])
  expect(report).toMatchObject({ nextOffset: 3, recordCount: 3, dedupeKeyCount: 3, tornBytes: 0, tornCopy: undefined })
  expect(told[0]![0]).toEqual([
    { status: 'duplicate', offset: 1 },
    { status: 'conflict', offset: 1 },
    { status: 'accepted', offset: 5 },
  ])
  expect(keys()).toEqual(['a', 'b', 'c', 'd'])
})

test('segments are walked in order, and the last one is written on', () => {
  const world = makeWorld()
  process(
    world,
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => [[long(key)]]),
  )
  const { report, keys, log } = process(world, [[[record('h')]]])
  expect(report).toMatchObject({ segmentCount: 3, nextOffset: 7, recordCount: 7 })
  expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 3, 6])
  expect(keys()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
})

test('commit numbers go on without a gap over restarts, and only the last batch of a commit ends it', () => {
  const world = makeWorld({ segmentBytes: 65_536 })
  process(world, [[[record('a')], [record('b')], [record('c')]], [[record('d')]]])
  process(world, [[[record('e')], [record('f')]]])
  const bytes = world.disk.bytesOf(first)
  const epochs = batchesOf(bytes).map(
    (batch) => decodeBatch(bytes.subarray(batch.position, batch.position + batch.bytes)).leaderEpoch,
  )
  const start = epochs[0]!
  expect(epochs.map((epoch) => epoch - start)).toEqual([0, 0, 1, 3, 4, 5])
  expect(start % 2).toBe(0)
})

describe('a torn tail', () => {
  /** Two commits of two batches and one of three; the last one cut at `bytes` bytes of its own. */
  function tornWorld(): { world: World; lastCommit: number; end: number } {
    const world = makeWorld({ segmentBytes: 65_536 })
    process(world, [
      [[record('a')], [record('b')]],
      [[record('c')], [record('d')]],
      [[record('e')], [record('f'), record('f')], [record('g')]],
    ])
    const batches = batchesOf(world.disk.bytesOf(first))
    const last = batches.at(-1)!
    return { world, lastCommit: batches[4]!.position, end: last.position + last.bytes }
  }

  const { lastCommit, end } = tornWorld()
  const kept = ['a', 'b', 'c', 'd']

  function openTorn(change: (disk: SimDisk) => void): {
    report: RecoveryReport
    world: World
    keys: (string | null)[]
  } {
    const { world } = tornWorld()
    change(world.disk)
    const { report, keys } = process(world, [[[record('after')]]])
    return { report, world, keys: keys() }
  }

  function zeroFrom(disk: SimDisk, from: number): void {
    for (let at = from; at < end; at++) disk.corrupt(first, at, () => 0)
  }

  test('cut at any byte of the last commit is cut off; what stood before it, and whole batches of it, survive', () => {
    for (let at = lastCommit; at < end; at++) {
      const { report, keys, world } = openTorn((disk) => zeroFrom(disk, at))
      expect(keys.slice(0, 4), `cut at ${at}`).toEqual(kept)
      expect(keys.at(-1)).toBe('after')
      expect(keys.slice(4, -1)).toEqual(['e', 'f', 'g'].slice(0, keys.length - 5))
      expect(process(world).keys()).toEqual(keys)
      if (report.tornCopy === undefined) continue
      const copy = world.disk.bytesOf(report.tornCopy)
      expect(copy.length).toBe(report.tornBytes)
      expect(copy.some((byte) => byte !== 0)).toBe(true)
    }
  }, 60_000)

  test('is reported with its length, and a copy is kept beside the segment', () => {
    const { report, world } = openTorn((disk) => zeroFrom(disk, lastCommit + 30))
    expect(report.tornBytes).toBe(30)
    expect(report.tornCopy).toBe(`${first}.torn-1`)
    expect(world.disk.names()).toContain(`${first}.torn-1`)
    expect(process(world).report).toMatchObject({ tornBytes: 0, tornCopy: undefined })
  })

  test('with later batches of the same commit intact is torn all the same: disks write in any order', () => {
    for (const damaged of [lastCommit, lastCommit + 16, lastCommit + 70]) {
      const { report, keys, world } = openTorn((disk) => disk.corrupt(first, damaged, (byte) => byte ^ 0x40))
      expect(keys).toEqual([...kept, 'after'])
      expect(report.tornBytes).toBe(end - lastCommit)
      expect(process(world).keys()).toEqual(keys)
    }
  })

  test('whose start never reached the disk is found by the batches behind it', () => {
    const { report, keys } = openTorn((disk) => {
      for (let at = lastCommit; at < lastCommit + 80; at++) disk.corrupt(first, at, () => 0)
    })
    expect(report.tornBytes).toBeGreaterThan(0)
    expect(keys).toEqual([...kept, 'after'])
  })

  test('leaves zeros, so that nothing of it is ever taken for a part of a later commit', () => {
    const { world } = tornWorld()
    world.disk.corrupt(first, lastCommit, (byte) => byte ^ 1)
    process(world)
    expect(
      world.disk
        .bytesOf(first)
        .subarray(lastCommit)
        .every((byte) => byte === 0),
    ).toBe(true)
  })

  test('any bit flipped in the last commit cuts there; no record comes out changed', () => {
    const random = randomFrom(seed)
    for (let round = 0; round < 150; round++) {
      const at = lastCommit + random.below(end - lastCommit)
      const bit = 1 << random.below(8)
      const { world } = tornWorld()
      world.disk.corrupt(first, at, (byte) => byte ^ bit)
      // The lowest bit of a commit number only says where a commit ends: cutting earlier or refusing are both right.
      const outcome = outcomeOf(world)
      if (outcome instanceof SluiceError) expect(outcome.code, `seed ${seed}`).toBe('LOG_DAMAGED')
      else
        expect(['a=value of a', 'b=value of b', 'c=value of c', 'd=value of d'], `seed ${seed}`).toEqual(
          outcome.slice(0, 4),
        )
      if (!(outcome instanceof SluiceError)) for (const text of outcome) expect(text).toMatch(/^(\w)=value of \1$/)
    }
  })

  function outcomeOf(world: World): string[] | SluiceError {
    try {
      const { stage } = process(world)
      return readAll(stage, world.settings, 0).map(({ key, value }) => `${key}=${value}`)
    } catch (error) {
      if (error instanceof SluiceError) return error
      throw error
    }
  }
})

describe('damage that reaches acknowledged records', () => {
  test('any bit flipped before the last commit stops the start, names file, byte and offset, and changes nothing', () => {
    const random = randomFrom(seed)
    const made = makeWorld({ segmentBytes: 65_536 })
    process(made, [[[record('a')], [record('b')]], [[record('c')]], [[record('d')]]])
    const batches = batchesOf(made.disk.bytesOf(first))
    const lastCommit = batches[3]!.position
    for (let round = 0; round < 200; round++) {
      const at = random.below(lastCommit)
      const bit = 1 << random.below(8)
      made.disk.corrupt(first, at, (byte) => byte ^ bit)
      const before = snapshot(made)
      const error = refusal(made)
      expect(error.code).toBe('LOG_DAMAGED')
      const damaged = batches.findLastIndex(({ position }) => position <= at)
      // A flipped end mark of a commit is seen one batch later.
      expect([damaged, damaged + 1].map((index) => batches[index]!.position)).toContain(error.extra.byteOffset)
      expect(error.message).toContain(first)
      expect(error.message).toContain(`byte ${error.extra.byteOffset}`)
      expect(snapshot(made), `seed ${seed}, byte ${at}`).toEqual(before)
      made.disk.corrupt(first, at, (byte) => byte ^ bit)
    }
    expect(process(made).keys()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('the end mark of any commit but the last stops the start', () => {
    const made = makeWorld({ segmentBytes: 65_536 })
    process(made, [[[record('a')], [record('b')]], [[record('c')]], [[record('d')]]])
    const batches = batchesOf(made.disk.bytesOf(first))
    for (const { position } of batches.slice(0, 3)) {
      made.disk.corrupt(first, position + 15, (byte) => byte ^ 1)
      const before = snapshot(made)
      expect(refusal(made).code).toBe('LOG_DAMAGED')
      expect(snapshot(made)).toEqual(before)
      made.disk.corrupt(first, position + 15, (byte) => byte ^ 1)
    }
    expect(process(made).keys()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('in a closed segment stops the start', () => {
    const world = makeWorld()
    process(
      world,
      ['a', 'b', 'c', 'd', 'e'].map((key) => [[long(key)]]),
    )
    world.disk.corrupt(first, 3000, (byte) => byte ^ 1)
    const error = refusal(world)
    expect(error.code).toBe('LOG_DAMAGED')
    expect(error.extra).toMatchObject({ file: first, offset: 1 })
  })

  test('a missing segment stops the start and names what is missing', () => {
    const world = makeWorld()
    process(
      world,
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => [[long(key)]]),
    )
    world.disk.unlink(`${directory}/00000000000000000003.log`)
    const error = refusal(world)
    expect(error.code).toBe('LOG_DAMAGED')
    expect(error.message).toContain('If a file is missing')
    expect(error.extra).toMatchObject({ file: first, offset: 3 })
  })
})

test('a batch of the right offset and checksum but of another commit is not taken', () => {
  const world = makeWorld({ segmentBytes: 65_536 })
  process(world, [[[record('a')]], [[record('b')]], [[record('c')]]])
  const [, , last] = batchesOf(world.disk.bytesOf(first))
  world.disk.corrupt(first, last!.position + 15, (byte) => byte ^ 4)
  expect(process(world).keys()).toEqual(['a', 'b'])
})

test('a client cannot keep a log from opening by sending a batch as a value, should its record be torn', () => {
  const world = makeWorld({ segmentBytes: 65_536 })
  const forged = makeWorld({ segmentBytes: 65_536 })
  process(forged, [[[record('x')]], [[record('y')]], [[record('z')]], [[record('w')]]])
  const bytes = forged.disk.bytesOf(first)
  const inner = batchesOf(bytes)[3]!
  // Latin-1 through the fixture's UTF-8 would change the bytes, so the forged batch is put in place afterwards.
  process(world, [[[record('a')]], [[record('b')]], [[record('c', 'x'.repeat(400))]]])
  const target = batchesOf(world.disk.bytesOf(first))[2]!
  const copy = bytes.slice(inner.position, inner.position + inner.bytes)
  Buffer.from(copy.buffer).writeInt32BE(0x3000_0001, 12)
  for (const [index, byte] of copy.entries()) world.disk.corrupt(first, target.position + 120 + index, () => byte)
  expect(process(world).keys()).toEqual(['a', 'b'])
})

test('files of a roll that was cut off are taken over or removed, and nothing else is touched', () => {
  const world = makeWorld()
  process(world, [[[record('a')]]])
  const { disk } = world
  for (const name of ['spare-4.filling', 'spare-5', 'notes.txt', `${'0'.repeat(20)}.log.torn-1`])
    disk.close(disk.open(`${directory}/${name}`, 'create'))
  const { log } = process(world, [[[long('b')]], [[long('c')]], [[long('d')]], [[long('e')]]])
  expect(disk.list(directory)).toEqual([
    '00000000000000000000.log',
    '00000000000000000000.log.torn-1',
    '00000000000000000004.log',
    'notes.txt',
  ])
  expect(log.segments).toHaveLength(2)
})

test('a log that ends in a file used again says nothing of torn bytes', () => {
  const world = makeWorld({ dedupeKeyCountMax: undefined })
  const keyless = (text: string): Sent => ({ key: null, value: text.repeat(2500) })
  const { log, stage } = process(
    world,
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((text) => [[keyless(text)]]),
  )
  noteDrained(log, 7, 1e6)
  expect(log.spares).not.toEqual([])
  commitAll(stage, log, [[keyless('h')]], 1e6)
  commitAll(stage, log, [[keyless('i')]], 1e6)
  commitAll(stage, log, [[keyless('j')]], 1e6)
  expect(log.active!.segment.baseOffset).toBe(9)
  expect(
    world.disk
      .bytesOf(log.active!.segment.path)
      .subarray(log.active!.segment.bytes)
      .some((byte) => byte !== 0),
  ).toBe(true)
  const { report } = process(world)
  expect(report).toMatchObject({ tornBytes: 0, nextOffset: 10, startOffset: 6 })
})

test('a file used again that holds no batch yet is an empty segment', () => {
  const world = makeWorld({ dedupeKeyCountMax: undefined })
  const keyless = (text: string): Sent => ({ key: null, value: text.repeat(2500) })
  const { log, stage } = process(
    world,
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((text) => [[keyless(text)]]),
  )
  noteDrained(log, 7, 1e6)
  // The file after the name and before the first batch.
  commitAll(stage, log, [[keyless('h')]], 1e6)
  commitAll(stage, log, [[keyless('i')]], 1e6)
  world.disk.fault = (name) => (name === 'syncDirectory' ? 'kill' : undefined)
  expect(commitAll(stage, log, [[keyless('j')]], 1e6)[0]![0]!.status).toBe('refused')
  expect(world.disk.isCut()).toBe(true)
  world.disk.fault = () => undefined
  const { report, log: reopened } = process(world)
  expect(report).toMatchObject({ tornBytes: 0, nextOffset: 9 })
  expect(reopened.active!.segment).toMatchObject({ baseOffset: 9, bytes: 0 })
})
