// The required names that an object lacks, in the order of the schema's list, which need not be that of the entries. Most
// objects lack none, which a count of those that are there tells. Else there is a table by place in that list, where each
// member that is there strikes its entry out: passes over the members and over the entries, whatever their numbers. The table
// is in the place of the one that unique.ts uses, never at the same time.
import { complain } from './errors'
import { stackBase, TABLE_BYTES, TABLE_OFFSET } from './machine'
import { findEntry, nameMatches } from './members'
import {
  ENTRY_BYTES, ENTRY_REQUIRED, ENTRY_REQUIRED_LOCATION, ENTRY_REQUIRED_ORDER, OBJECT_ENTRIES, OBJECT_ENTRY_COUNT,
  OBJECT_REQUIRED_COUNT,
} from './program'
import { encodedStringBytes, skip } from './value'

/** Places behind this one are of no list that a compiler wrote: an object has fewer entries. */
const PLACES_MAX: u32 = <u32>(TABLE_BYTES >> 2)

/**
 * Complains of each name that OBJECT, which has required ones, finds on none of the `count` members from `member` on. False:
 * that was the end.
 */
export function requiredHold(object: usize, member: usize, count: u32): bool {
  if (areThere(object, member, count)) return true
  const table = stackBase + TABLE_OFFSET
  const placeCount = listRequired(object, table)
  strikeOut(object, member, count, table)
  for (let place: u32 = 0; place < placeCount; place++) {
    const entry = <usize>load<u32>(table + (<usize>place << 2))
    if (entry != 0 && !complain(load<i32>(entry, ENTRY_REQUIRED_LOCATION))) return false
  }
  return true
}

/** Whether as many required members are there as there are required names. */
function areThere(object: usize, member: usize, left: u32): bool {
  let expected = object + OBJECT_ENTRIES
  let missing = load<u32>(object, OBJECT_REQUIRED_COUNT)
  if (left < missing) return false
  while (true) {
    const entry = nameMatches(expected, member) ? expected : findEntry(object, member)
    if (entry != 0) {
      missing -= load<u32>(entry, ENTRY_REQUIRED)
      // Often before the end, and what is behind need not be passed over.
      if (missing == 0) return true
      expected = entry + ENTRY_BYTES
    }
    if (--left == 0) return false
    member = skip(member + encodedStringBytes(member))
  }
  return false
}

/** Puts the address of each required entry at its place in the table, 0 in between; returns the number of places. */
function listRequired(object: usize, table: usize): u32 {
  const end = object + OBJECT_ENTRIES + <usize>load<u32>(object, OBJECT_ENTRY_COUNT) * ENTRY_BYTES
  let placeCount: u32 = 0
  for (let entry = object + OBJECT_ENTRIES; entry < end; entry += ENTRY_BYTES) {
    if (isRequired(entry)) placeCount = max(placeCount, load<u32>(entry, ENTRY_REQUIRED_ORDER) + 1)
  }
  memory.fill(table, 0, <usize>placeCount << 2)
  for (let entry = object + OBJECT_ENTRIES; entry < end; entry += ENTRY_BYTES) {
    if (isRequired(entry)) store<u32>(placeAt(table, entry), <u32>entry)
  }
  return placeCount
}

function strikeOut(object: usize, member: usize, count: u32, table: usize): void {
  let expected = object + OBJECT_ENTRIES
  for (; count != 0; count--) {
    const entry = nameMatches(expected, member) ? expected : findEntry(object, member)
    if (entry != 0) {
      if (isRequired(entry)) store<u32>(placeAt(table, entry), 0)
      expected = entry + ENTRY_BYTES
    }
    member = skip(member + encodedStringBytes(member))
  }
}

// @ts-ignore: decorator
@inline
function placeAt(table: usize, entry: usize): usize {
  return table + (<usize>load<u32>(entry, ENTRY_REQUIRED_ORDER) << 2)
}

// @ts-ignore: decorator
@inline
function isRequired(entry: usize): bool {
  return load<u32>(entry, ENTRY_REQUIRED) != 0 && load<u32>(entry, ENTRY_REQUIRED_ORDER) < PLACES_MAX
}
