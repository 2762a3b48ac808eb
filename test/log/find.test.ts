import { expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.ts'
import { findRecord } from '../../src/log/find.ts'
import { makePlaces, notePlace, placeOf } from '../../src/log/places.ts'
import { noteDrained } from '../../src/log/streams.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { makeSimDisk } from '../sim/disk.ts'
import { commitAll, makeStage, openStage, type Sent, settingsFor } from './stage.ts'

const seed = seedFromEnv()
const directory = '/data/log/orders'

function open(changes: Parameters<typeof settingsFor>[1] = {}) {
  const disk = makeSimDisk(randomFrom(seed))
  const stage = makeStage(disk)
  const { log } = openStage(stage, settingsFor(directory, changes))
  const find = (key: string) => {
    const found = findRecord(log, Buffer.from(key))
    return found.state === 'queued' ? { ...found, value: Buffer.from(found.value).toString() } : found
  }
  return { disk, stage, log, find }
}

const record = (key: string, value = `value of ${key}`): Sent => ({ key, value })

test(`every record is found by its key, wherever in whatever segment it is (seed ${seed})`, () => {
  const random = randomFrom(seed)
  const { stage, log, find } = open({ segmentBytes: 131_072, dedupeKeyCountMax: 100_000 })
  const lists = Array.from({ length: 60 }, (_, list) =>
    Array.from({ length: 1 + random.below(40) }, (_, index) =>
      record(`${list}/${index}`, 'v'.repeat(random.below(900))),
    ),
  )
  for (const list of lists) commitAll(stage, log, [list])
  expect(log.segments.length).toBeGreaterThan(2)
  let offset = 0
  for (const { key, value } of lists.flat()) expect(find(key!)).toEqual({ state: 'queued', offset: offset++, value })
})

test('a key that was never sent is unknown, and so is every key of a stream without one', () => {
  const { stage, log, find } = open()
  commitAll(stage, log, [[record('a')]])
  expect(find('b')).toEqual({ state: 'unknown' })
  expect(find('')).toEqual({ state: 'unknown' })
  expect(find('x'.repeat(3_000_000))).toEqual({ state: 'unknown' })
  expect(open({ dedupeKeyCountMax: undefined }).find('a')).toEqual({ state: 'unknown' })
})

test('a drained record is the sink’s to read', () => {
  const { stage, log, find } = open()
  commitAll(stage, log, [[record('a'), record('b')]])
  noteDrained(log, 1, 0)
  expect(find('a')).toEqual({ state: 'drained', offset: 0 })
  expect(find('b')).toMatchObject({ state: 'queued', offset: 1 })
})

test('records beside dropped ones are found at their own offsets', () => {
  const { stage, log, find } = open()
  commitAll(stage, log, [[record('a'), record('a'), record('b'), record('a', 'other'), record('c')]])
  expect(find('c')).toEqual({ state: 'queued', offset: 4, value: 'value of c' })
  expect(find('a')).toEqual({ state: 'queued', offset: 0, value: 'value of a' })
})

test('the stored key decides: a key that only has the same hash is unknown', () => {
  const { stage, log } = open()
  commitAll(stage, log, [[record('a')]])
  const hash = Buffer.from('a')
  const sameHash = {
    ...log,
    engine: {
      ...log.engine,
      hashKey: (address: number, _bytes: number, out: number) => {
        log.region.batch.set(hash)
        log.engine.hashKey(address, hash.length, out)
      },
    },
  }
  expect(findRecord(sameHash, Buffer.from('a'))).toMatchObject({ state: 'queued' })
  expect(findRecord(sameHash, Buffer.from('b'))).toEqual({ state: 'unknown' })
})

test('a record that cannot be read any more is said to be damaged, not unknown', () => {
  const { stage, log, disk, find } = open()
  commitAll(stage, log, [[record('a')]])
  disk.corrupt(log.active!.segment.path, 70, (byte) => byte ^ 1)
  expect(() => find('a')).toThrow(SluiceError)
})

test('places never lie behind the offset asked for, and are close before it', () => {
  const random = randomFrom(seed)
  const places = makePlaces()
  const batches: { offset: number; position: number }[] = []
  for (let offset = 0, position = 0; position < 3_000_000; ) {
    batches.push({ offset, position })
    notePlace(places, offset, position)
    offset += 1 + random.below(50)
    position += 70 + random.below(6000)
  }
  for (const [index, { offset, position }] of batches.entries()) {
    const place = placeOf(places, offset)
    expect(place.offset).toBeLessThanOrEqual(offset)
    const between = position - place.position
    expect(between, `seed ${seed}, batch ${index}`).toBeLessThan(4096 + 6070)
    expect(batches).toContainEqual(place)
    if (index > 300) break
  }
})
