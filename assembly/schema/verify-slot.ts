// References between items: places, distances, slots, and the automata that items name.
import { itemBytes } from './machine'
import {
  ARRAY_ITEMS, ARRAY_PREFIX, BLOCK_BYTES, BLOCK_OWNER, DFA_ALSO, DFA_CLASS_COUNT, DFA_CLASSES, DFA_NEXT, DFA_START, DFA_STATE_COUNT,
  ENTRY_BYTES, ENTRY_SLOT, HEADER_ITEMS_END, HEADER_LOCATION_COUNT, HEADER_STARTS, OBJECT_ADDITIONAL, OBJECT_ENTRIES,
  OBJECT_ENTRY_COUNT, OP_ARRAY, OP_BLOCK, OP_DFA, OP_END, OP_OBJECT, OP_SCALAR, OP_WORDS, SCALAR_ENUM, SLOT_ANY, SLOT_BLOCK,
  SLOT_FLAT_ARRAY, SLOT_FLAT_OBJECT, SLOT_NEST_OBJECT, SLOT_NEVER, SLOT_WORDS,
} from './program'

const NO_LOCATION: u32 = 0xffffffff

/** Whether an item of this op starts at the offset. */
export function startsAt(program: usize, offset: usize, op: u32): bool {
  if ((offset & 7) != 0 || offset < 64 || offset >= <usize>load<u32>(program, HEADER_ITEMS_END)) return false
  const unit = (offset - 64) >> 3
  const starts = program + load<u32>(program, HEADER_STARTS)
  const marked = (load<u8>(starts + (unit >> 3)) >> <u8>(unit & 7)) & 1
  return marked != 0 && (load<u32>(program + offset) & 0xff) == op
}

/** Whether an item of this op starts `distance` bytes behind the one at the offset. */
export function distanceHolds(program: usize, offset: usize, distance: u32, op: u32): bool {
  return distance != 0 && distance < load<u32>(program, HEADER_ITEMS_END) && startsAt(program, offset + distance, op)
}

/** A number of a location, or none. */
export function locationHolds(program: usize, location: u32): bool {
  return location == NO_LOCATION || location < load<u32>(program, HEADER_LOCATION_COUNT)
}

/** A slot: its operand is what its kind needs, and what is flat is flat all the way. */
export function slotHolds(program: usize, offset: usize): bool {
  const kind = load<u32>(program + offset)
  const operand = <usize>load<u32>(program + offset, 4)
  if (kind == SLOT_ANY) return true
  if (kind == SLOT_NEVER) return locationHolds(program, <u32>operand)
  if (kind == SLOT_WORDS) return startsAt(program, operand, OP_SCALAR) && isWords(program, operand)
  if (kind < SLOT_FLAT_OBJECT) return startsAt(program, operand, OP_SCALAR)
  if (kind > SLOT_BLOCK || !startsAt(program, operand, OP_BLOCK)) return false
  if (operand <= offset || <usize>load<u32>(program + operand, BLOCK_OWNER) != offset) return false
  return kind == SLOT_BLOCK || plainHolds(program, kind, operand + BLOCK_BYTES)
}

function isWords(program: usize, scalar: usize): bool {
  return distanceHolds(program, scalar, load<u32>(program + scalar, SCALAR_ENUM), OP_WORDS)
}

/** A block of one instruction over children of the kinds below it. */
function plainHolds(program: usize, kind: u32, offset: usize): bool {
  if (kind == SLOT_FLAT_ARRAY) return flatArrayHolds(program, offset)
  const item = program + offset
  if (!startsAt(program, offset, OP_OBJECT) || !entriesFit(item)) return false
  if (!startsAt(program, offset + itemBytes(item), OP_END)) return false
  const highest = kind == SLOT_NEST_OBJECT ? SLOT_FLAT_ARRAY : SLOT_FLAT_OBJECT - 1
  if (load<u32>(item, OBJECT_ADDITIONAL) > highest) return false
  let slot = item + OBJECT_ENTRIES + ENTRY_SLOT
  for (let left = load<u32>(item, OBJECT_ENTRY_COUNT); left != 0; left--) {
    if (load<u32>(slot) > highest) return false
    slot += ENTRY_BYTES
  }
  return true
}

/** Whether the entries, with the one behind the last, lie within the item. */
export function entriesFit(item: usize): bool {
  const entryCount = <u64>load<u32>(item, OBJECT_ENTRY_COUNT)
  return entryCount <= 0xfffe && OBJECT_ENTRIES + (entryCount + 1) * ENTRY_BYTES <= <u64>itemBytes(item)
}

function flatArrayHolds(program: usize, offset: usize): bool {
  const item = program + offset
  if (!startsAt(program, offset, OP_ARRAY) || itemBytes(item) != ARRAY_PREFIX) return false
  return load<u32>(item, ARRAY_ITEMS) <= SLOT_FLAT_OBJECT && startsAt(program, offset + ARRAY_PREFIX, OP_END)
}

/** An automaton's states and classes lie within its tables; what it names stands behind it. */
export function dfaHolds(program: usize, offset: usize): bool {
  const item = program + offset
  const bytes = itemBytes(item)
  if (bytes < DFA_NEXT) return false
  const stateCount = load<u32>(item, DFA_STATE_COUNT)
  const classCount = load<u32>(item, DFA_CLASS_COUNT)
  if (stateCount > 0x10000 || classCount > 256 || load<u32>(item, DFA_START) >= stateCount) return false
  const cells = <usize>(stateCount * classCount)
  if (DFA_NEXT + (cells << 1) > bytes) return false
  for (let byte: usize = 0; byte < 256; byte++) if (<u32>load<u8>(item + byte, DFA_CLASSES) >= classCount) return false
  for (let cell: usize = 0; cell < cells; cell++) {
    if (<u32>load<u16>(item + (cell << 1), DFA_NEXT) >= stateCount) return false
  }
  const also = load<u32>(item, DFA_ALSO)
  return also == 0 || distanceHolds(program, offset, also, OP_DFA)
}
