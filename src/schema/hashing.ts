// Multiplicative hashing of words into a power-of-two number of slots with linear probing: picks the multiplier that makes
// the longest probe shortest. What always holds: one slot at least stays empty, so that a probe ends.

const u64Max = 2n ** 64n - 1n
const tryCountMax = 64

/** The number of slots for `count` words when at most the share `load` of them is filled. */
export function slotsFor(count: number, load: number): number {
  let slotCount = 2
  while (slotCount * load < count || slotCount <= count) slotCount *= 2
  return slotCount
}

/** The slot a word hashes to. */
export function slotOf(word: bigint, multiplier: bigint, shift: number, slotCount: number): number {
  return Number(((word * multiplier) & u64Max) >> BigInt(shift)) & (slotCount - 1)
}

function longestProbe(words: readonly bigint[], multiplier: bigint, shift: number, slotCount: number): number {
  const taken = new Uint8Array(slotCount)
  let longest = 0
  for (const word of words) {
    let slot = slotOf(word, multiplier, shift, slotCount)
    let probe = 1
    for (; taken[slot] !== 0; slot = (slot + 1) & (slotCount - 1)) probe++
    taken[slot] = 1
    longest = Math.max(longest, probe)
  }
  return longest
}

/** A multiplier for the words, and the shift that leaves as many bits as there are slots. */
export function bestMultiplier(words: readonly bigint[], slotCount: number): { multiplier: bigint; shift: number } {
  const shift = 64 - Math.log2(slotCount)
  let best = { multiplier: 1n, probe: Infinity }
  let state = 0n
  for (let index = 0; index < tryCountMax && best.probe > 1; index++) {
    // SplitMix64 (Steele, Lea, Flood 2014): any sequence would do, as long as it is always the same.
    state = (state + 0x9e3779b97f4a7c15n) & u64Max
    const mixed = ((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n) & u64Max
    const multiplier = (mixed ^ (mixed >> 27n)) | 1n
    const probe = longestProbe(words, multiplier, shift, slotCount)
    if (probe < best.probe) best = { multiplier, probe }
  }
  return { multiplier: best.multiplier, shift }
}
