// The way through arrays and objects, from left to right: what nearly every byte of nearly every record passes.
// It takes for granted that the text is right and looks at the end of the input once a value: what was read behind the end
// can only make a token reach it, and then the text was cut.
// It is one function, longer than others, and calls nothing: an engine keeps locals in registers only within a function, and
// what is needed behind a call, however rare, on the stack from its beginning, which cost a third of the speed. Whatever is
// rare ends the walk with the reason why, is done by detours.ts, and the walk starts again where it was with what it left in
// the globals below.
import {
  isDigit,
  isExponentLetter,
  MINUS,
  otherThanDigits,
  POINT,
  shortDecimal,
  writeShortInteger,
  ZERO,
  ZEROS,
} from './digits'
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
  shapeOf,
} from './frames'
import { backslashLanes, QUOTE, quoteLanes, spaceLanes } from './lanes'
import { FRAME_BYTES } from './layout'
import { literalBytes, literalCode } from './literal'
import { reversedLanes, writeFloat } from './msgpack'
import {
  bitOf,
  follow,
  guessToken,
  insideOf,
  isOddToken,
  isToken,
  nextOf,
  noteSpace,
  shapeOfNode,
  spaceOf,
  tokenBytes,
  tokenBytesOf,
  writeKey,
  writeOddKey,
} from './shapes'
import { controlLanes, spaceBytes } from './space'
import { copyMiddleString, copyShortString } from './string'

const COMMA: u32 = 0x2c
const SPACE_BYTE: u32 = 0x20

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
/** The bits of the keys so far of the object at hand. */
export let walkSeen: u64 = 0
/** The commas so far of the container at hand. */
export let walkCount: u32 = 0
/** The quote of the first key that repeats another of its object; the highest address without one. */
export let firstRepeat: usize = 0

/** Hands over what the walk holds. */
export function handOver(
  place: i32,
  cursor: usize,
  out: usize,
  frame: usize,
  node: usize,
  seen: u64,
  count: u32,
): void {
  walkPlace = place
  walkCursor = cursor
  walkOut = out
  walkFrame = frame
  walkNode = node
  walkSeen = seen
  walkCount = count
}

/** Sets the walk to the beginning of a text: the value at `cursor`, in the frame below the root. */
export function startWalk(cursor: usize, out: usize, frame: usize, node: usize): void {
  firstRepeat = usize.MAX_VALUE
  handOver(AT_VALUE, cursor, out, frame, node, 0, 0)
}

export function noteRepeat(quote: usize): void {
  firstRepeat = min(firstRepeat, quote)
}

/** Goes on from where the walk was; returns why it stops. */
export function walk(end: usize): i32 {
  let place = walkPlace
  let cursor = walkCursor
  let out = walkOut
  let frame = walkFrame
  let node = walkNode
  let seen = walkSeen
  let count = walkCount
  let reason = DONE
  const spaces = spaceLanes()
  const controls = controlLanes()
  const quotes = quoteLanes()
  const backslashes = backslashLanes()
  const reversed = reversedLanes()
  while (true) {
    if (place != BEHIND_VALUE) {
      if (closeOf(frame) == <u32>place) {
        let chunk = v128.load(cursor)
        let next = nextOf(node)
        let bytes = tokenBytesOf(next)
        if (isToken(next, chunk)) writeKey(out, next)
        else {
          let isNext = false
          if (<u32>load<u8>(cursor) != QUOTE) {
            reason = SPACE
            const space = spaceBytes(chunk, spaces, controls)
            if (space == 16) break
            // As it was last time: the branch lets the processor go on without having counted.
            const usual = spaceOf(next)
            if (space == usual) cursor += usual
            else {
              cursor += space
              noteSpace(next, space)
            }
            chunk = v128.load(cursor)
            isNext = isToken(next, chunk)
          }
          if (isNext) writeKey(out, next)
          else if (isOddToken(next, chunk, cursor, end)) writeOddKey(out, next)
          else {
            reason = KEY
            // The length of the guess is the same, but its way to the cursor is twice as long.
            bytes = tokenBytes(chunk, quotes)
            next = guessToken(shapeOf(frame), load<u64>(cursor), bytes)
            if (!isToken(next, chunk)) break
            if (shapeOfNode(next) != shapeOf(frame)) break
            follow(node, next)
            writeKey(out, next)
          }
        }
        const bit = bitOf(next)
        if ((seen & bit) != 0) firstRepeat = min(firstRepeat, cursor)
        seen |= bit
        node = next
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
        if (first == SPACE_BYTE) first = load<u8>(++cursor)
        if (first <= SPACE_BYTE) {
          reason = SPACE
          const space = spaceBytes(v128.load(cursor), spaces, controls)
          if (space - 1 >= 15) break
          cursor += space
          first = load<u8>(cursor)
        }
      }
      if (first == QUOTE) {
        reason = STRING
        let headerBytes: usize = 1
        let bytes = copyShortString(cursor + 1, out, spaces, quotes, backslashes)
        if (bytes == 32) {
          if (cursor >= end) break
          bytes = copyMiddleString(cursor + 1, out, spaces, quotes, backslashes)
          if (bytes == 64) break
          // A quote behind the end would lead too far behind it.
          if (cursor + bytes + 1 >= end) break
          headerBytes = 2
        }
        if (<u32>load<u8>(cursor + bytes, 1) != QUOTE) break
        cursor += bytes + 2
        out += bytes + headerBytes
      } else if (isDigit(first)) {
        reason = NUMBER
        const eight = load<u64>(cursor) ^ ZEROS
        const others = otherThanDigits(eight)
        const bits = ctz(others) & 120
        if (first == ZERO) if (bits != 8) break
        let behind = cursor + <usize>(bits >> 3)
        let next = <u32>load<u8>(behind)
        if (next != POINT) {
          if (isExponentLetter(next)) break
          if (bits == 64) if (isDigit(next)) break
          out = writeShortInteger(out, eight, bits)
        } else {
          // The point does not carry into the bytes above it, so that the next that is no digit is right, too.
          const endBits = ctz(others & (others - 1)) & 120
          if (endBits <= bits + 8) break
          behind = cursor + <usize>(endBits >> 3)
          next = load<u8>(behind)
          if (isExponentLetter(next)) break
          if (endBits == 64) if (isDigit(next)) break
          const value = shortDecimal(eight, bits, endBits)
          if (floor(value) == value) break
          out = writeFloat(out, value, reversed)
        }
        cursor = behind
      } else if ((first | 0x20) == 0x7b) {
        reason = OPEN
        if (frame >= frameLimit) break
        if (cursor >= end) break
        const close = first + 2
        if (<u32>load<u8>(cursor, 1) != close) {
          let shape: usize = 0
          if (close == CLOSE_OBJECT) {
            shape = insideOf(node)
            if (shape == 0) break
          }
          frame = openFrame(frame, close, out, shape, seen, node, count)
          cursor++
          out++
          count = 0
          if (shape != 0) {
            seen = 0
            node = shape
          }
          place = AT_KEY
          continue
        }
        store<u8>(out, <u8>(close == CLOSE_OBJECT ? 0x80 : 0x90))
        cursor += 2
        out++
        reason = DONE
        if (closeOf(frame) == 0) break
      } else {
        const word = load<u32>(cursor)
        const bytes = literalBytes(word, cursor)
        reason = first == MINUS ? NUMBER : FAULT
        if (bytes == 0) break
        store<u8>(out, <u8>literalCode(word))
        cursor += bytes
        out++
      }
      place = BEHIND_VALUE
    }
    let next = <u32>load<u8>(cursor)
    if (next <= SPACE_BYTE) {
      reason = FAULT
      if (cursor >= end) break
      reason = SPACE
      const space = spaceBytes(v128.load(cursor), spaces, controls)
      if (space - 1 >= 15) break
      cursor += space
      next = load<u8>(cursor)
    }
    reason = FAULT
    if (cursor >= end) break
    if (next == COMMA) {
      cursor++
      count++
      place = AT_KEY
      continue
    }
    if (next != closeOf(frame)) break
    reason = CLOSE
    if (keysOf(frame) != keysEnd) break
    closeFrame(frame, next, count + 1)
    cursor++
    frame -= FRAME_BYTES
    seen = seenOf(frame)
    node = nodeOf(frame)
    count = countOf(frame)
    reason = DONE
    if (closeOf(frame) == 0) break
  }
  handOver(place, cursor, out, frame, node, seen, count)
  // Behind the end of the input a root may have seemed complete.
  return reason == DONE && cursor > end ? FAULT : reason
}
