// Runs the log over a disk that is cut off, fails and runs full, and checks after every restart what a client may rely on:
//   - a record that was answered `accepted` is in the log, once, at the offset it was given, with the value sent;
//   - no record is in the log that was not sent, and no key is in it twice;
//   - a repeat is answered `duplicate` with the first one's offset, another value under the key `conflict`;
//   - offsets go on where they ended, and readers see what recovery saw.
import { expect, test } from 'vitest'
import { tendSpare } from '../../src/log/spare.ts'
import type { StreamLog, StreamSettings } from '../../src/log/stream.ts'
import { noteDrained } from '../../src/log/streams.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'
import {
  commitAll,
  makeStage,
  openStage,
  readAll,
  restage,
  type Sent,
  type Stage,
  settingsFor,
  type Told,
} from '../log/stage.ts'
import { Cut, type Fault, makeSimDisk, type SimDisk } from './disk.ts'

const memory = makeStage()
const directory = '/data/log/orders'
const keyed = settingsFor(directory, { segmentBytes: 16_384 })
const keyless = settingsFor(directory, { segmentBytes: 16_384, dedupeKeyCountMax: undefined })

/** What clients know, and what they sent. Records go by their key, or by their value where there is none. */
type World = {
  readonly settings: StreamSettings
  readonly random: Random
  readonly disk: SimDisk
  readonly accepted: Map<string, { readonly offset: number; readonly value: string }>
  readonly sent: Set<string>
  stage: Stage
  log: StreamLog | undefined
  sentCount: number
  drainedOffset: number
  refusedCount: number
  nowMs: number
}

function makeWorld(seed: number, settings: StreamSettings): World {
  const random = randomFrom(seed)
  const disk = makeSimDisk(random)
  return {
    settings,
    random,
    disk,
    stage: restage(memory, disk),
    log: undefined,
    accepted: new Map(),
    sent: new Set(),
    sentCount: 0,
    drainedOffset: 0,
    refusedCount: 0,
    nowMs: 0,
  }
}

const nameOf = ({ key, value }: Sent) => key ?? value

/** A few slabs of new records, repeats and conflicts, committed together; now and then the sink has taken some. */
async function sendSome(world: World): Promise<void> {
  const { random } = world
  const log = world.log!
  world.nowMs += 10_000
  const lists = Array.from({ length: 1 + random.below(4) }, () =>
    Array.from({ length: 1 + random.below(6) }, () => someRecord(world)),
  )
  for (const { key, value } of lists.flat()) world.sent.add(`${key}=${value}`)
  const told = commitAll(world.stage, log, lists, world.nowMs)
  for (const [index, list] of lists.entries()) listen(world, list, told[index]!)
  if (random.below(4) === 0) log.commitBytesMean = 1_048_576 // as in a flood: a spare without blocks
  tendSpare(log, world.nowMs)
  await log.filling
  if (random.below(3) > 0) return
  world.drainedOffset = Math.max(world.drainedOffset, random.below(log.nextOffset + 1))
  noteDrained(log, world.drainedOffset, world.nowMs)
}

function someRecord(world: World): Sent {
  const { random, accepted, settings } = world
  const text = `${world.sentCount++}`.padEnd(random.below(900), '.')
  if (settings.dedupeKeyCountMax === undefined) return { key: null, value: text }
  if (accepted.size === 0 || random.below(3) > 0)
    return { key: `key-${world.sentCount - random.below(5)}`, value: text }
  const key = random.pick([...accepted.keys()])
  return { key, value: random.below(2) === 0 ? accepted.get(key)!.value : text }
}

/** Notes the answers, each of which must fit the ones before. */
function listen(world: World, list: readonly Sent[], told: readonly Told[]): void {
  for (const [index, record] of list.entries()) {
    const { status, offset } = told[index]!
    const { value } = record
    const first = world.accepted.get(nameOf(record))
    if (status === 'accepted') {
      expect(first, `${nameOf(record)} was accepted twice`).toBeUndefined()
      world.accepted.set(nameOf(record), { offset, value })
    }
    if (status === 'duplicate') expect(first).toEqual({ offset, value })
    if (status === 'conflict') expect(first).toMatchObject({ offset })
    if (status === 'conflict') expect(first?.value).not.toBe(value)
    if (status === 'refused') world.refusedCount++
  }
}

/** Starts on what is on the disk; may be cut off itself. */
function open(world: World): void {
  world.stage = restage(memory, world.disk)
  world.log = openStage(world.stage, world.settings).log
  check(world, world.log)
}

function check({ disk, stage, settings, accepted, sent, drainedOffset }: World, log: StreamLog): void {
  const start = log.segments[0]?.baseOffset ?? 0
  expect(start, 'what is not drained is kept').toBeLessThanOrEqual(drainedOffset)
  const stored = readAll(stage, settings, start)
  const byName = new Map(stored.map((record) => [nameOf(record), record]))
  expect(disk.misaligned(), 'direct writes are whole blocks').toEqual([])
  expect(byName.size, 'a record is in the log twice').toBe(stored.length)
  for (const { key, value } of stored) expect(sent).toContain(`${key}=${value}`)
  for (const [name, { offset, value }] of accepted) {
    if (offset >= start) expect(byName.get(name)).toMatchObject({ offset, value })
  }
  for (const record of stored) accepted.set(nameOf(record), { offset: record.offset, value: record.value })
}

/** Runs the scenario until it ends or the disk is cut off, whoever catches what that throws. */
async function run(world: World, rounds: number): Promise<void> {
  try {
    open(world)
    for (let round = 0; round < rounds && !world.disk.isCut(); round++) await sendSome(world)
  } catch (error) {
    if (!(error instanceof Cut)) throw error
  }
}

function comeBack(world: World, how: 'power' | 'kill'): void {
  world.disk.fault = () => undefined
  if (how === 'power') world.disk.losePower()
  else world.disk.endProcess()
  open(world)
}

const seed = seedFromEnv()
const rounds = 12
// More of them for a longer run: SLUICE_SIM_LIVES=2000.
const lives = Number(process.env.SLUICE_SIM_LIVES ?? 40)

test.each([
  ['power', keyed],
  ['kill', keyed],
  ['power', keyless],
] as const)(
  `cut off (%s) before any operation, every acknowledged record is kept (seed ${seed})`,
  async (how, settings) => {
    const whole = makeWorld(seed, settings)
    await run(whole, rounds)
    const operations = whole.disk.operationCount()
    expect(operations).toBeGreaterThan(30)
    for (let operation = 0; operation < operations; operation++) {
      const world = makeWorld(seed, settings)
      world.disk.fault = (_name, count) => (count === operation ? how : undefined)
      await run(world, rounds)
      expect(world.disk.isCut(), `${how} before operation ${operation}`).toBe(true)
      comeBack(world, how)
      for (let round = 0; round < 2; round++) await sendSome(world)
      comeBack(world, 'power')
    }
  },
)

/** One life of a bad disk: faults at random, and whatever comes of them. */
async function live(seed: number, settings: StreamSettings): Promise<World> {
  const world = makeWorld(seed, settings)
  const { random, disk } = world
  const faults: readonly Fault[] = ['EIO', 'EIO', 'EIO', 'ENOSPC', 'ENOSPC', 'ENOSPC', 'power', 'kill']
  for (let life = 0; life < 6; life++) {
    // A copied data directory may find itself on another file system.
    disk.refusesDirect = random.pick(['never', 'never', 'open', 'access'] as const)
    disk.fault = () => (random.below(25) === 0 ? random.pick(faults) : undefined)
    try {
      await run(world, rounds)
    } catch (error) {
      // A disk that fails while the log opens stops the start, and the next one tries again.
      if (!(error instanceof Error && 'code' in error && (error.code === 'EIO' || error.code === 'ENOSPC'))) throw error
    }
    comeBack(world, random.pick(['power', 'kill']))
  }
  return world
}

test(`on a disk that fails and runs full, what is acknowledged is kept and the rest is refused (seeds ${seed} on)`, async () => {
  let refusedCount = 0
  for (let more = 0; more < lives; more++) {
    for (const settings of [keyed, keyless]) {
      const world = await live(seed + more, settings).catch((error: unknown) => {
        throw new Error(`seed ${seed + more}, key ${settings.dedupeKeyCountMax}`, { cause: error })
      })
      refusedCount += world.refusedCount
    }
  }
  expect(refusedCount).toBeGreaterThan(0)
})
