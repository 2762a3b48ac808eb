// Kernel rounds of several threads in one pool, which takes so many and no more: the others wait for their turn, first come
// first served. What waits is bounded by the number of slabs.
import type { Pool } from '../../kernel/pool.ts'

/** `pool.run` that waits for a slot instead of failing without one. */
export function makeTurns(pool: Pick<Pool, 'slots' | 'run'>): Pool['run'] {
  const waiting: (() => void)[] = []
  let running = 0

  return async (slabIndex, streamIndex) => {
    if (running < pool.slots) running++
    else await new Promise<void>((resolve) => waiting.push(resolve)) // who is done leaves its slot to this one
    try {
      return await pool.run(slabIndex, streamIndex)
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
