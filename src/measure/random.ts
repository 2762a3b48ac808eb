// Seeded random numbers, so that every run of a benchmark sees the same records. Not for secrets.

export type Random = () => number

/** Returns a generator of doubles in [0, 1): mulberry32, which passes gjrand's tests for 32 bits of state. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** An integer from `least` to `most`, both included. */
export function integerWithin(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1))
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)]!
}

/** Shuffles in place (Fisher and Yates) and returns its argument. */
export function shuffle<T>(random: Random, values: T[]): T[] {
  for (let last = values.length - 1; last > 0; last--) {
    const other = integerWithin(random, 0, last)
    const value = values[last]!
    values[last] = values[other]!
    values[other] = value
  }
  return values
}
