// Why a record does not fit its schema: the errors in the order of docs/schema.md. Runs the program once more in that order,
// with a list open; the frames of the run tell where each refused value stands. Cold: runs after SCHEMA_INVALID only.
import { OK, SCHEMA_INVALID, TOO_COMPLEX } from '../abi'
import { beginErrors, endErrors, errorCount } from './errors'
import { plainEnd } from './flat'
import { begin, compareStackOf } from './machine'
import { HEADER_ROOT, SLOT_FLAT_OBJECT } from './program'
import { run } from './run'
import { setCompareStack } from './scalar'
import { complainOfSlot } from './walk'

/**
 * Lists up to `errorsMax` errors of a value; with 0 only the first, without looking further. OK when the value fits after
 * all, SCHEMA_INVALID with at least one error in the list of errors.ts, or TOO_COMPLEX.
 */
export function explain(value: usize, valueEnd: usize, program: usize, scratch: usize, errorsMax: u32): i32 {
  const kind = load<u32>(program, HEADER_ROOT)
  const operand = <usize>load<u32>(program, HEADER_ROOT + 4)
  setCompareStack(compareStackOf(scratch))
  beginErrors(scratch, errorsMax)
  const status = kind < SLOT_FLAT_OBJECT
    ? explainLeaf(program, kind, operand, value, valueEnd, scratch)
    : run(program, operand, value, valueEnd, scratch, true)
  // A run that was given up is as good as one whose list is full.
  endErrors(status == TOO_COMPLEX)
  return errorCount != 0 ? SCHEMA_INVALID : status
}

/** A schema that is one leaf, at the value itself. */
function explainLeaf(program: usize, kind: u32, operand: usize, value: usize, valueEnd: usize, scratch: usize): i32 {
  begin(program, operand, value, valueEnd, scratch, true)
  if (plainEnd(program, kind, operand, value) == 0) complainOfSlot(kind, operand, value)
  return OK
}
