// What must hold of the items with tables of children: OBJECT, MEMBERS, ARRAY and UNEVALUATED.
import { itemBytes } from './machine'
import {
  ARRAY_ITEMS, ARRAY_MAX_LOCATION, ARRAY_MIN_LOCATION, ARRAY_PREFIX, ARRAY_PREFIX_COUNT, ARRAY_TYPE_LOCATION, ENTRY_BYTES,
  ENTRY_REQUIRED, ENTRY_REQUIRED_LOCATION, ENTRY_SLOT, MARK_COUNT_MAX, OBJECT_ADDITIONAL, OBJECT_ENTRIES,
  OBJECT_ENTRY_COUNT, OBJECT_HASH, OBJECT_HASH_MASK, OBJECT_MAX_LOCATION, OBJECT_MIN_LOCATION, OBJECT_NAMES,
  OBJECT_NAMES_LOCATION, OBJECT_PATTERN_COUNT, OBJECT_PATTERNS, OBJECT_TYPE_LOCATION, OP_DFA, OP_MEMBERS, PATTERN_BYTES,
  PATTERN_SLOT, SOURCE_BYTES, SOURCE_CONDITION_COUNT, SOURCE_CONTAINS, SOURCE_KIND, SOURCE_NAME, SOURCE_OPERAND,
  SOURCE_PATTERN, TOKEN_BYTES, UNEVALUATED_COUNT, UNEVALUATED_SLOT, UNEVALUATED_SOURCES,
} from './program'
import { distanceHolds, entriesFit, locationHolds, slotHolds } from './verify-slot'
import { nameHolds, sentinelHolds } from './verify-text'

/** OBJECT and MEMBERS. */
export function objectHolds(program: usize, offset: usize): bool {
  const item = program + offset
  const bytes = itemBytes(item)
  if (bytes < OBJECT_ENTRIES + ENTRY_BYTES || !entriesFit(item) || !hashHolds(item, bytes)) return false
  if (!locationHolds(program, load<u32>(item, OBJECT_TYPE_LOCATION))) return false
  if (!locationHolds(program, load<u32>(item, OBJECT_MIN_LOCATION))) return false
  if (!locationHolds(program, load<u32>(item, OBJECT_MAX_LOCATION))) return false
  if (!slotHolds(program, offset + OBJECT_ADDITIONAL) || !entriesHold(program, offset, bytes)) return false
  return (load<u32>(item) & 0xff) != OP_MEMBERS || patternsHold(program, offset, bytes)
}

function entriesHold(program: usize, offset: usize, bytes: usize): bool {
  const end = program + offset + bytes
  let entry = program + offset + OBJECT_ENTRIES
  for (let left = load<u32>(program + offset, OBJECT_ENTRY_COUNT); left != 0; left--) {
    if (!nameHolds(entry, end) || load<u32>(entry, ENTRY_REQUIRED) > 1) return false
    if (!locationHolds(program, load<u32>(entry, ENTRY_REQUIRED_LOCATION))) return false
    if (!slotHolds(program, entry - program + ENTRY_SLOT)) return false
    entry += ENTRY_BYTES
  }
  return sentinelHolds(entry)
}

/** A power of two of hash slots that name entries; one is empty, so that a probe ends. */
function hashHolds(item: usize, bytes: usize): bool {
  const slots = <u64>load<u32>(item, OBJECT_HASH_MASK) + 1
  if (popcnt<u64>(slots) != 1 || <u64>load<u32>(item, OBJECT_HASH) + (slots << 1) > <u64>bytes) return false
  const entryCount = load<u32>(item, OBJECT_ENTRY_COUNT)
  const hash = item + load<u32>(item, OBJECT_HASH)
  let empty = false
  for (let slot: usize = 0; slot < <usize>slots; slot++) {
    const number = <u32>load<u16>(hash + (slot << 1))
    if (number > entryCount) return false
    if (number == 0) empty = true
  }
  return empty
}

function patternsHold(program: usize, offset: usize, bytes: usize): bool {
  const item = program + offset
  const count = <u64>load<u32>(item, OBJECT_PATTERN_COUNT)
  const first = <usize>load<u32>(item, OBJECT_PATTERNS)
  if ((first & 7) != 0 || <u64>first + count * PATTERN_BYTES > <u64>bytes) return false
  for (let index: usize = 0; index < <usize>count; index++) {
    const pattern = offset + first + index * PATTERN_BYTES
    if (!distanceHolds(program, offset, load<u32>(program + pattern), OP_DFA)) return false
    if (!slotHolds(program, pattern + PATTERN_SLOT)) return false
  }
  return locationHolds(program, load<u32>(item, OBJECT_NAMES_LOCATION)) && slotHolds(program, offset + OBJECT_NAMES)
}

export function arrayHolds(program: usize, offset: usize): bool {
  const item = program + offset
  const prefixCount = <u64>load<u32>(item, ARRAY_PREFIX_COUNT)
  if (itemBytes(item) < ARRAY_PREFIX || ARRAY_PREFIX + (prefixCount << 3) > <u64>itemBytes(item)) return false
  if (!locationHolds(program, load<u32>(item, ARRAY_TYPE_LOCATION))) return false
  if (!locationHolds(program, load<u32>(item, ARRAY_MIN_LOCATION))) return false
  if (!locationHolds(program, load<u32>(item, ARRAY_MAX_LOCATION))) return false
  // The slot of the items stands right before those of the prefix.
  for (let slot: usize = 0; slot <= <usize>prefixCount; slot++) {
    if (!slotHolds(program, offset + ARRAY_ITEMS + (slot << 3))) return false
  }
  return true
}

export function unevaluatedHolds(program: usize, offset: usize): bool {
  const item = program + offset
  const bytes = <u64>itemBytes(item)
  const count = <u64>load<u32>(item, UNEVALUATED_COUNT)
  if (bytes < <u64>UNEVALUATED_SOURCES || UNEVALUATED_SOURCES + count * SOURCE_BYTES > bytes) return false
  for (let index: usize = 0; index < <usize>count; index++) {
    if (!sourceHolds(program, offset, UNEVALUATED_SOURCES + index * SOURCE_BYTES, bytes)) return false
  }
  return slotHolds(program, offset + UNEVALUATED_SLOT)
}

function sourceHolds(program: usize, offset: usize, at: usize, bytes: u64): bool {
  const item = program + offset
  const source = item + at
  const conditions = <u64>load<u32>(source)
  const conditionCount = <u64>load<u32>(source, SOURCE_CONDITION_COUNT)
  if ((conditions & 3) != 0 || conditions + (conditionCount << 2) > bytes) return false
  for (let index: usize = 0; index < <usize>conditionCount; index++) {
    if (load<u32>(item + <usize>conditions + (index << 2)) >= MARK_COUNT_MAX) return false
  }
  const kind = load<u32>(source, SOURCE_KIND)
  const operand = load<u32>(source, SOURCE_OPERAND)
  if (kind == SOURCE_PATTERN) return distanceHolds(program, offset, operand, OP_DFA)
  if (kind == SOURCE_NAME) return <u64>operand + TOKEN_BYTES <= bytes && nameHolds(item + operand, item + <usize>bytes)
  if (kind == SOURCE_CONTAINS) return (operand & 7) == 0 && <u64>operand + 8 <= bytes && slotHolds(program, offset + operand)
  return kind < SOURCE_CONTAINS
}
