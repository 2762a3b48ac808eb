import { describe, expect, test } from 'vitest'
import { type Flow, type FlowDeps, stepFlow } from '../../src/drain/flow.ts'
import { recordsPerSecond } from '../../src/drain/pace.ts'
import { SluiceError } from '../../src/errors.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { Crash, depsOf, faults, flowOf, isRefused, makeWorld, type World } from './world.ts'

function offsets(count: number): number[] {
  return Array.from({ length: count }, (_, offset) => offset)
}

/** Steps until nothing is left, letting time pass where the flow asks for it. */
async function drain(world: World, deps: FlowDeps, flow: Flow): Promise<void> {
  for (let step = 0; step < 100_000; step++) {
    const waitMs = await stepFlow(deps, flow)
    if (waitMs === Infinity) return
    world.nowMs += waitMs
  }
  throw new Error('it does not come to an end')
}

function expectExactlyOnce(world: World, message = ''): void {
  expect([...world.rows.entries()], message).toEqual(
    world.log.filter((offset) => !isRefused(offset)).map((offset) => [offset, 1]),
  )
  expect(world.letters, message).toEqual(world.log.filter(isRefused))
  expect(world.checkpoint, message).toBe(world.committed)
}

describe('a flow', () => {
  test('writes what is committed, no more, and goes on when more is', async () => {
    const world = makeWorld(offsets(20))
    const [deps, flow] = [depsOf(world), flowOf(world)]
    world.committed = 12
    await drain(world, deps, flow)
    expect([...world.rows.keys()].at(-1)).toBe(11)
    expect(flow.isIdle).toBe(true)
    world.committed = 20
    await drain(world, deps, flow)
    expectExactlyOnce(world)
    expect(world.batches.map(({ nextOffset, count, refused }) => [nextOffset, count, refused])).toEqual([
      [12, 12, 2],
      [20, 8, 1],
    ])
    expect(world.states).toEqual([])
  })

  test('passes gaps, also at the end and where nothing else is', async () => {
    const world = makeWorld([3, 4, 9])
    world.committed = 15
    const [deps, flow] = [depsOf(world), flowOf(world)]
    await drain(world, deps, flow)
    world.committed = 17
    await drain(world, deps, flow)
    expectExactlyOnce(world)
  })

  test.each(faults)('tries the same batch again when the sink fails at "%s", and counts it once', async (fault) => {
    const world = makeWorld(offsets(10))
    world.faults.push(fault, fault, undefined)
    await drain(world, depsOf(world), flowOf(world))
    expectExactlyOnce(world, fault)
    expect(world.batches.map(({ count, refused }) => [count, refused])).toEqual([[10, 1]])
    expect(world.states[0]).toMatch(/^retrying: /)
    expect(world.states.at(-1)).toBe('ok')
  })

  test('tells a reason once, and another one when it changes', async () => {
    const world = makeWorld(offsets(2))
    world.faults.push('before', 'before', 'commit', 'before')
    await drain(world, depsOf(world), flowOf(world))
    expect(world.states).toEqual(['retrying: locked', 'retrying: full', 'retrying: locked', 'ok'])
  })

  test('waits longer after each failure and holds no more than one batch meanwhile', async () => {
    const world = makeWorld(offsets(10))
    const [deps, flow] = [depsOf(world), flowOf(world)]
    const waits: number[] = []
    for (let attempt = 0; attempt < 10; attempt++) {
      world.faults.push('before')
      const waitMs = await stepFlow(deps, flow)
      expect(await stepFlow(deps, flow)).toBe(waitMs)
      waits.push(waitMs)
      world.nowMs += waitMs
      world.log.push(world.log.length)
      world.committed++
    }
    expect(waits).toEqual([37.5, 75, 150, 300, 600, 1200, 2400, 3750, 3750, 3750])
    expect(flow.batch?.records.length).toBe(10)
    await drain(world, deps, flow)
    expectExactlyOnce(world)
  })

  test('keeps the pace it is given, also when the sink fails now and then', async () => {
    const world = makeWorld(offsets(3000))
    for (let attempt = 0; attempt < 60; attempt++) world.faults.push(attempt % 5 === 0 ? 'commit' : undefined)
    const flow = flowOf(world, 1000)
    await drain(world, depsOf(world), flow)
    expectExactlyOnce(world)
    let done = 0
    for (const { count, atMs } of world.batches) {
      done += count
      expect(done).toBeLessThanOrEqual(atMs + flow.pace.bucket.burst)
    }
    expect(world.batchCountMax).toBeLessThanOrEqual(flow.pace.bucket.burst)
    expect(recordsPerSecond(flow.rate, flow.pace)).toBeLessThanOrEqual(1000)
  })

  test('stops at a damaged log, says so, and skips nothing', async () => {
    const world = makeWorld(offsets(5))
    const flow = flowOf(world)
    const damaged = () => {
      throw new SluiceError('LOG_DAMAGED', 'rot at byte 5')
    }
    await drain(world, depsOf(world), { ...flow, source: { ...flow.source, read: damaged } })
    expect(world.states).toEqual(['failed: rot at byte 5'])
    expect(world.checkpoint).toBe(0)
  })

  test('takes a disk that cannot be read for weather, and a bug for a bug', async () => {
    const world = makeWorld(offsets(5))
    const flow = flowOf(world)
    const { read } = flow.source
    let error: Error | undefined = Object.assign(new Error('EIO: i/o error'), { syscall: 'read', code: 'EIO' })
    const failing = {
      ...flow,
      source: {
        ...flow.source,
        read: (countMax: number, bytesMax: number) => {
          if (error !== undefined) throw error
          return read(countMax, bytesMax)
        },
      },
    }
    expect(await stepFlow(depsOf(world), failing)).toBeGreaterThan(0)
    world.nowMs = 1000
    error = new TypeError('a bug')
    await expect(stepFlow(depsOf(world), failing)).rejects.toThrow('a bug')
    error = undefined
    await drain(world, depsOf(world), failing)
    expectExactlyOnce(world)
  })
})

test('whatever fails and wherever the process ends, every record lands once', async () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  for (let round = 0; round < 300; round++) {
    const world = makeWorld(offsets(1 + random.below(200)).filter(() => random.below(5) > 0))
    world.committed = 200
    for (let attempt = 0; attempt < 30; attempt++) {
      world.faults.push(random.pick([...faults, 'crash' as const, undefined, undefined, undefined]))
    }
    for (let life = 0; world.checkpoint < world.committed; life++) {
      expect(life).toBeLessThan(40)
      try {
        await drain(world, depsOf(world), flowOf(world, random.pick([50, 500, Infinity])))
      } catch (error) {
        if (!(error instanceof Crash)) throw error
      }
    }
    expectExactlyOnce(world, `seed ${seed}, round ${round}`)
    const counted = world.batches.reduce((sum, { count }) => sum + count, 0)
    expect(counted, `seed ${seed}, round ${round}`).toBeLessThanOrEqual(world.log.length)
  }
})
