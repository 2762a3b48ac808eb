// Evaluates a block at a value: takes instructions until the first block has ended or a refusal is not caught.
import { OK, SCHEMA_INVALID, TOO_COMPLEX } from '../abi'
import {
  FRAME_KIND, at, begin, isStackFull, next, pc, refuse, stackBase, top,
} from './machine'
import { FALSE_LOCATION, OP_ARRAY, OP_END, OP_FALSE, OP_OBJECT, OP_SCALAR } from './program'
import { scalarHolds, scalarLocation } from './scalar'
import { beginArray, beginObject, resumeWalk } from './walk'

/** Executes the instruction at hand; false when it refuses the value. */
function execute(op: u32): bool {
  switch (op) {
    case OP_FALSE: return refuse(load<i32>(pc, FALSE_LOCATION))
    case OP_SCALAR: return scalarHolds(pc, at) ? next() : refuse(scalarLocation(pc, at))
    case OP_OBJECT: return beginObject()
    case OP_ARRAY: return beginArray()
    default: return refuse(-1)
  }
}

/** Goes on with the frame on top after its block ended. */
function resume(): bool {
  return resumeWalk(load<u32>(top, FRAME_KIND))
}

/**
 * OK, SCHEMA_INVALID or TOO_COMPLEX for the value at `value` and the block at offset `block` of the program. After a
 * refusal the frames up to `top` say which value was refused, `refusedLocation` why.
 */
export function run(base: usize, block: usize, value: usize, scratch: usize, exact: bool): i32 {
  begin(base, block, value, scratch, exact)
  while (true) {
    const op = load<u32>(pc) & 0xff
    if (op == OP_END && top < stackBase) return OK
    if (isStackFull()) return TOO_COMPLEX
    if (!(op == OP_END ? resume() : execute(op))) return SCHEMA_INVALID
  }
  return OK
}
