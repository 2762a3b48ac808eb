// Names of members against the entries of an OBJECT. The walk tries the entry behind the last match first, since records
// mostly come in the order of their schema; the hash is for the rest.
import { nodeAt, NO_NODE } from '../json/places'
import { entryOf, isNothing, keepEntry, objectOf } from '../json/shapes'
import { bytesEqual } from './equal'
import {
  ENTRY_BYTES, ENTRY_MASK, ENTRY_NAME, ENTRY_NAME_BYTES, OBJECT_ENTRIES, OBJECT_HASH, OBJECT_HASH_MASK,
  OBJECT_HASH_MULTIPLIER, OBJECT_HASH_SHIFT,
} from './program'
import { encodedStringBytes } from './value'

/** First byte of the entry behind the last: no MessagePack has it. */
const NEVER_USED: u8 = 0xc1

/** Whether the string at `p` is the entry's name. Loads 16 bytes at `p`. */
// @ts-ignore: decorator
@inline
export function nameMatches(entry: usize, p: usize): bool {
  const difference = v128.and(v128.xor(v128.load(p), v128.load(entry)), v128.load(entry, ENTRY_MASK))
  return !v128.any_true(difference) && (load<u32>(entry, ENTRY_NAME_BYTES) <= 16 || longNameMatches(entry, p))
}

function longNameMatches(entry: usize, p: usize): bool {
  return bytesEqual(p, entry + load<u32>(entry, ENTRY_NAME), load<u32>(entry, ENTRY_NAME_BYTES))
}

/** First and last eight bytes of an encoded string in one word. */
// @ts-ignore: decorator
@inline
function nameWord(p: usize, bytes: usize): u64 {
  if (bytes <= 8) return load<u64>(p) & (0xffffffffffffffff >> (64 - (bytes << 3)))
  return load<u64>(p) ^ rotl<u64>(load<u64>(p + bytes - 8), 29)
}

/** The OBJECT's entry for the name at `p`, which is not `expected`; 0: no entry lists it. */
// @ts-ignore: decorator
@inline
export function otherEntry(object: usize, expected: usize, p: usize): usize {
  const node = nodeAt(p)
  // NOTHING keeps no entry.
  return objectOf(node) == object ? entryOf(node) : searchEntry(object, expected, p, node)
}

/** otherEntry for a key that keeps no entry of the OBJECT; from now on it does. */
function searchEntry(object: usize, expected: usize, p: usize, node: usize): usize {
  const entry = nextEntry(object, expected, p)
  if (node != NO_NODE && !isNothing(node)) keepEntry(node, object, entry)
  return entry
}

function nextEntry(object: usize, expected: usize, p: usize): usize {
  // Most often an optional member was left out. The entry behind the last is the end of the table.
  const next = expected + ENTRY_BYTES
  return load<u8>(expected) != NEVER_USED && nameMatches(next, p) ? next : findEntry(object, p)
}

/** The OBJECT's entry for the name at `p`; 0: no entry lists it. */
export function findEntry(object: usize, p: usize): usize {
  const bytes = encodedStringBytes(p)
  const mask = load<u32>(object, OBJECT_HASH_MASK)
  const hash = object + load<u32>(object, OBJECT_HASH)
  const product = nameWord(p, bytes) * load<u64>(object, OBJECT_HASH_MULTIPLIER)
  let slot = <u32>(product >> load<u32>(object, OBJECT_HASH_SHIFT)) & mask
  while (true) {
    const number = <usize>load<u16>(hash + (slot << 1))
    if (number == 0) return 0
    const entry = object + OBJECT_ENTRIES + (number - 1) * ENTRY_BYTES
    if (nameMatches(entry, p)) return entry
    slot = (slot + 1) & mask
  }
  return 0
}
