// What must hold of each kind of item. Offsets are from the program's start; items are known to lie within it, one after
// another, when these are called.
import { HEADER_ITEMS_END, HEADER_STARTS } from './program'
import { itemBytes } from './machine'
import {
  ARRAY_ITEMS, ARRAY_MAX_LOCATION, ARRAY_MIN_LOCATION, ARRAY_PREFIX, ARRAY_PREFIX_COUNT, ARRAY_TYPE_LOCATION, BLOCK_BYTES,
  BLOCK_OWNER, ENTRY_BYTES, ENTRY_REQUIRED, ENTRY_REQUIRED_LOCATION, ENTRY_SLOT, FALSE_LOCATION, FORMAT_EMAIL,
  HEADER_LOCATION_COUNT, KEY_PATHS_COUNT, KEY_PATHS_PATHS, OBJECT_ADDITIONAL, OBJECT_ENTRIES, OBJECT_ENTRY_COUNT, OBJECT_HASH,
  OBJECT_HASH_MASK, OBJECT_MAX_LOCATION, OBJECT_MIN_LOCATION, OBJECT_TYPE_LOCATION, OP_ARRAY, OP_BLOCK, OP_END, OP_FALSE,
  OP_KEY_PATHS, OP_OBJECT, OP_SCALAR, OP_VALUES, OP_WORDS, SCALAR_BYTES, SCALAR_CONST, SCALAR_ENUM, SCALAR_FORMAT,
  SCALAR_LOCATIONS, SLOT_ANY, SLOT_BLOCK, SLOT_FLAT_ARRAY, SLOT_FLAT_OBJECT, SLOT_NEVER, SLOT_NEST_OBJECT, SLOT_WORDS,
  TOKEN_BYTES, VALUES_BYTES, VALUES_COUNT, VALUES_FIRST, WORDS_HASH_MASK, WORDS_SLOTS,
} from './program'
import { nameHolds, sentinelHolds, valuesHold } from './verify-text'

const SCALAR_LOCATION_COUNT: usize = 12

/** Whether an item may stand in a block. */
export function isInstruction(op: u32): bool {
  return op == OP_END || op == OP_FALSE || op == OP_SCALAR || op == OP_OBJECT || op == OP_ARRAY
}

/** Whether an item may stand between blocks. */
export function isData(op: u32): bool {
  return op == OP_SCALAR || op == OP_WORDS || op == OP_VALUES || op == OP_KEY_PATHS
}

/** Whether an item of this op starts at the offset. */
export function startsAt(program: usize, offset: usize, op: u32): bool {
  if ((offset & 7) != 0 || offset < 64 || offset >= <usize>load<u32>(program, HEADER_ITEMS_END)) return false
  const unit = (offset - 64) >> 3
  const starts = program + load<u32>(program, HEADER_STARTS)
  const marked = (load<u8>(starts + (unit >> 3)) >> <u8>(unit & 7)) & 1
  return marked != 0 && (load<u32>(program + offset) & 0xff) == op
}

// @ts-ignore: decorator
@inline
function locationHolds(program: usize, location: u32): bool {
  return location < load<u32>(program, HEADER_LOCATION_COUNT)
}

/** Whether the item at the offset is right in itself and in what it refers to. */
export function itemHolds(program: usize, offset: usize): bool {
  const item = program + offset
  const bytes = itemBytes(item)
  switch (load<u32>(item) & 0xff) {
    case OP_BLOCK: return bytes == BLOCK_BYTES && ownerHolds(program, offset)
    case OP_END: return bytes == 8
    case OP_FALSE: return bytes == 8 && locationHolds(program, load<u32>(item, FALSE_LOCATION))
    case OP_SCALAR: return scalarItemHolds(program, offset)
    case OP_OBJECT: return objectHolds(program, offset)
    case OP_ARRAY: return arrayHolds(program, offset)
    case OP_WORDS: return wordsHold(item, bytes)
    case OP_VALUES: return valuesItemHolds(item, bytes)
    case OP_KEY_PATHS: return keyPathsHold(item, bytes)
    default: return false
  }
}

/** The owner stands before the block; whether it is a slot shows when that slot is checked. */
function ownerHolds(program: usize, offset: usize): bool {
  return load<u32>(program + offset, BLOCK_OWNER) < <u32>offset
}

function scalarItemHolds(program: usize, offset: usize): bool {
  const item = program + offset
  if (itemBytes(item) != SCALAR_BYTES || load<u32>(item, SCALAR_FORMAT) > FORMAT_EMAIL) return false
  for (let index: usize = 0; index < SCALAR_LOCATION_COUNT; index++) {
    const location = load<u32>(item + (index << 2), SCALAR_LOCATIONS)
    if (location != 0xffffffff && !locationHolds(program, location)) return false
  }
  return setHolds(program, offset, load<u32>(item, SCALAR_ENUM)) && setHolds(program, offset, load<u32>(item, SCALAR_CONST))
}

/** A set of values, `distance` bytes behind the item; 0 is none. */
function setHolds(program: usize, offset: usize, distance: u32): bool {
  if (distance == 0) return true
  if (distance >= 0x1000000) return false
  const set = offset + distance
  return startsAt(program, set, OP_WORDS) || startsAt(program, set, OP_VALUES)
}

/** Whether the object's parts lie within the item. */
function objectFits(item: usize, bytes: usize): bool {
  if (bytes < OBJECT_ENTRIES + ENTRY_BYTES) return false
  const entryCount = <u64>load<u32>(item, OBJECT_ENTRY_COUNT)
  if (entryCount > 0xfffe || OBJECT_ENTRIES + (entryCount + 1) * ENTRY_BYTES > bytes) return false
  const slots = <u64>load<u32>(item, OBJECT_HASH_MASK) + 1
  return popcnt<u64>(slots) == 1 && <u64>load<u32>(item, OBJECT_HASH) + (slots << 1) <= bytes
}

function objectHolds(program: usize, offset: usize): bool {
  const item = program + offset
  const bytes = itemBytes(item)
  if (!objectFits(item, bytes) || !hashHolds(item)) return false
  if (!locationHolds(program, load<u32>(item, OBJECT_TYPE_LOCATION))) return false
  if (!locationHolds(program, load<u32>(item, OBJECT_MIN_LOCATION))) return false
  if (!locationHolds(program, load<u32>(item, OBJECT_MAX_LOCATION))) return false
  if (!slotHolds(program, offset + OBJECT_ADDITIONAL)) return false
  const end = item + bytes
  let entry = item + OBJECT_ENTRIES
  for (let left = load<u32>(item, OBJECT_ENTRY_COUNT); left != 0; left--) {
    if (!nameHolds(entry, end) || load<u32>(entry, ENTRY_REQUIRED) > 1) return false
    if (!locationHolds(program, load<u32>(entry, ENTRY_REQUIRED_LOCATION))) return false
    if (!slotHolds(program, entry - program + ENTRY_SLOT)) return false
    entry += ENTRY_BYTES
  }
  return sentinelHolds(entry)
}

/** Hash slots name entries, and one is empty, so that a probe ends. */
function hashHolds(item: usize): bool {
  const slots = <usize>load<u32>(item, OBJECT_HASH_MASK) + 1
  const entryCount = load<u32>(item, OBJECT_ENTRY_COUNT)
  const hash = item + load<u32>(item, OBJECT_HASH)
  let empty = false
  for (let slot: usize = 0; slot < slots; slot++) {
    const number = <u32>load<u16>(hash + (slot << 1))
    if (number > entryCount) return false
    if (number == 0) empty = true
  }
  return empty
}

function arrayHolds(program: usize, offset: usize): bool {
  const item = program + offset
  const prefixCount = <u64>load<u32>(item, ARRAY_PREFIX_COUNT)
  if (itemBytes(item) < ARRAY_PREFIX || ARRAY_PREFIX + (prefixCount << 3) > <u64>itemBytes(item)) return false
  if (!locationHolds(program, load<u32>(item, ARRAY_TYPE_LOCATION))) return false
  if (!locationHolds(program, load<u32>(item, ARRAY_MIN_LOCATION))) return false
  if (!locationHolds(program, load<u32>(item, ARRAY_MAX_LOCATION))) return false
  for (let slot: usize = 0; slot <= <usize>prefixCount; slot++) {
    if (!slotHolds(program, offset + ARRAY_ITEMS + (slot << 3))) return false
  }
  return true
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
  const distance = <usize>load<u32>(program + scalar, SCALAR_ENUM)
  return distance != 0 && distance < 0x1000000 && startsAt(program, scalar + distance, OP_WORDS)
}

/** A block of one instruction over children of the kinds below it. */
function plainHolds(program: usize, kind: u32, offset: usize): bool {
  if (kind == SLOT_FLAT_ARRAY) return flatArrayHolds(program, offset)
  if (!startsAt(program, offset, OP_OBJECT)) return false
  const item = program + offset
  if (!objectFits(item, itemBytes(item)) || !startsAt(program, offset + itemBytes(item), OP_END)) return false
  const highest = kind == SLOT_NEST_OBJECT ? SLOT_FLAT_ARRAY : SLOT_FLAT_OBJECT - 1
  if (load<u32>(item, OBJECT_ADDITIONAL) > highest) return false
  let slot = item + OBJECT_ENTRIES + ENTRY_SLOT
  for (let left = load<u32>(item, OBJECT_ENTRY_COUNT); left != 0; left--) {
    if (load<u32>(slot) > highest) return false
    slot += ENTRY_BYTES
  }
  return true
}

function flatArrayHolds(program: usize, offset: usize): bool {
  const item = program + offset
  if (!startsAt(program, offset, OP_ARRAY) || itemBytes(item) != ARRAY_PREFIX) return false
  return load<u32>(item, ARRAY_ITEMS) <= SLOT_FLAT_OBJECT && startsAt(program, offset + ARRAY_PREFIX, OP_END)
}

function wordsHold(item: usize, bytes: usize): bool {
  if (bytes < WORDS_SLOTS + 8) return false
  const slots = <u64>load<u32>(item, WORDS_HASH_MASK) + 1
  if (popcnt<u64>(slots) != 1 || WORDS_SLOTS + (slots << 3) > <u64>bytes) return false
  for (let slot: usize = 0; slot < <usize>slots; slot++) {
    if (load<u64>(item + (slot << 3), WORDS_SLOTS) == 0) return true
  }
  return false
}

function valuesItemHolds(item: usize, bytes: usize): bool {
  if (bytes < VALUES_FIRST) return false
  const textBytes = <usize>load<u32>(item, VALUES_BYTES)
  if (textBytes > bytes - VALUES_FIRST) return false
  return valuesHold(item + VALUES_FIRST, item + VALUES_FIRST + textBytes, load<u32>(item, VALUES_COUNT))
}

function keyPathsHold(item: usize, bytes: usize): bool {
  const count = <u64>load<u32>(item, KEY_PATHS_COUNT)
  if (count == 0 || KEY_PATHS_PATHS + (count << 3) > <u64>bytes) return false
  for (let path: usize = 0; path < <usize>count; path++) {
    const at = item + KEY_PATHS_PATHS + (path << 3)
    const first = <u64>load<u32>(at)
    const tokenCount = <u64>load<u32>(at, 4)
    if ((first & 7) != 0 || first + tokenCount * TOKEN_BYTES > <u64>bytes) return false
    for (let token: usize = 0; token < <usize>tokenCount; token++) {
      if (!nameHolds(item + <usize>first + token * TOKEN_BYTES, item + bytes)) return false
    }
  }
  return true
}
