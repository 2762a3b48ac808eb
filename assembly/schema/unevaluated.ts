// UNEVALUATED_PROPERTIES and UNEVALUATED_ITEMS: the children that no part of the schema has evaluated. Which parts those
// are was settled when the schema was compiled; here only their conditions are looked up: which branches fitted.
import { dfaTakes } from './dfa'
import { plainEnd } from './flat'
import {
  at, attempt, collector, enter, FRAME_BITS, FRAME_COUNT, FRAME_CURSOR, FRAME_LEFT, FRAME_NAME, FRAME_PC, FRAME_STAGE,
  FRAME_UNEVALUATED, leaveWalked, next, pc, program, settle, top, walkedAt, walkedEnd,
} from './machine'
import { nameMatches } from './members'
import {
  MARK_BIT, OP_UNEVALUATED_PROPERTIES, SLOT_BLOCK, SOURCE_ALL, SOURCE_BYTES, SOURCE_CONDITION_COUNT, SOURCE_CONTAINS,
  SOURCE_KIND, SOURCE_NAME, SOURCE_OPERAND, SOURCE_PATTERN, UNEVALUATED_COUNT, UNEVALUATED_SLOT, UNEVALUATED_SOURCES,
} from './program'
import { childCount, encodedStringBytes, isArray, isObject, skip, stringBytes, stringHeadBytes } from './value'
import { complainOfSlot, isBlock, pushChildren } from './walk'

/** MARK: notes that a branch fits. */
export function mark(): bool {
  if (collector != 0) {
    const bit = load<u32>(pc, MARK_BIT)
    const word = collector + (<usize>(bit >> 5) << 2)
    store<u32>(word, load<u32>(word, FRAME_BITS) | (1 << (bit & 31)), FRAME_BITS)
  }
  return next()
}

/** Whether all conditions of a source are marked. */
function isActive(item: usize, source: usize): bool {
  let condition = item + load<u32>(source)
  for (let left = load<u32>(source, SOURCE_CONDITION_COUNT); left != 0; left--) {
    const bit = load<u32>(condition)
    if (collector == 0) return false
    if (((load<u32>(collector + (<usize>(bit >> 5) << 2), FRAME_BITS) >> (bit & 31)) & 1) == 0) return false
    condition += 4
  }
  return true
}

/** Both instructions: pushes a frame for the children. */
export function beginUnevaluated(): bool {
  const tag = <u32>load<u8>(at)
  const applies = isNamed(pc) ? isObject(tag) : isArray(tag)
  if (!applies) return next()
  pushChildren(FRAME_UNEVALUATED, childCount(at, tag), tag)
  return walkUnevaluated()
}

function isNamed(item: usize): bool {
  return (load<u32>(item) & 0xff) == OP_UNEVALUATED_PROPERTIES
}

/** The children from the frame's cursor on. */
function walkUnevaluated(): bool {
  while (load<u32>(top, FRAME_LEFT) != 0) {
    const item = <usize>load<u32>(top, FRAME_PC)
    store<u32>(top, load<u32>(top, FRAME_LEFT) - 1, FRAME_LEFT)
    store<u32>(top, 0, FRAME_STAGE)
    if (isNamed(item)) {
      const name = load<u32>(top, FRAME_CURSOR)
      store<u32>(top, name, FRAME_NAME)
      store<u32>(top, name + <u32>encodedStringBytes(name), FRAME_CURSOR)
    }
    if (!checkSources()) return false
    if (load<u32>(top, FRAME_STAGE) != FINISHED) return true
    passChild()
  }
  return leaveWalked(load<u32>(top, FRAME_CURSOR))
}

const FINISHED: u32 = 0xffffffff

/** Puts the cursor behind the child at hand. */
function passChild(): void {
  const child = <usize>load<u32>(top, FRAME_CURSOR)
  store<u32>(top, <u32>(child == walkedAt ? walkedEnd : skip(child)), FRAME_CURSOR)
}

/**
 * Asks the sources from the frame's stage on, then the slot. True with the stage FINISHED when the child needs no more;
 * true with another one when a block was entered; false when the child is refused.
 */
function checkSources(): bool {
  const item = <usize>load<u32>(top, FRAME_PC)
  const child = <usize>load<u32>(top, FRAME_CURSOR)
  const count = load<u32>(item, UNEVALUATED_COUNT)
  while (load<u32>(top, FRAME_STAGE) < count) {
    const stage = load<u32>(top, FRAME_STAGE)
    const source = item + UNEVALUATED_SOURCES + <usize>stage * SOURCE_BYTES
    store<u32>(top, stage + 1, FRAME_STAGE)
    if (!isActive(item, source)) continue
    if (load<u32>(source, SOURCE_KIND) == SOURCE_CONTAINS) {
      const slot = item + load<u32>(source, SOURCE_OPERAND)
      const kind = load<u32>(slot)
      const operand = <usize>load<u32>(slot, 4)
      if (kind == SLOT_BLOCK) return attempt(operand, child)
      if (plainEnd(program, kind, operand, child) == 0) continue
    } else if (!evaluates(item, source)) continue
    store<u32>(top, FINISHED, FRAME_STAGE)
    return true
  }
  return checkSlot(item, child)
}

function checkSlot(item: usize, child: usize): bool {
  const kind = load<u32>(item, UNEVALUATED_SLOT)
  const operand = <usize>load<u32>(item, UNEVALUATED_SLOT + 4)
  store<u32>(top, load<u32>(item, UNEVALUATED_COUNT) + 1, FRAME_STAGE)
  if (isBlock(kind)) return enter(operand, child)
  if (plainEnd(program, kind, operand, child) == 0 && !complainOfSlot(kind, operand, child)) return false
  store<u32>(top, FINISHED, FRAME_STAGE)
  return true
}

/** Whether an active source other than `contains` has evaluated the child at hand. */
function evaluates(item: usize, source: usize): bool {
  const kind = load<u32>(source, SOURCE_KIND)
  if (kind == SOURCE_ALL) return true
  const operand = <usize>load<u32>(source, SOURCE_OPERAND)
  const name = <usize>load<u32>(top, FRAME_NAME)
  if (kind == SOURCE_NAME) return nameMatches(item + operand, name)
  if (kind == SOURCE_PATTERN) return dfaTakes(item + operand, name + stringHeadBytes(load<u8>(name)), stringBytes(name))
  return load<u32>(top, FRAME_COUNT) - load<u32>(top, FRAME_LEFT) - 1 < <u32>operand
}

/** A block of the child at hand has ended or refused: the slot's, or one that a source attempted. */
export function resumeUnevaluated(fits: bool): bool {
  const item = <usize>load<u32>(top, FRAME_PC)
  const isSource = load<u32>(top, FRAME_STAGE) <= load<u32>(item, UNEVALUATED_COUNT)
  if (isSource && fits) settle()
  if (isSource && !fits) {
    if (!checkSources()) return false
    if (load<u32>(top, FRAME_STAGE) != FINISHED) return true
  }
  passChild()
  return walkUnevaluated()
}
