// The way through arrays and objects, from left to right: what nearly every byte of nearly every record passes.
// It takes for granted that the text is right and looks at the end of the input once a value: what was read behind the end
// can only make a token reach it, and then the text was cut.
// It is one function and calls nothing: an engine keeps locals in registers only within a function, and what is needed behind
// a call, however rare, on the stack from its beginning, which cost a third of the speed. What can be a function of its own
// and answer in one value is one, inlined from steps.ts; the rest changes several locals at once, and as steps with their
// answers packed into words it was 5 % slower (15 % with shuffled keys), so `walk` stays longer than other functions.
// Whatever is rare ends the walk with the reason why, is done by detours.ts, and the walk starts again where it was with
// what it left in the globals below.
import { isDigit, MINUS } from './digits'
import {
  CLOSE_OBJECT,
  closeFrame,
  closeOf,
  countOf,
  frameLimit,
  keysEnd,
  keysOf,
  nodeOf,
  openFrame,
  seenOf,
  setCount,
  setSeen,
  shapeOf,
} from './frames'
import { backslashLanes, QUOTE, quoteLanes, spaceLanes } from './lanes'
import { FRAME_BYTES } from './layout'
import { literalBytes, literalCode } from './literal'
import { reversedLanes } from './msgpack'
import { notePlace } from './places'
import { bitOf, insideOf, nextOf, tokenBytes, tokenBytesOf } from './shapes'
import { controlLanes, SPACE_BYTE, spaceBytes } from './space'
import {
  copyString,
  isGuessedKey,
  knownKey,
  shortHeaderBytes,
  spaceBeforeKey,
  spaceBeforeValue,
  stepNumber,
  textBytesOf,
  writtenBytesOf,
} from './steps'

const COMMA: u32 = 0x2c

// Where the walk goes on.
/** At a key, or in an array at a value. It is the bracket that closes an object, so that one comparison tells which. */
export const AT_KEY: i32 = 0x7d
export const AT_VALUE: i32 = 1
export const BEHIND_VALUE: i32 = 2

// Why it stopped.
/** The root is complete. */
export const DONE: i32 = 0
/** No valid text has the byte at the cursor there, or the input ends, or an array is empty but for white space. */
export const FAULT: i32 = 1
/** White space of sixteen bytes or more, or a control character. */
export const SPACE: i32 = 2
/** A key that no guess fits, or none. */
export const KEY: i32 = 3
/** A string that is long, not plain, or wrong. */
export const STRING: i32 = 4
/** A number that is not short, or wrong. */
export const NUMBER: i32 = 5
/** An opening bracket: an object where none was met before, or too deep. */
export const OPEN: i32 = 6
/** A closing bracket behind keys that must be compared. */
export const CLOSE: i32 = 7

export let walkPlace: i32 = 0
export let walkCursor: usize = 0
export let walkOut: usize = 0
export let walkFrame: usize = 0
/** The shape's node of the key at hand, or of the key whose value holds the array at hand. */
export let walkNode: usize = 0
/** The quote of the first key that repeats another of its object; the highest address without one. */
export let firstRepeat: usize = 0

/** Hands over what the walk holds. */
export function handOver(place: i32, cursor: usize, out: usize, frame: usize, node: usize): void {
  walkPlace = place
  walkCursor = cursor
  walkOut = out
  walkFrame = frame
  walkNode = node
}

/** Sets the walk to the beginning of a text: the value at `cursor`, in the frame below the root. */
export function startWalk(cursor: usize, out: usize, frame: usize, node: usize): void {
  firstRepeat = usize.MAX_VALUE
  handOver(AT_VALUE, cursor, out, frame, node)
}

export function noteRepeat(quote: usize): void {
  firstRepeat = min(firstRepeat, quote)
}

/** Notes that the key at `quote`, written at `out`, is one of the frame's object. */
@inline
function noteKey(frame: usize, node: usize, quote: usize, out: usize): void {
  notePlace(out, node)
  const bit = bitOf(node)
  const seen = seenOf(frame)
  if ((seen & bit) != 0) firstRepeat = min(firstRepeat, quote)
  setSeen(frame, seen | bit)
}

/** Goes on from where the walk was; returns why it stops. */
export function walk(end: usize): i32 {
  let place = walkPlace
  let cursor = walkCursor
  let out = walkOut
  let frame = walkFrame
  let node = walkNode
  let reason = DONE
  const spaces = spaceLanes()
  const controls = controlLanes()
  const quotes = quoteLanes()
  const backslashes = backslashLanes()
  const reversed = reversedLanes()
  while (true) {
    if (place != BEHIND_VALUE) {
      if (closeOf(frame) == <u32>place) {
        if (<u32>load<u8>(cursor) != QUOTE) {
          reason = SPACE
          const space = spaceBeforeKey(nextOf(node), cursor, spaces, controls)
          if (space == 16) break
          cursor += space
        }
        const chunk = v128.load(cursor)
        let key = nextOf(node)
        let bytes = tokenBytesOf(key)
        if (!isGuessedKey(key, chunk, cursor, end, out)) {
          reason = KEY
          // The node's length is the same, but its way to the cursor is twice as long.
          bytes = tokenBytes(chunk, quotes)
          key = knownKey(node, shapeOf(frame), chunk, bytes, cursor, out)
          if (key == 0) break
        }
        node = key
        noteKey(frame, key, cursor, out)
        cursor += bytes
        out += bytes - 2
        // A key that seemed to be there behind the end: what follows would be read too far behind it.
        reason = FAULT
        place = AT_VALUE
        if (cursor >= end) break
      }
      place = AT_VALUE
      let first = <u32>load<u8>(cursor)
      if (first <= SPACE_BYTE) {
        reason = SPACE
        const space = spaceBeforeValue(first, cursor, spaces, controls)
        if (space == 0) break
        cursor += space
        first = load<u8>(cursor)
      }
      if (first == QUOTE) {
        reason = STRING
        const bytes = copyString(cursor, end, out, spaces, quotes, backslashes)
        if (bytes == 64) break
        if (<u32>load<u8>(cursor + bytes, 1) != QUOTE) break
        cursor += bytes + 2
        out += bytes + shortHeaderBytes(bytes)
      } else if (isDigit(first)) {
        reason = NUMBER
        const number = stepNumber(first, cursor, out, reversed)
        if (number == 0) break
        cursor += textBytesOf(number)
        out += writtenBytesOf(number)
      } else if ((first | 0x20) == 0x7b) {
        reason = OPEN
        if (frame >= frameLimit || cursor >= end) break
        const close = first + 2
        if (<u32>load<u8>(cursor, 1) != close) {
          // Objects in an array have the shape of those in the value that the array is in.
          const inside = close == CLOSE_OBJECT ? insideOf(node) : node
          if (inside == 0) break
          frame = openFrame(frame, close, out, inside, node)
          node = inside
          cursor++
          out++
          place = AT_KEY
          continue
        }
        store<u8>(out, <u8>(close == CLOSE_OBJECT ? 0x80 : 0x90))
        cursor += 2
        out++
        reason = DONE
        if (closeOf(frame) == 0) break
      } else {
        reason = first == MINUS ? NUMBER : FAULT
        const word = load<u32>(cursor)
        const bytes = literalBytes(word, cursor)
        if (bytes == 0) break
        store<u8>(out, <u8>literalCode(word))
        cursor += bytes
        out++
      }
      place = BEHIND_VALUE
    }
    let next = <u32>load<u8>(cursor)
    if (next <= SPACE_BYTE) {
      reason = cursor >= end ? FAULT : SPACE
      const space = spaceBytes(v128.load(cursor), spaces, controls)
      if (cursor >= end || space - 1 >= 15) break
      cursor += space
      next = load<u8>(cursor)
    }
    reason = FAULT
    if (cursor >= end) break
    if (next == COMMA) {
      cursor++
      setCount(frame, countOf(frame) + 1)
      place = AT_KEY
      continue
    }
    if (next != closeOf(frame)) break
    reason = CLOSE
    if (keysOf(frame) != keysEnd) break
    closeFrame(frame, next, countOf(frame) + 1)
    cursor++
    frame -= FRAME_BYTES
    node = nodeOf(frame)
    reason = DONE
    if (closeOf(frame) == 0) break
  }
  handOver(place, cursor, out, frame, node)
  // Behind the end of the input a root may have seemed complete.
  return reason == DONE && cursor > end ? FAULT : reason
}
