// One record, from bytes to a verdict: JSON, then the schema. What it refuses comes with a byte offset, and from the schema
// with the location that refused and a pointer to the value. Everything it finds stays valid until the next call.

import { DEPTH_MAX, OK, RECORD_BYTES_MAX, RECORD_TOO_LARGE, SCHEMA_INVALID, SCRATCH_JSON, SCRATCH_VALUE, TOO_COMPLEX } from './abi'
import { locate } from './json/locate'
import { errorOffset, parse, parsedEnd } from './json/parse'
import { explain, failLocation, failPath, failPathCount } from './schema/explain'
import { validate } from './schema/validate'

/** Refused: byte offset in the record. */
export let refusedOffset: i32 = 0
/** SCHEMA_INVALID: index of the location in the schema that refused. */
export let refusedLocation: i32 = 0

// Wide stores may pass the value's end; the last 64 bytes of its part are left for them.
const VALUE_BYTES_MAX: usize = SCRATCH_JSON - SCRATCH_VALUE - 64

/** The program's own limit, and never more than the slab was made for. */
// @ts-ignore: decorator
@inline function recordBytesMax(program: usize): usize {
  return min(load<u32>(program, 24) as usize, RECORD_BYTES_MAX)
}

/**
 * Parses the record at `input` into the value part of `scratch` and validates it. Returns OK or a record status. The
 * program must have passed `verifyProgram`.
 */
export function checkRecord(input: usize, inputEnd: usize, program: usize, scratch: usize): i32 {
  const value = scratch + SCRATCH_VALUE
  if (inputEnd - input > recordBytesMax(program)) return refuse(RECORD_TOO_LARGE, recordBytesMax(program) as i32)
  const depthMax = min(load<i32>(program, 20), DEPTH_MAX)
  const parsed = parse(input, inputEnd, value, value + VALUE_BYTES_MAX, scratch, depthMax)
  if (parsed != OK) return refuse(parsed, errorOffset)
  const validated = validate(value, parsedEnd, program, scratch)
  if (validated != OK) return refuseValue(validated, input, inputEnd, program, scratch)
  return OK
}

function refuseValue(status: i32, input: usize, inputEnd: usize, program: usize, scratch: usize): i32 {
  // The walk that explains has a budget of its own; a record that exhausts it is too complex, whatever was wrong with it.
  if (status == SCHEMA_INVALID) {
    if (explain(scratch + SCRATCH_VALUE, parsedEnd, program, scratch) != SCHEMA_INVALID) return refuse(TOO_COMPLEX, 0)
    refusedLocation = failLocation
    return refuse(status, locate(input, inputEnd, failPath, failPathCount))
  }
  return refuse(status, 0)
}

function refuse(status: i32, offset: i32): i32 {
  refusedOffset = offset
  return status
}
