// Values whose whole schema is plain loops: objects of leaves (flat), arrays of leaves or flat objects (flat), objects of
// all these (nest). They are checked without the machine's stack, by functions that call only the kind below theirs.
// Each answers with the address behind the value, 0 when it is refused.
import { nameMatches, otherEntry } from './members'
import {
  ARRAY_ITEMS, ARRAY_ITEMS_MAX, ARRAY_ITEMS_MIN, ARRAY_TYPED, BLOCK_BYTES, ENTRY_BYTES, ENTRY_NAME_BYTES, ENTRY_REQUIRED,
  ENTRY_SLOT, OBJECT_ADDITIONAL, OBJECT_ENTRIES, OBJECT_MEMBERS_MAX, OBJECT_MEMBERS_MIN, OBJECT_REQUIRED_COUNT,
  OBJECT_TYPED, SLOT_FLAT_ARRAY, SLOT_FLAT_OBJECT,
} from './program'
import { leafEnd } from './scalar'
import { childCount, containerHeadBytes, encodedStringBytes, isArray, isObject, skip } from './value'

/**
 * The end of a value in a slot of any kind but SLOT_BLOCK. `program` is the base of the operand. (The order of the calls
 * matters to the compiler: it cannot inline `membersEnd` into a function it meets while it inlines `membersEnd`.)
 */
export function plainEnd(program: usize, kind: u32, operand: usize, p: usize): usize {
  if (kind < SLOT_FLAT_OBJECT) return leafEnd(kind, program + operand, p)
  const item = program + operand + BLOCK_BYTES
  if (kind == SLOT_FLAT_OBJECT) return flatObjectEnd(program, item, p)
  if (kind == SLOT_FLAT_ARRAY) return flatArrayEnd(program, item, p)
  return nestObjectEnd(program, item, p)
}

// @ts-ignore: decorator
@inline
function flatEnd(program: usize, kind: u32, item: usize, p: usize): usize {
  return kind == SLOT_FLAT_OBJECT ? flatObjectEnd(program, item, p) : flatArrayEnd(program, item, p)
}

/** A leaf of a flat container or, where `nested`, a flat container of a nest. */
// @ts-ignore: decorator
@inline
function slotEnd(program: usize, slot: usize, p: usize, nested: bool): usize {
  const kind = load<u32>(slot)
  const operand = program + load<u32>(slot, 4)
  if (nested && kind >= SLOT_FLAT_OBJECT) return flatEnd(program, kind, operand + BLOCK_BYTES, p)
  return leafEnd(kind, operand, p)
}

// @ts-ignore: decorator
@inline
function membersEnd(program: usize, object: usize, p: usize, nested: bool): usize {
  const tag = <u32>load<u8>(p)
  if (!isObject(tag)) return load<u32>(object, OBJECT_TYPED) != 0 ? 0 : skip(p)
  let left = childCount(p, tag)
  if (left < load<u32>(object, OBJECT_MEMBERS_MIN) || left > load<u32>(object, OBJECT_MEMBERS_MAX)) return 0
  p += containerHeadBytes(tag)
  let missing = load<u32>(object, OBJECT_REQUIRED_COUNT)
  let entry = object + OBJECT_ENTRIES
  while (left != 0) {
    if (!nameMatches(entry, p)) {
      const found = otherEntry(object, entry, p)
      if (found == 0) {
        p = slotEnd(program, object + OBJECT_ADDITIONAL, p + encodedStringBytes(p), nested)
        if (p == 0) return 0
        left--
        continue
      }
      entry = found
    }
    p = slotEnd(program, entry + ENTRY_SLOT, p + load<u32>(entry, ENTRY_NAME_BYTES), nested)
    if (p == 0) return 0
    missing -= load<u32>(entry, ENTRY_REQUIRED)
    entry += ENTRY_BYTES
    left--
  }
  return missing == 0 ? p : 0
}

function flatObjectEnd(program: usize, object: usize, p: usize): usize {
  return membersEnd(program, object, p, false)
}

/** The end of an object of leaves and flat containers. */
export function nestObjectEnd(program: usize, object: usize, p: usize): usize {
  return membersEnd(program, object, p, true)
}

function flatArrayEnd(program: usize, array: usize, p: usize): usize {
  const tag = <u32>load<u8>(p)
  if (!isArray(tag)) return load<u32>(array, ARRAY_TYPED) != 0 ? 0 : skip(p)
  let left = childCount(p, tag)
  if (left < load<u32>(array, ARRAY_ITEMS_MIN) || left > load<u32>(array, ARRAY_ITEMS_MAX)) return 0
  p += containerHeadBytes(tag)
  const kind = load<u32>(array, ARRAY_ITEMS)
  const operand = program + load<u32>(array, ARRAY_ITEMS + 4)
  while (left != 0) {
    p = kind == SLOT_FLAT_OBJECT ? flatObjectEnd(program, operand + BLOCK_BYTES, p) : leafEnd(kind, operand, p)
    if (p == 0) return 0
    left--
  }
  return p
}
