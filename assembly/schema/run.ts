// Evaluates a block at a value: takes instructions until the first block has ended or a refusal is not caught. One line an
// instruction; what they do is in the files they call.
import { OK, SCHEMA_INVALID, TOO_COMPLEX } from '../abi'
import {
  apply, applyWhen, beginBranches, beginIf, beginNot, call, checkDependent, pay, resumeBranches, resumeIf, resumeNot,
} from './branch'
import { beginContains, resumeContains } from './contains'
import { complain } from './errors'
import {
  at, begin, beginCollecting, endCollecting, endOfValue, exhausted, FRAME_ANY, FRAME_APPLY, FRAME_ARRAY, FRAME_CONTAINS,
  FRAME_CURSOR, FRAME_IF, FRAME_KIND, FRAME_MEMBERS, FRAME_NOT, FRAME_OBJECT, FRAME_ONE, FRAME_UNEVALUATED, handler,
  isStackFull, leave, next, pc, stackBase, top, unwind,
} from './machine'
import { refuseName, resumeMembers } from './patterned'
import {
  FALSE_LOCATION, OP_ANY, OP_APPLY, OP_ARRAY, OP_CALL, OP_CHARGE, OP_COLLECT, OP_CONTAINS, OP_DEPENDENT, OP_END, OP_FALSE,
  OP_IF, OP_MARK, OP_MEMBERS, OP_NOT, OP_OBJECT, OP_ONE, OP_RELEASE, OP_SCALAR, OP_UNEVALUATED_ITEMS,
  OP_UNEVALUATED_PROPERTIES, OP_UNIQUE, OP_WHEN,
} from './program'
import { scalarHolds } from './scalar'
import { beginUnevaluated, mark, resumeUnevaluated } from './unevaluated'
import { checkUnique } from './unique'
import { beginArray, beginObject, complainOfScalar, walkArray, walkObject } from './walk'

/** Executes the instruction at hand; false when it refuses the value, and that was not merely noted. */
function execute(op: u32): bool {
  switch (op) {
    case OP_FALSE: return complain(load<i32>(pc, FALSE_LOCATION)) && next()
    case OP_SCALAR: return (scalarHolds(pc, at) || complainOfScalar(pc, at)) && next()
    case OP_OBJECT: return beginObject(FRAME_OBJECT)
    case OP_ARRAY: return beginArray()
    case OP_MEMBERS: return beginObject(FRAME_MEMBERS)
    case OP_DEPENDENT: return checkDependent()
    case OP_UNIQUE: return checkUnique()
    case OP_CONTAINS: return beginContains()
    case OP_APPLY: return apply()
    case OP_WHEN: return applyWhen()
    case OP_CALL: return call()
    case OP_CHARGE: return pay()
    case OP_ANY: return beginBranches(FRAME_ANY)
    case OP_ONE: return beginBranches(FRAME_ONE)
    case OP_NOT: return beginNot()
    case OP_IF: return beginIf()
    case OP_COLLECT: return beginCollecting()
    case OP_MARK: return mark()
    case OP_RELEASE: return endCollecting()
    case OP_UNEVALUATED_ITEMS:
    case OP_UNEVALUATED_PROPERTIES: return beginUnevaluated()
    default: return false
  }
}

/** Goes on with the frame on top after the block it entered has ended. */
function resume(): bool {
  switch (load<u32>(top, FRAME_KIND)) {
    case FRAME_OBJECT:
      store<u32>(top, <u32>endOfValue(), FRAME_CURSOR)
      return walkObject()
    case FRAME_ARRAY:
      store<u32>(top, <u32>endOfValue(), FRAME_CURSOR)
      return walkArray()
    case FRAME_MEMBERS: return resumeMembers()
    case FRAME_UNEVALUATED: return resumeUnevaluated(true)
    case FRAME_APPLY: return leave()
    case FRAME_ANY:
    case FRAME_ONE: return resumeBranches(true)
    case FRAME_NOT: return resumeNot(true)
    case FRAME_IF: return resumeIf(true)
    case FRAME_CONTAINS: return resumeContains(true)
    default: return false
  }
}

/** Goes on with the handler's frame after the block it attempted has refused. */
function recover(): bool {
  unwind()
  switch (load<u32>(top, FRAME_KIND)) {
    case FRAME_MEMBERS: return refuseName()
    case FRAME_UNEVALUATED: return resumeUnevaluated(false)
    case FRAME_ANY:
    case FRAME_ONE: return resumeBranches(false)
    case FRAME_NOT: return resumeNot(false)
    case FRAME_IF: return resumeIf(false)
    case FRAME_CONTAINS: return resumeContains(false)
    default: return false
  }
}

/**
 * OK, SCHEMA_INVALID or TOO_COMPLEX for the value at `value` and the block at offset `block` of the program. While errors
 * are listed, OK also stands for refusals that were noted.
 */
export function run(base: usize, block: usize, value: usize, valueEnd: usize, scratch: usize, exact: bool): i32 {
  begin(base, block, value, valueEnd, scratch, exact)
  while (true) {
    const op = load<u32>(pc) & 0xff
    if (op == OP_END && top < stackBase) return OK
    if (isStackFull()) return TOO_COMPLEX
    let fits = op == OP_END ? resume() : execute(op)
    while (!fits) {
      if (exhausted) return TOO_COMPLEX
      if (handler == 0) return SCHEMA_INVALID
      fits = recover()
    }
  }
  return OK
}
