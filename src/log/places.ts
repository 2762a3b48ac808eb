// Where offsets are in a segment: one entry for about every 4 KiB of it, so that a record is found with one short read and
// a segment of 128 MiB costs 256 KiB of memory at most.
// What always holds: entries rise, and the place returned is never behind the offset asked for.

const entryEveryBytes = 4096
const entryCountMin = 64

export type Places = {
  /** Pairs of offset (from the segment's base) and file position. */
  pairs: Uint32Array
  count: number
}

export function makePlaces(): Places {
  return { pairs: new Uint32Array(entryCountMin * 2), count: 0 }
}

/** Tells where a batch starts. Called for every batch, in order; most are passed over. */
export function notePlace(places: Places, offset: number, position: number): void {
  const { count } = places
  if (count > 0 && position - places.pairs[count * 2 - 1]! < entryEveryBytes) return
  if (count * 2 === places.pairs.length) {
    const longer = new Uint32Array(count * 4)
    longer.set(places.pairs)
    places.pairs = longer
  }
  places.pairs[count * 2] = offset
  places.pairs[count * 2 + 1] = position
  places.count++
}

/** The last place noted at or before `offset`; the segment's start when there is none. */
export function placeOf(places: Places, offset: number): { readonly offset: number; readonly position: number } {
  let low = 0
  let high = places.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (places.pairs[middle * 2]! <= offset) low = middle + 1
    else high = middle
  }
  if (low === 0) return { offset: 0, position: 0 }
  return { offset: places.pairs[low * 2 - 2]!, position: places.pairs[low * 2 - 1]! }
}
