// CONTAINS: how many elements fit a schema. A refusal by that schema is what this instruction waits for, so each element's
// block is attempted.
import { complain } from './errors'
import { plainEnd } from './flat'
import {
  at, attempt, canonical, drop, FRAME_CONTAINS, FRAME_CURSOR, FRAME_LEFT, FRAME_MATCHED, FRAME_PC, next, pc, program, settle,
  top, walkedAt, walkedEnd,
} from './machine'
import {
  CONTAINS_MAX, CONTAINS_MAX_LOCATION, CONTAINS_MIN, CONTAINS_MIN_LOCATION, CONTAINS_SLOT, SLOT_BLOCK,
} from './program'
import { childCount, isArray, skip } from './value'
import { pushChildren } from './walk'

/** CONTAINS: passes over what is no array. */
export function beginContains(): bool {
  const tag = <u32>load<u8>(at)
  if (!isArray(tag)) return next()
  pushChildren(FRAME_CONTAINS, childCount(at, tag), tag)
  store<u32>(top, 0, FRAME_MATCHED)
  return countElements()
}

/** The elements from the frame's cursor on. */
function countElements(): bool {
  const item = <usize>load<u32>(top, FRAME_PC)
  const kind = load<u32>(item, CONTAINS_SLOT)
  const operand = <usize>load<u32>(item, CONTAINS_SLOT + 4)
  let p = <usize>load<u32>(top, FRAME_CURSOR)
  let left = load<u32>(top, FRAME_LEFT)
  let matched = load<u32>(top, FRAME_MATCHED)
  while (left != 0 && !isDecided(item, matched)) {
    left--
    if (kind == SLOT_BLOCK) {
      store<u32>(top, left, FRAME_LEFT)
      store<u32>(top, matched, FRAME_MATCHED)
      store<u32>(top, <u32>p, FRAME_CURSOR)
      return attempt(operand, p)
    }
    const end = plainEnd(program, kind, operand, p)
    if (end != 0) matched++
    p = end != 0 ? end : skip(p)
  }
  drop()
  if (matched < load<u32>(item, CONTAINS_MIN) && !complain(load<i32>(item, CONTAINS_MIN_LOCATION))) return false
  if (matched > load<u32>(item, CONTAINS_MAX) && !complain(load<i32>(item, CONTAINS_MAX_LOCATION))) return false
  return next()
}

/** Enough elements fit, and no upper bound asks for more. In canonical order every element is looked at, for the charges. */
// @ts-ignore: decorator
@inline
function isDecided(item: usize, matched: u32): bool {
  return !canonical && matched >= load<u32>(item, CONTAINS_MIN) && load<u32>(item, CONTAINS_MAX) == 0xffffffff
}

/** An element's block ended (`fits`) or refused. */
export function resumeContains(fits: bool): bool {
  const element = <usize>load<u32>(top, FRAME_CURSOR)
  if (fits) {
    settle()
    store<u32>(top, load<u32>(top, FRAME_MATCHED) + 1, FRAME_MATCHED)
  }
  store<u32>(top, <u32>(element == walkedAt ? walkedEnd : skip(element)), FRAME_CURSOR)
  return countElements()
}
