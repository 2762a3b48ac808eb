// One record, from bytes to a verdict: JSON, then the schema. What it refuses comes with a byte offset, and from the schema
// with a list of errors (schema/errors.ts): the first one, or as many as are asked for. Everything it finds stays valid until
// the next call.

import { DEPTH_MAX, OK, RECORD_BYTES_MAX, RECORD_TOO_LARGE, SCHEMA_INVALID, SCRATCH_JSON, SCRATCH_VALUE, TOO_COMPLEX } from './abi'
import { errorOffset, parse, parsedEnd } from './json/parse'
import { forgetPlaces } from './json/places'
import { transcode, transcodedEnd, wrongOffset } from './msgpack/transcode'
import { firstOffset } from './schema/errors'
import { explain } from './schema/explain'
import { setSource, SOURCE_JSON, SOURCE_PACKED } from './schema/place'
import { validate } from './schema/validate'

/** Refused: byte offset in the record. */
export let refusedOffset: i32 = 0
/** Accepted: end of the value. */
export let checkedEnd: usize = 0

// Wide stores may pass the value's end; the last 64 bytes of its part are left for them.
const VALUE_BYTES_MAX: usize = SCRATCH_JSON - SCRATCH_VALUE - 64

/** The program's own limit, and never more than the slab was made for. */
// @ts-ignore: decorator
@inline function recordBytesMax(program: usize): usize {
  return min(load<u32>(program, 24) as usize, RECORD_BYTES_MAX)
}

/**
 * Parses the record at `input` into the value part of `scratch` and validates it. Returns OK or a record status. Of one that
 * the schema refuses, up to `errorsMax` errors are listed; 0: the first, whether or not there are more. The program must have
 * passed `verifyProgram`.
 */
export function checkRecord(input: usize, inputEnd: usize, program: usize, scratch: usize, errorsMax: u32): i32 {
  const value = scratch + SCRATCH_VALUE
  if (inputEnd - input > recordBytesMax(program)) return refuse(RECORD_TOO_LARGE, recordBytesMax(program) as i32)
  const depthMax = min(load<i32>(program, 20), DEPTH_MAX)
  const parsed = parse(input, inputEnd, value, value + VALUE_BYTES_MAX, scratch, depthMax)
  if (parsed != OK) return refuse(parsed, errorOffset)
  checkedEnd = parsedEnd
  const validated = validate(value, parsedEnd, program, scratch)
  if (validated == OK) return OK
  setSource(SOURCE_JSON, input, inputEnd, scratch)
  return explainRefusal(validated, program, scratch, errorsMax)
}

/** checkRecord for a record in MessagePack. */
export function checkPacked(input: usize, inputEnd: usize, program: usize, scratch: usize, errorsMax: u32): i32 {
  const value = scratch + SCRATCH_VALUE
  if (inputEnd - input > recordBytesMax(program)) return refuse(RECORD_TOO_LARGE, recordBytesMax(program) as i32)
  forgetPlaces()
  const status = transcode(input, inputEnd, value, scratch, min(load<i32>(program, 20), DEPTH_MAX))
  if (status != OK) return refuse(status, wrongOffset)
  checkedEnd = transcodedEnd
  const validated = validate(value, checkedEnd, program, scratch)
  if (validated == OK) return OK
  setSource(SOURCE_PACKED, input, inputEnd, scratch)
  return explainRefusal(validated, program, scratch, errorsMax)
}

/** Lists what the schema refuses. The status stays, unless there is no error to tell of. */
function explainRefusal(status: i32, program: usize, scratch: usize, errorsMax: u32): i32 {
  // The walk that explains has a budget of its own; a record that exhausts it is too complex, whatever was wrong with it.
  if (status != SCHEMA_INVALID) return refuse(TOO_COMPLEX, 0)
  const explained = explain(scratch + SCRATCH_VALUE, checkedEnd, program, scratch, errorsMax)
  if (explained != SCHEMA_INVALID) return refuse(TOO_COMPLEX, 0)
  return refuse(SCHEMA_INVALID, firstOffset)
}

function refuse(status: i32, offset: i32): i32 {
  refusedOffset = offset
  return status
}
