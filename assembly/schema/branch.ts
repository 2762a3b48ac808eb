// The instructions that check the same value again: in other blocks, by reference, or in branches of which some may refuse.
// A branch that is a leaf or flat is checked at once; its refusal is never reported.
import { findMember } from './equal'
import { complain } from './errors'
import { plainEnd } from './flat'
import {
  at, attempt, charge, drop, enter, FRAME_ANY, FRAME_APPLY, FRAME_AT, FRAME_COUNT, FRAME_IF, FRAME_KIND, FRAME_LEFT,
  FRAME_MATCHED, FRAME_NOT, FRAME_ONE, FRAME_PC, leave, next, pc, program, push, settle, top,
} from './machine'
import {
  APPLY_SLOT, BRANCH_ALL, BRANCH_COUNT, BRANCH_LOCATION, BRANCH_SLOTS, CALL_BLOCK, DEPENDENT_COUNT, DEPENDENT_TOKENS,
  IF_ELSE, IF_SLOT, IF_THEN, NOT_LOCATION, NOT_SLOT, SLOT_ANY, SLOT_BLOCK, TOKEN_BYTES, TOKEN_LOCATION, WHEN_SLOT, WHEN_TOKEN,
} from './program'
import { childCount, containerHeadBytes, isObject } from './value'
import { complainOfSlot, isBlock, nameAddress } from './walk'

/** APPLY: a slot at the same value. */
export function apply(): bool {
  return applySlot(pc + APPLY_SLOT)
}

function applySlot(slot: usize): bool {
  const kind = load<u32>(slot)
  const operand = <usize>load<u32>(slot, 4)
  if (kind == SLOT_ANY) return next()
  if (isBlock(kind)) {
    push(FRAME_APPLY)
    return enter(operand, at)
  }
  return (plainEnd(program, kind, operand, at) != 0 || complainOfSlot(kind, operand, at)) && next()
}

/** Whether the value at hand is an object that has the token's name. */
function hasMember(token: usize): bool {
  const tag = <u32>load<u8>(at)
  if (!isObject(tag)) return false
  return findMember(at + containerHeadBytes(tag), childCount(at, tag), nameAddress(token)) != 0
}

/** WHEN: a slot at the same value, if it has the member. */
export function applyWhen(): bool {
  return hasMember(pc + WHEN_TOKEN) ? applySlot(pc + WHEN_SLOT) : next()
}

/** DEPENDENT: with the first member, all the others must be there. */
export function checkDependent(): bool {
  let token = pc + DEPENDENT_TOKENS
  if (!hasMember(token)) return next()
  for (let left = load<u32>(pc, DEPENDENT_COUNT); left != 0; left--) {
    token += TOKEN_BYTES
    if (!hasMember(token) && !complain(load<i32>(token, TOKEN_LOCATION))) return false
  }
  return next()
}

/** CALL: the block of another schema, for its price. */
export function call(): bool {
  if (!charge()) return false
  push(FRAME_APPLY)
  return enter(load<u32>(pc, CALL_BLOCK), at)
}

/** CHARGE: a reference whose schema stands here in its place. */
export function pay(): bool {
  return charge() && next()
}

/** ANY, ONE: the branches in order. */
export function beginBranches(kind: u32): bool {
  push(kind)
  const count = load<u32>(pc, BRANCH_COUNT)
  store<u32>(top, count, FRAME_COUNT)
  store<u32>(top, count, FRAME_LEFT)
  store<u32>(top, 0, FRAME_MATCHED)
  return tryBranches()
}

/** The branches from the frame's next one on. */
function tryBranches(): bool {
  const item = <usize>load<u32>(top, FRAME_PC)
  const value = <usize>load<u32>(top, FRAME_AT)
  const count = load<u32>(top, FRAME_COUNT)
  let left = load<u32>(top, FRAME_LEFT)
  while (left != 0 && !isDecided(item)) {
    const slot = item + BRANCH_SLOTS + (<usize>(count - left) << 3)
    const kind = load<u32>(slot)
    const operand = <usize>load<u32>(slot, 4)
    left--
    store<u32>(top, left, FRAME_LEFT)
    if (kind == SLOT_BLOCK) return attempt(operand, value)
    if (plainEnd(program, kind, operand, value) != 0) noteMatch()
  }
  const fits = load<u32>(top, FRAME_MATCHED) == 1 || isAnyMatched()
  drop()
  return (fits || complain(load<i32>(item, BRANCH_LOCATION))) && next()
}

function noteMatch(): void {
  store<u32>(top, load<u32>(top, FRAME_MATCHED) + 1, FRAME_MATCHED)
}

function isAnyMatched(): bool {
  return load<u32>(top, FRAME_KIND) == FRAME_ANY && load<u32>(top, FRAME_MATCHED) != 0
}

/** ANY is decided by the first branch that fits, unless all are wanted; ONE by the second. */
function isDecided(item: usize): bool {
  const matched = load<u32>(top, FRAME_MATCHED)
  if (load<u32>(top, FRAME_KIND) == FRAME_ONE) return matched == 2
  return matched != 0 && load<u32>(item, BRANCH_ALL) == 0
}

/** A branch's block ended (`fits`) or refused. */
export function resumeBranches(fits: bool): bool {
  if (fits) {
    settle()
    noteMatch()
  }
  return tryBranches()
}

/** NOT: the slot must refuse. */
export function beginNot(): bool {
  const kind = load<u32>(pc, NOT_SLOT)
  const operand = <usize>load<u32>(pc, NOT_SLOT + 4)
  if (kind != SLOT_BLOCK) {
    return (plainEnd(program, kind, operand, at) == 0 || complain(load<i32>(pc, NOT_LOCATION))) && next()
  }
  push(FRAME_NOT)
  return attempt(operand, at)
}

/** The block of NOT ended (`fits`) or refused. */
export function resumeNot(fits: bool): bool {
  if (!fits) return leave()
  settle()
  drop()
  return complain(load<i32>(pc, NOT_LOCATION)) && next()
}

/** IF: the condition, then what it decides on. */
export function beginIf(): bool {
  const kind = load<u32>(pc, IF_SLOT)
  const operand = <usize>load<u32>(pc, IF_SLOT + 4)
  if (kind != SLOT_BLOCK) return applySlot(pc + (plainEnd(program, kind, operand, at) != 0 ? IF_THEN : IF_ELSE))
  push(FRAME_IF)
  return attempt(operand, at)
}

/** The block of the condition ended (`fits`) or refused: its frame goes, the instruction goes on. */
export function resumeIf(fits: bool): bool {
  if (fits) settle()
  drop()
  return applySlot(pc + (fits ? IF_THEN : IF_ELSE))
}
