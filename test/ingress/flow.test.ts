import { describe, expect, test } from 'vitest'
import { type Flow, makeFlow } from '../../src/ingress/flow.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'

// A flow over a kernel and a log that finish when told to, in any order.
function rig(slots: number) {
  const kernel = new Map<number, (failure?: string) => void>()
  const log: { slab: number; done: () => void }[] = []
  const roundsLeft = new Map<number, number>()
  const events: string[] = []
  let idleCalls = 0
  const flow: Flow = makeFlow(slots, slots, {
    runRound: (slab) =>
      new Promise((resolve) => {
        kernel.set(slab, (failure) => {
          kernel.delete(slab)
          resolve(failure)
        })
      }),
    commit: (slab, done) => {
      events.push(`commit ${slab}`)
      log.push({ slab, done })
    },
    needsRound: (slab) => (roundsLeft.get(slab) ?? 1) > 1,
    answer: (slab) => {
      events.push(`answer ${slab}`)
      const left = (roundsLeft.get(slab) ?? 1) - 1
      roundsLeft.set(slab, left)
      return left > 0
    },
    fail: (slab) => events.push(`fail ${slab}`),
    release: (slab) => events.push(`free ${slab}`),
    onIdle: () => {
      idleCalls++
    },
  })
  return { flow, kernel, log, roundsLeft, events, idleCalls: () => idleCalls }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('flow', () => {
  test('slabs reach the log in the order of sealing, whichever the kernel finishes first', async () => {
    const { flow, kernel, events } = rig(3)
    for (const slab of [7, 8, 9]) flow.seal(slab)
    kernel.get(9)?.()
    kernel.get(8)?.()
    await settle()
    expect(events).toEqual([])
    kernel.get(7)?.()
    await settle()
    expect(events).toEqual(['commit 7', 'commit 8', 'commit 9'])
  })

  test('no more rounds run at once than there are slots', async () => {
    const { flow, kernel } = rig(2)
    for (const slab of [1, 2, 3]) flow.seal(slab)
    expect([...kernel.keys()]).toEqual([1, 2])
    expect(flow.hasIdleThread()).toBe(false)
    kernel.get(2)?.()
    await settle()
    expect([...kernel.keys()]).toEqual([1, 3])
  })

  test('a slab that needs another round keeps its place before the later ones', async () => {
    const { flow, kernel, log, roundsLeft, events } = rig(2)
    roundsLeft.set(1, 2)
    flow.seal(1)
    flow.seal(2)
    kernel.get(2)?.()
    kernel.get(1)?.()
    await settle()
    expect(events).toEqual(['commit 1'])
    log.shift()?.done()
    await settle()
    kernel.get(1)?.()
    await settle()
    expect(events).toEqual(['commit 1', 'answer 1', 'commit 1', 'commit 2'])
  })

  test('a failed slab is answered, freed, and holds nobody up', async () => {
    const { flow, kernel, events } = rig(2)
    flow.seal(1)
    flow.seal(2)
    kernel.get(2)?.()
    kernel.get(1)?.('trap')
    await settle()
    expect(events).toEqual(['fail 1', 'free 1', 'commit 2'])
  })

  test('whatever the order of events, every slab is answered once a round, in order, and freed', async () => {
    const seed = seedFromEnv()
    const random = randomFrom(seed)
    for (let round = 0; round < 200; round++) {
      const { flow, kernel, log, roundsLeft, events } = rig(1 + random.below(3))
      const slabs = Array.from({ length: 1 + random.below(12) }, (_, index) => index)
      for (const slab of slabs) roundsLeft.set(slab, 1 + random.below(3))
      const expectedCommits = slabs.flatMap((slab) => Array<string>(roundsLeft.get(slab) ?? 1).fill(`commit ${slab}`))
      const unsealed = [...slabs]
      while (unsealed.length + flow.underWay() > 0) {
        const sealed = unsealed[0]
        if (sealed !== undefined && random.below(2) === 0) flow.seal(unsealed.shift() ?? sealed)
        const running = [...kernel.values()]
        if (running.length > 0 && random.below(2) === 0) running[random.below(running.length)]?.()
        if (log.length > 0 && random.below(2) === 0) log.shift()?.done()
        await settle()
      }
      expect(
        events.filter((event) => event.startsWith('commit')),
        `seed ${seed}`,
      ).toEqual(expectedCommits)
      expect(
        events.filter((event) => event.startsWith('free')),
        `seed ${seed}`,
      ).toHaveLength(slabs.length)
    }
  })
})
