// The slabs of one thread: a run of neighbours of all slabs. What always holds: every slab is one thread's.
import { slabBytes } from '../../kernel/abi.ts'
import type { MemoryMap } from '../../kernel/engine.ts'

export type SlabShare = {
  /** The map as the thread sees it: its first slab is its slab 0. */
  readonly map: MemoryMap
  /** The number of that slab for everybody else. */
  readonly firstSlab: number
}

/** The share of thread `index` of `threads`; they differ by one slab at most. */
export function shareOfSlabs(map: MemoryMap, index: number, threads: number): SlabShare {
  const firstSlab = Math.floor((index * map.slabCount) / threads)
  const endSlab = Math.floor(((index + 1) * map.slabCount) / threads)
  const slabAddress = map.slabAddress + firstSlab * slabBytes
  return { firstSlab, map: { ...map, slabAddress, slabCount: endSlab - firstSlab } }
}
