// What the tests of assembly/schema call: the validator and its parts, with addresses and bits as 32-bit numbers.
import { SCRATCH_BYTES } from '../abi'
import { errorList, errorPath, errorPathCount } from '../schema/errors'
import { explain } from '../schema/explain'
import { formatHolds } from '../schema/format'
import { extractKey, keyBytes, keyStart } from '../schema/key'
import { validate } from '../schema/validate'
import { verifyProgram } from '../schema/verify'

export { explain, extractKey, formatHolds, validate, verifyProgram }

/** First address that is free for the host. */
export function heapBase(): i32 {
  return <i32>__heap_base
}

export function scratchBytes(): i32 {
  return <i32>SCRATCH_BYTES
}

/** docs/formats.md, "Error list". */
export function getErrorList(): i32 {
  return <i32>errorList
}

export function getFailPath(): i32 {
  return <i32>errorPath
}

export function getFailPathCount(): i32 {
  return errorPathCount
}

export function getKeyStart(): i32 {
  return <i32>keyStart
}

export function getKeyBytes(): i32 {
  return keyBytes
}

/** Validates `count` values that stand one after another; returns how many fit. For measuring. */
export function validateEach(values: usize, count: i32, program: usize, scratch: usize): i32 {
  let fitting = 0
  for (let index = 0; index < count; index++) {
    const bytes = <usize>load<u32>(values)
    if (validate(values + 16, values + 16 + bytes, program, scratch) == 0) fitting++
    values += 16 + ((bytes + 31) & ~15)
  }
  return fitting
}

/** As `validateEach`, for keys. */
export function extractEach(values: usize, count: i32, program: usize, scratch: usize): i32 {
  let found = 0
  for (let index = 0; index < count; index++) {
    const bytes = <usize>load<u32>(values)
    if (extractKey(values + 16, values + 16 + bytes, program, scratch) == 0) found++
    values += 16 + ((bytes + 31) & ~15)
  }
  return found
}
