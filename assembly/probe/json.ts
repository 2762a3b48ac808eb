// What the tests of assembly/json call: the parser and its parts, with addresses and bits as 32-bit numbers.
import { parse, parsedEnd, errorOffset, valueStart, valueEnd, setSeed } from '../json/parse'
import { placeOf, setSource, SOURCE_JSON } from '../schema/place'
import { SCRATCH_BYTES } from '../abi'

export { parse, setSeed }

/** Byte offset in the accepted text of the value that the ordinals at `path` lead to. */
export function locate(input: usize, end: usize, path: usize, pathCount: i32, scratch: usize): i32 {
  setSource(SOURCE_JSON, input, end, scratch)
  return placeOf(path, pathCount)
}

/** First address that is free for the host. */
export function heapBase(): i32 {
  return <i32>__heap_base
}

export function scratchBytes(): i32 {
  return <i32>SCRATCH_BYTES
}

export function getParsedEnd(): i32 {
  return <i32>parsedEnd
}

export function getErrorOffset(): i32 {
  return errorOffset
}

export function getValueStart(): i32 {
  return <i32>valueStart
}

export function getValueEnd(): i32 {
  return <i32>valueEnd
}
