// Slabs are shared out: every slab is one thread's, and no thread has to do with fewer than the bound says.
import { expect, test } from 'vitest'
import { shareOfSlabs } from '../../../src/ingress/threads/share.ts'
import { slabBytes } from '../../../src/kernel/abi.ts'
import type { MemoryMap } from '../../../src/kernel/engine.ts'
import { slabCountMax, slabsPerThreadMin } from '../../../src/limits.ts'

test('every slab is one thread’s, and the shares differ by one at most', () => {
  const wrong: string[] = []
  for (let slabCount = 2; slabCount <= slabCountMax; slabCount++) {
    const map = { slabAddress: 1_000_000, slabCount } as MemoryMap
    for (let threads = 1; threads * slabsPerThreadMin <= slabCount; threads++) {
      let nextSlab = 0
      for (let index = 0; index < threads; index++) {
        const { firstSlab, map: mine } = shareOfSlabs(map, index, threads)
        const isNext = firstSlab === nextSlab && mine.slabAddress === map.slabAddress + nextSlab * slabBytes
        const more = mine.slabCount - Math.floor(slabCount / threads)
        const isFair = mine.slabCount >= slabsPerThreadMin && (more === 0 || more === 1)
        if (!isNext || !isFair) wrong.push(`thread ${index} of ${threads} with ${slabCount} slabs`)
        nextSlab += mine.slabCount
      }
      if (nextSlab !== slabCount) wrong.push(`${threads} threads with ${slabCount} slabs`)
    }
  }
  expect(wrong).toEqual([])
})
