// OBJECT and ARRAY in the machine: the children one by one, leaves at once, blocks by entering them. The walk goes on when
// the child's block has ended, from what its frame holds.
import { complain } from './errors'
import { plainEnd } from './flat'
import {
  canonical, enter, FRAME_ARRAY, FRAME_COUNT, FRAME_CURSOR, FRAME_ENTRY, FRAME_LEFT, FRAME_MISSING,
  FRAME_NAME, FRAME_OBJECT, FRAME_PC, at, leaveWalked, next, pc, program, push, top,
} from './machine'
import { findEntry, nameMatches } from './members'
import {
  ARRAY_ITEMS, ARRAY_ITEMS_MAX, ARRAY_ITEMS_MIN, ARRAY_MAX_LOCATION, ARRAY_MIN_LOCATION, ARRAY_PREFIX,
  ARRAY_PREFIX_COUNT, ARRAY_TYPED, ARRAY_TYPE_LOCATION, ENTRY_BYTES, ENTRY_NAME, ENTRY_REQUIRED,
  ENTRY_SLOT, OBJECT_ADDITIONAL, OBJECT_ENTRIES, OBJECT_MAX_LOCATION, OBJECT_MEMBERS_MAX, OBJECT_MEMBERS_MIN, OBJECT_MIN_LOCATION, OBJECT_REQUIRED_COUNT, OBJECT_TYPED,
  OBJECT_TYPE_LOCATION, SLOT_BLOCK, SLOT_FLAT_OBJECT, SLOT_NEVER,
} from './program'
import { requiredHold } from './required'
import { PLACE_COUNT, placeLocation, placeRefuses } from './scalar'
import { childCount, containerHeadBytes, encodedStringBytes, isArray, isObject, skip } from './value'
import { walkMembers } from './patterned'

/** Whether a slot of this kind is evaluated by the machine. In canonical order all containers are. */
// @ts-ignore: decorator
@inline
export function isBlock(kind: u32): bool {
  return kind == SLOT_BLOCK || (canonical && kind >= SLOT_FLAT_OBJECT)
}

/** The value at `p` was refused by a slot that is no block: complains of it. In canonical order that is a leaf. */
export function complainOfSlot(kind: u32, operand: usize, p: usize): bool {
  if (!canonical) return false
  return kind == SLOT_NEVER ? complain(<i32>operand) : complainOfScalar(program + operand, p)
}

/** Complains of each keyword of the SCALAR that refuses the value at `p`, of which there is one. */
export function complainOfScalar(record: usize, p: usize): bool {
  for (let place: u32 = 0; place < PLACE_COUNT; place++) {
    if (placeRefuses(record, p, place) && !complain(placeLocation(record, place))) return false
  }
  return true
}

/** Pushes a frame for the children of the container at hand. */
export function pushChildren(kind: u32, count: u32, tag: u32): void {
  push(kind)
  store<u32>(top, <u32>(at + containerHeadBytes(tag)), FRAME_CURSOR)
  store<u32>(top, count, FRAME_COUNT)
  store<u32>(top, count, FRAME_LEFT)
}

/** OBJECT, MEMBERS: their own assertions, then a frame for the members. */
export function beginObject(kind: u32): bool {
  const tag = <u32>load<u8>(at)
  if (!isObject(tag)) return (load<u32>(pc, OBJECT_TYPED) == 0 || complain(load<i32>(pc, OBJECT_TYPE_LOCATION))) && next()
  const count = childCount(at, tag)
  if (count > load<u32>(pc, OBJECT_MEMBERS_MAX) && !complain(load<i32>(pc, OBJECT_MAX_LOCATION))) return false
  if (count < load<u32>(pc, OBJECT_MEMBERS_MIN) && !complain(load<i32>(pc, OBJECT_MIN_LOCATION))) return false
  const required = load<u32>(pc, OBJECT_REQUIRED_COUNT)
  if (canonical && required != 0 && !requiredHold(pc, at + containerHeadBytes(tag), count)) return false
  pushChildren(kind, count, tag)
  store<u32>(top, <u32>(pc + OBJECT_ENTRIES), FRAME_ENTRY)
  store<u32>(top, required, FRAME_MISSING)
  return kind == FRAME_OBJECT ? walkObject() : walkMembers()
}

/** Where the encoded name of an entry or token stands whole: in its word, or behind the item's tables. */
// @ts-ignore: decorator
@inline
export function nameAddress(entry: usize): usize {
  return entry + load<u32>(entry, ENTRY_NAME)
}

/** Keeps where the walk stands, its current child with it. */
// @ts-ignore: decorator
@inline
function keep(left: u32, value: usize): void {
  store<u32>(top, left, FRAME_LEFT)
  store<u32>(top, <u32>value, FRAME_CURSOR)
}

// @ts-ignore: decorator
@inline
function keepMember(name: usize, entry: usize, missing: u32): void {
  store<u32>(top, <u32>name, FRAME_NAME)
  store<u32>(top, <u32>entry, FRAME_ENTRY)
  store<u32>(top, missing, FRAME_MISSING)
}

/** The members of OBJECT from the frame's cursor on. */
export function walkObject(): bool {
  const object = <usize>load<u32>(top, FRAME_PC)
  let p = <usize>load<u32>(top, FRAME_CURSOR)
  let left = load<u32>(top, FRAME_LEFT)
  let expected = <usize>load<u32>(top, FRAME_ENTRY)
  let missing = load<u32>(top, FRAME_MISSING)
  while (left != 0) {
    left--
    const name = p
    const entry = nameMatches(expected, p) ? expected : findEntry(object, p)
    let slot = object + OBJECT_ADDITIONAL
    if (entry != 0) {
      slot = entry + ENTRY_SLOT
      missing -= load<u32>(entry, ENTRY_REQUIRED)
      expected = entry + ENTRY_BYTES
    }
    const value = p + encodedStringBytes(p)
    const kind = load<u32>(slot)
    const operand = <usize>load<u32>(slot, 4)
    p = isBlock(kind) ? 0 : plainEnd(program, kind, operand, value)
    if (p == 0) {
      keep(left, value)
      keepMember(name, expected, missing)
      if (isBlock(kind)) return enter(operand, value)
      if (!complainOfSlot(kind, operand, value)) return false
      p = skip(value)
    }
  }
  // In canonical order the missing ones were complained of at the beginning.
  return (canonical || missing == 0) && leaveWalked(p)
}

/** ARRAY: its own assertions, then the elements. */
export function beginArray(): bool {
  const tag = <u32>load<u8>(at)
  if (!isArray(tag)) return (load<u32>(pc, ARRAY_TYPED) == 0 || complain(load<i32>(pc, ARRAY_TYPE_LOCATION))) && next()
  const count = childCount(at, tag)
  if (count > load<u32>(pc, ARRAY_ITEMS_MAX) && !complain(load<i32>(pc, ARRAY_MAX_LOCATION))) return false
  if (count < load<u32>(pc, ARRAY_ITEMS_MIN) && !complain(load<i32>(pc, ARRAY_MIN_LOCATION))) return false
  pushChildren(FRAME_ARRAY, count, tag)
  return walkArray()
}

/** The elements of ARRAY from the frame's cursor on. */
export function walkArray(): bool {
  const array = <usize>load<u32>(top, FRAME_PC)
  const count = load<u32>(top, FRAME_COUNT)
  const prefixCount = load<u32>(array, ARRAY_PREFIX_COUNT)
  let p = <usize>load<u32>(top, FRAME_CURSOR)
  let left = load<u32>(top, FRAME_LEFT)
  while (left != 0) {
    const index = count - left
    const slot = index < prefixCount ? array + ARRAY_PREFIX + (<usize>index << 3) : array + ARRAY_ITEMS
    const kind = load<u32>(slot)
    const operand = <usize>load<u32>(slot, 4)
    const value = p
    left--
    p = isBlock(kind) ? 0 : plainEnd(program, kind, operand, value)
    if (p == 0) {
      keep(left, value)
      if (isBlock(kind)) return enter(operand, value)
      if (!complainOfSlot(kind, operand, value)) return false
      p = skip(value)
    }
  }
  return leaveWalked(p)
}
