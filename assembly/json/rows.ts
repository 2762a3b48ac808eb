// Numbers that are not short, one behind another in an array or in rows of arrays: coordinates, matrices, measurements. They
// have a loop of their own: each thing the walk's loop holds makes all others in it slower.
// It takes compact text, and a space behind a comma; whatever else comes is the walk's again.
import { CLOSE_ARRAY, closeFrame, closeOf, countOf, reopenFrame, setCount } from './frames'
import { FRAME_BYTES } from './layout'
import { isDigit, MINUS } from './digits'
import { middleOut, readMiddleNumber } from './middle-number'
import { AT_VALUE, BEHIND_VALUE, handOver, walkCursor, walkFrame, walkNode, walkOut } from './walk'

const COMMA: u32 = 0x2c
const SPACE: u32 = 0x20
/** `],[`, the first byte lowest. */
const NEXT_ROW: u32 = 0x5b2c5d

/** Hands over to the walk in the same frame. Returns whether a number was read. */
function leave(place: i32, cursor: usize, out: usize, count: u32): bool {
  const isAhead = cursor != walkCursor
  setCount(walkFrame, count)
  handOver(place, cursor, out, walkFrame, walkNode)
  return isAhead
}

/** Reads numbers, from the one at the walk's cursor on; false when not even that one is for readMiddleNumber. */
export function walkNumbers(end: usize): bool {
  let cursor = walkCursor
  let out = walkOut
  let count = countOf(walkFrame)
  const frame = walkFrame
  const isArray = closeOf(frame) == CLOSE_ARRAY
  const isRow = isArray && closeOf(frame - FRAME_BYTES) == CLOSE_ARRAY
  if (cursor >= end) return false
  while (true) {
    const isNegative = <u32>load<u8>(cursor) == MINUS
    const behind = readMiddleNumber(cursor + <usize>isNegative, isNegative, out)
    if (behind == 0) return leave(AT_VALUE, cursor, out, count)
    cursor = behind
    out = middleOut
    if (!isArray || cursor >= end) return leave(BEHIND_VALUE, cursor, out, count)
    if (<u32>load<u8>(cursor) == COMMA) {
      cursor++
      count++
    } else if (isRow && (load<u32>(cursor) & 0xffffff) == NEXT_ROW) {
      closeFrame(frame, CLOSE_ARRAY, count + 1)
      reopenFrame(frame, out)
      cursor += 3
      out++
      count = 0
    } else return leave(BEHIND_VALUE, cursor, out, count)
    if (<u32>load<u8>(cursor) == SPACE) cursor++
    const first = <u32>load<u8>(cursor)
    if (cursor >= end || (first != MINUS && !isDigit(first))) return leave(AT_VALUE, cursor, out, count)
  }
}
