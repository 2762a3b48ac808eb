// Scratch regions change hands: a host leases them to whichever instance runs next. What a stage remembers there from one
// record to the next (the shapes of assembly/json) is worth something to the instance that wrote it only, so each region
// carries the mark of the instance that used it last, and an instance that finds another's begins afresh.

import { SCRATCH_OWNER } from './abi'
import { setSeed as seedJson } from './json/parse'
import { setHashSeed } from './schema/hash'

// The seed is the mark as well: 64 random bits, one instance's own.
let seedLow: i32 = 0
let seedHigh: i32 = 0

/** Sets the instance's seed: what its hash tables depend on, and by which it knows its scratch. */
export function setSeed(low: i32, high: i32): void {
  seedLow = low
  seedHigh = high
  seedJson(low, high)
  setHashSeed(low, high)
}

/** Must come before anything is done in `scratch`. */
export function claimScratch(scratch: usize): void {
  if (load<i32>(scratch, SCRATCH_OWNER) == seedLow && load<i32>(scratch, SCRATCH_OWNER + 4) == seedHigh) return
  store<i32>(scratch, seedLow, SCRATCH_OWNER)
  store<i32>(scratch, seedHigh, SCRATCH_OWNER + 4)
  seedJson(seedLow, seedHigh)
}
