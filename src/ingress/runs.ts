// The offsets one request was given, as runs of consecutive ones: a few numbers for a body of any length.
// What always holds: an added offset is in the runs. Past `runsMax` runs the last one is stretched instead of adding
// another, so it may then claim offsets between, which were another request's.

/** Start and end (inclusive) of each run, alternating, ascending. */
export type Runs = number[]

const runsMax = 65_536

/** Adds an offset; most come in ascending order. */
export function addOffset(runs: Runs, offset: number): void {
  const end = runs.length - 1
  if (end > 0 && offset > runs[end]! && (offset === runs[end]! + 1 || runs.length >= 2 * runsMax)) runs[end] = offset
  else runs.push(offset, offset)
}

export function hasOffset(runs: Runs, offset: number): boolean {
  for (let at = 0; at < runs.length; at += 2) {
    if (offset >= runs[at]! && offset <= runs[at + 1]!) return true
  }
  return false
}
