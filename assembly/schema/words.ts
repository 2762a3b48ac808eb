// Membership of a string in a fixed set: WORDS holds strings of at most seven bytes as one word each, VALUES anything.
import { valuesEqual } from './equal'
import {
  OP_WORDS, VALUES_COUNT, VALUES_FIRST, WORDS_HASH_MASK, WORDS_HASH_MULTIPLIER, WORDS_HASH_SHIFT, WORDS_SLOTS,
} from './program'
import { skip } from './value'

/** Whether the fixstr at `p`, whose text is `bytes` (at most seven) long, is in the set. */
// @ts-ignore: decorator
@inline
export function wordsHave(words: usize, p: usize, bytes: u32): bool {
  const word = load<u64>(p) & (0xffffffffffffffff >> (56 - (bytes << 3)))
  const multiplier = load<u64>(words, WORDS_HASH_MULTIPLIER)
  const mask = load<u32>(words, WORDS_HASH_MASK)
  let slot = <u32>((word * multiplier) >> load<u32>(words, WORDS_HASH_SHIFT)) & mask
  while (true) {
    const held = load<u64>(words + (slot << 3), WORDS_SLOTS)
    if (held == word) return true
    if (held == 0) return false
    slot = (slot + 1) & mask
  }
  return false
}

/** Whether the value at `p` equals one of the item's. `stack` is room for the comparison. */
export function setHas(item: usize, p: usize, stack: usize): bool {
  if (load<u8>(item) == OP_WORDS) {
    const bytes = <u32>load<u8>(p) - 0xa0
    return bytes < 8 && wordsHave(item, p, bytes)
  }
  let value = item + VALUES_FIRST
  for (let left = load<u32>(item, VALUES_COUNT); left != 0; left--) {
    if (valuesEqual(p, value, stack)) return true
    value = skip(value)
  }
  return false
}
