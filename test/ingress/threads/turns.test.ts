// Rounds of several threads in one pool: never more at once than it takes, in the order they were asked for.
import { expect, test } from 'vitest'
import { makeTurns } from '../../../src/ingress/threads/turns.ts'

test('a round waits for a slot, in its turn, and one that fails gives its slot on', async () => {
  const started: number[] = []
  const ends = new Map<number, (failure?: Error) => void>()
  let running = 0
  let runningMax = 0
  const run = makeTurns({
    slots: 2,
    run(slab) {
      started.push(slab)
      runningMax = Math.max(runningMax, ++running)
      return new Promise((resolve, reject) => {
        ends.set(slab, (failure) => {
          running--
          if (failure) reject(failure)
          else resolve(undefined)
        })
      })
    },
  })
  const outcomes = [0, 1, 2, 3, 4, 5].map((slab) => run(slab, 0).catch((error: unknown) => String(error)))
  for (const slab of [1, 0, 2, 3, 4, 5]) {
    await new Promise((next) => setImmediate(next))
    ends.get(slab)?.(slab === 0 ? new Error('broken') : undefined)
  }
  expect(await Promise.all(outcomes)).toEqual(['Error: broken', ...Array(5).fill(undefined)])
  expect(started).toEqual([0, 1, 2, 3, 4, 5])
  expect(runningMax).toBe(2)
})
