// What must hold of each kind of item. Offsets are from the program's start; items are known to lie within it, one after
// another, when these are called. Automata and containers have files of their own.
import { itemBytes } from './machine'
import {
  APPLY_BYTES, APPLY_SLOT, BLOCK_BYTES, BLOCK_OWNER, BRANCH_COUNT, BRANCH_LOCATION, BRANCH_SLOTS, CALL_BLOCK,
  CONTAINS_BYTES, CONTAINS_MAX_LOCATION, CONTAINS_MIN_LOCATION, CONTAINS_SLOT, DEPENDENT_COUNT, DEPENDENT_TOKENS,
  FALSE_LOCATION, FORMAT_LAST, IF_BYTES, IF_ELSE, IF_SLOT, IF_THEN, KEY_PATHS_COUNT, KEY_PATHS_PATHS, MARK_BIT,
  MARK_COUNT_MAX, MULTIPLE_BYTES, MULTIPLE_REDUCED, NOT_LOCATION, NOT_SLOT, OP_ANY, OP_APPLY, OP_ARRAY, OP_BLOCK, OP_CALL,
  OP_CHARGE, OP_COLLECT, OP_CONTAINS, OP_DEPENDENT, OP_DFA, OP_END, OP_FALSE, OP_IF, OP_KEY_PATHS, OP_MARK, OP_MEMBERS,
  OP_MULTIPLE, OP_NOT, OP_OBJECT, OP_ONE, OP_RELEASE, OP_SCALAR, OP_UNEVALUATED_ITEMS, OP_UNEVALUATED_PROPERTIES,
  OP_UNIQUE, OP_VALUES, OP_WHEN, OP_WORDS, SCALAR_BYTES, SCALAR_CONST, SCALAR_ENUM, SCALAR_FORMAT, SCALAR_FORMAT_DFA,
  SCALAR_LOCATIONS, SCALAR_MULTIPLE, SCALAR_PATTERN, TOKEN_BYTES, TOKEN_LOCATION, UNIQUE_LOCATION, VALUES_BYTES,
  VALUES_COUNT, VALUES_FIRST, WHEN_SLOT, WHEN_TOKEN, WORDS_HASH_MASK, WORDS_SLOTS,
} from './program'
import { arrayHolds, objectHolds, unevaluatedHolds } from './verify-container'
import { dfaHolds, distanceHolds, locationHolds, slotHolds, startsAt } from './verify-slot'
import { nameHolds, valuesHold } from './verify-text'

const SCALAR_LOCATION_COUNT: usize = 12

/** Whether an item may stand between blocks. */
export function isData(op: u32): bool {
  return op == OP_SCALAR || (op >= OP_WORDS && op <= OP_DFA)
}

/** Whether an item may stand in a block. */
export function isInstruction(op: u32): bool {
  return op >= OP_END && op <= OP_UNEVALUATED_PROPERTIES && (op < OP_WORDS || op > OP_DFA)
}

/** Whether the item at the offset is right in itself and in what it refers to. */
export function itemHolds(program: usize, offset: usize): bool {
  const item = program + offset
  const bytes = itemBytes(item)
  switch (load<u32>(item) & 0xff) {
    case OP_BLOCK: return bytes == BLOCK_BYTES && ownerHolds(program, offset)
    case OP_END:
    case OP_CHARGE:
    case OP_COLLECT:
    case OP_RELEASE: return bytes == 8
    case OP_FALSE: return bytes == 8 && locationHolds(program, load<u32>(item, FALSE_LOCATION))
    case OP_SCALAR: return scalarHolds(program, offset)
    case OP_OBJECT:
    case OP_MEMBERS: return objectHolds(program, offset)
    case OP_ARRAY: return arrayHolds(program, offset)
    case OP_WORDS: return wordsHold(item, bytes)
    case OP_VALUES: return valuesItemHolds(item, bytes)
    case OP_KEY_PATHS: return keyPathsHold(item, bytes)
    case OP_MULTIPLE: return bytes == MULTIPLE_BYTES && load<u64>(item, MULTIPLE_REDUCED) != 0
    case OP_DFA: return dfaHolds(program, offset)
    case OP_DEPENDENT: return dependentHolds(program, item, bytes)
    case OP_UNIQUE: return bytes == 8 && locationHolds(program, load<u32>(item, UNIQUE_LOCATION))
    case OP_CONTAINS: return bytes == CONTAINS_BYTES && containsHolds(program, offset)
    case OP_APPLY: return bytes == APPLY_BYTES && slotHolds(program, offset + APPLY_SLOT)
    case OP_WHEN: return whenHolds(program, offset, bytes)
    case OP_CALL: return bytes == 8 && callHolds(program, load<u32>(item, CALL_BLOCK))
    case OP_ANY:
    case OP_ONE: return branchesHold(program, offset, bytes)
    case OP_NOT: return bytes == 16 && notHolds(program, offset)
    case OP_IF: return bytes == IF_BYTES && ifHolds(program, offset)
    case OP_MARK: return bytes == 8 && load<u32>(item, MARK_BIT) < MARK_COUNT_MAX
    case OP_UNEVALUATED_ITEMS:
    case OP_UNEVALUATED_PROPERTIES: return unevaluatedHolds(program, offset)
    default: return false
  }
}

/** The owner stands before the block; whether it is a slot shows when that slot is checked. */
function ownerHolds(program: usize, offset: usize): bool {
  return load<u32>(program + offset, BLOCK_OWNER) < <u32>offset
}

function scalarHolds(program: usize, offset: usize): bool {
  const item = program + offset
  if (itemBytes(item) != SCALAR_BYTES || load<u32>(item, SCALAR_FORMAT) > FORMAT_LAST) return false
  for (let index: usize = 0; index < SCALAR_LOCATION_COUNT; index++) {
    if (!locationHolds(program, load<u32>(item + (index << 2), SCALAR_LOCATIONS))) return false
  }
  return setHolds(program, offset, load<u32>(item, SCALAR_ENUM)) && setHolds(program, offset, load<u32>(item, SCALAR_CONST)) &&
    optionalHolds(program, offset, load<u32>(item, SCALAR_PATTERN), OP_DFA) &&
    optionalHolds(program, offset, load<u32>(item, SCALAR_FORMAT_DFA), OP_DFA) &&
    optionalHolds(program, offset, load<u32>(item, SCALAR_MULTIPLE), OP_MULTIPLE)
}

/** An item of one kind, `distance` bytes behind this one; 0 is none. */
function optionalHolds(program: usize, offset: usize, distance: u32, op: u32): bool {
  return distance == 0 || distanceHolds(program, offset, distance, op)
}

/** A set of values, likewise. */
function setHolds(program: usize, offset: usize, distance: u32): bool {
  return optionalHolds(program, offset, distance, OP_WORDS) || distanceHolds(program, offset, distance, OP_VALUES)
}

/** A power of two of slots, one of them empty, so that a probe ends. */
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
    if (!tokensHold(item, bytes, <u64>load<u32>(at), <u64>load<u32>(at, 4))) return false
  }
  return true
}

/** `count` tokens from `first` on, within the item. */
function tokensHold(item: usize, bytes: usize, first: u64, count: u64): bool {
  if ((first & 7) != 0 || first + count * TOKEN_BYTES > <u64>bytes) return false
  for (let token: usize = 0; token < <usize>count; token++) {
    if (!nameHolds(item + <usize>first + token * TOKEN_BYTES, item + bytes)) return false
  }
  return true
}

function dependentHolds(program: usize, item: usize, bytes: usize): bool {
  const count = <u64>load<u32>(item, DEPENDENT_COUNT) + 1
  if (!tokensHold(item, bytes, DEPENDENT_TOKENS, count)) return false
  for (let token: usize = 1; token < <usize>count; token++) {
    if (!locationHolds(program, load<u32>(item + DEPENDENT_TOKENS + token * TOKEN_BYTES, TOKEN_LOCATION))) return false
  }
  return true
}

function containsHolds(program: usize, offset: usize): bool {
  const item = program + offset
  return locationHolds(program, load<u32>(item, CONTAINS_MIN_LOCATION)) &&
    locationHolds(program, load<u32>(item, CONTAINS_MAX_LOCATION)) && slotHolds(program, offset + CONTAINS_SLOT)
}

function whenHolds(program: usize, offset: usize, bytes: usize): bool {
  return tokensHold(program + offset, bytes, WHEN_TOKEN, 1) && slotHolds(program, offset + WHEN_SLOT)
}

/** A block that no slot owns. */
function callHolds(program: usize, block: u32): bool {
  return startsAt(program, block, OP_BLOCK) && load<u32>(program + block, BLOCK_OWNER) == 0
}

function branchesHold(program: usize, offset: usize, bytes: usize): bool {
  const item = program + offset
  if (bytes < BRANCH_SLOTS || !locationHolds(program, load<u32>(item, BRANCH_LOCATION))) return false
  const count = <u64>load<u32>(item, BRANCH_COUNT)
  if (BRANCH_SLOTS + (count << 3) > <u64>bytes) return false
  for (let slot: usize = 0; slot < <usize>count; slot++) {
    if (!slotHolds(program, offset + BRANCH_SLOTS + (slot << 3))) return false
  }
  return true
}

function notHolds(program: usize, offset: usize): bool {
  return locationHolds(program, load<u32>(program + offset, NOT_LOCATION)) && slotHolds(program, offset + NOT_SLOT)
}

function ifHolds(program: usize, offset: usize): bool {
  return slotHolds(program, offset + IF_SLOT) && slotHolds(program, offset + IF_THEN) && slotHolds(program, offset + IF_ELSE)
}
