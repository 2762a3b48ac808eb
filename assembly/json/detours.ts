// What the walk leaves aside because it is rare. Each function does one such thing at the walk's cursor and hands over to
// the walk behind it, or returns the status of a refusal.
import { OK, TOO_DEEP } from '../abi'
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  closeFrame,
  closeOf,
  countOf,
  frameLimit,
  keysEnd,
  keysOf,
  nodeOf,
  openFrames,
  seenOf,
  setKeysEnd,
  setSeen,
  shapeOf,
} from './frames'
import { KEY_BYTES, pushKey, repeatedKey } from './keys'
import { BIGNUMS, CONTAINERS, FRAME_BYTES, FRAMES, KEY_TABLE, KEYS, PLACES, TOKEN } from './layout'
import { QUOTE } from './lanes'
import { refuseLiteral } from './literal'
import { numberOut, readNumber, refuseNumber } from './number'
import { notePlace, openPlaces } from './places'
import { refuse, refuseByte } from './refusal'
import { walkNumbers } from './rows'
import { addShape, bitOf, findKey, follow, isNothing, openShapes } from './shapes'
import { skipSpace } from './space'
import { readString, stringOut, writtenBytes } from './string'
import { refuseString } from './string-refusal'
import {
  AT_VALUE,
  BEHIND_VALUE,
  CLOSE,
  DONE,
  KEY,
  noteRepeat,
  NUMBER,
  OPEN,
  handOver,
  SPACE,
  startWalk,
  STRING,
  walk,
  walkCursor,
  walkFrame,
  walkNode,
  walkOut,
  walkPlace,
} from './walk'

const COLON: u32 = 0x3a

/** Parses the array or object whose opening bracket is at `start`; walkCursor and walkOut then say where both end. */
export function parseContainer(start: usize, end: usize, out: usize, scratch: usize, depthMax: i32): i32 {
  const bottom = scratch + FRAMES
  openFrames(bottom, depthMax, scratch + CONTAINERS, scratch + KEYS)
  openPlaces(scratch + PLACES)
  startWalk(start, out, bottom, openShapes(scratch))
  while (true) {
    const reason = walk(end)
    if (reason == DONE) return OK
    const status = detour(reason, end, scratch)
    // A root that is empty but for white space is closed on the detour.
    if (status != OK || (walkPlace == BEHIND_VALUE && closeOf(walkFrame) == 0)) return status
  }
}

function detour(reason: i32, end: usize, scratch: usize): i32 {
  switch (reason) {
    case SPACE:
      return passSpace(end)
    case KEY:
      return passKey(end, scratch)
    case STRING:
      return passString(end)
    case NUMBER:
      return passNumber(end, scratch)
    case OPEN:
      return passOpen(end)
    case CLOSE:
      return passClose(scratch)
    default:
      return passFault(end)
  }
}

/** Lets the walk go on at `place`, `cursor` and `out` in the same container. */
function goOn(place: i32, cursor: usize, out: usize): i32 {
  handOver(place, cursor, out, walkFrame, walkNode)
  return OK
}

function passSpace(end: usize): i32 {
  const next = skipSpace(walkCursor, end)
  // A byte below the space that is no white space stops the walk, too.
  return next == walkCursor || next == end ? refuseByte(next, end) : goOn(walkPlace, next, walkOut)
}

function passKey(end: usize, scratch: usize): i32 {
  const quote = walkCursor
  if (quote >= end || <u32>load<u8>(quote) != QUOTE) return closesEmpty(CLOSE_OBJECT, end) ? OK : refuseByte(quote, end)
  const behind = readString(quote + 1, end, walkOut)
  if (behind == 0) return refuseString(quote + 1, end)
  const colon = skipSpace(behind, end)
  if (colon == end || <u32>load<u8>(colon) != COLON) return refuseByte(colon, end)
  const bytes = writtenBytes(walkOut)
  const key = stringOut - bytes
  const node = findKey(shapeOf(walkFrame), key, bytes, scratch + TOKEN)
  if (isNothing(node)) {
    pushKey(keysEnd, key, bytes, quote)
    setKeysEnd(keysEnd + KEY_BYTES)
  } else {
    const seen = seenOf(walkFrame)
    if ((seen & bitOf(node)) != 0) noteRepeat(quote)
    setSeen(walkFrame, seen | bitOf(node))
    follow(walkNode, node)
  }
  notePlace(walkOut, node)
  handOver(AT_VALUE, colon + 1, stringOut, walkFrame, node)
  return OK
}

function passString(end: usize): i32 {
  const next = readString(walkCursor + 1, end, walkOut)
  return next == 0 ? refuseString(walkCursor + 1, end) : goOn(BEHIND_VALUE, next, stringOut)
}

function passNumber(end: usize, scratch: usize): i32 {
  if (walkNumbers(end)) return OK
  const next = readNumber(walkCursor, end, walkOut, scratch + BIGNUMS)
  return next == 0 ? refuseNumber(walkCursor, end) : goOn(BEHIND_VALUE, next, numberOut)
}

function passOpen(end: usize): i32 {
  if (walkFrame >= frameLimit || walkCursor >= end) return refuse(TOO_DEEP, walkCursor, end)
  addShape(walkNode)
  return OK
}

function passClose(scratch: usize): i32 {
  const keys = keysOf(walkFrame)
  noteRepeat(repeatedKey(keys, keysEnd, scratch + KEY_TABLE))
  setKeysEnd(keys)
  return OK
}

function passFault(end: usize): i32 {
  if (walkPlace == BEHIND_VALUE) return refuseByte(walkCursor, end)
  return closesEmpty(CLOSE_ARRAY, end) ? OK : refuseLiteral(walkCursor, end)
}

/** Closes the container at hand if the bracket at the cursor is `close`, closes it, and nothing came before. */
function closesEmpty(close: u32, end: usize): bool {
  if (walkCursor >= end || <u32>load<u8>(walkCursor) != close) return false
  if (closeOf(walkFrame) != close || countOf(walkFrame) != 0) return false
  closeFrame(walkFrame, close, 0)
  const frame = walkFrame - FRAME_BYTES
  handOver(BEHIND_VALUE, walkCursor + 1, walkOut, frame, nodeOf(frame))
  return true
}
