// The way through arrays and objects, from left to right: what nearly every byte of nearly every record passes.
// It calls nothing while it goes on: the compilers of WebAssembly keep what is needed behind a call on the stack, for the
// whole of a function. Whatever is rare ends it with the reason why, is done by detours.ts, and the walk starts again where
// it was; what it holds is handed over in the globals below.
// It takes for granted that the text is right and looks at the end of the input once a value: what was read behind the end
// can only make a token reach it, and then the text was cut.
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
import { FRAME_BYTES } from './layout'
import { literalBytes, literalCode } from './literal'
import { writeDouble } from './msgpack'
import { isDigit, otherThanDigits, shortDecimal, writeShortInteger, ZEROS } from './number'
import { bitOf, follow, guessToken, insideOf, isOddToken, isToken, nextOf, shapeOfNode, tokenBytesOf } from './shapes'
import { spaceBytes, SPACES } from './space'
import { copyShortString, LANES, QUOTE } from './string'

const COMMA: u32 = 0x2c
const POINT: u32 = 0x2e

// Where the walk goes on.
/** It is the bracket that closes an object, so that one comparison tells whether a key comes. */
export const AT_KEY: i32 = 0x7d
export const AT_VALUE: i32 = 1
export const BEHIND_VALUE: i32 = 2

// Why it stopped.
/** The root is complete. */
export const DONE: i32 = 0
/** No valid text has the byte at the cursor there, or the input ends. */
export const FAULT: i32 = 1
/** White space, more than sixteen bytes; or a container that is empty but for it. */
export const SPACE: i32 = 2
/** A key that no guess fits. */
export const KEY: i32 = 3
/** A string that is long, or not plain. */
export const STRING: i32 = 4
/** A number that is not short, or wrong. */
export const NUMBER: i32 = 5
/** An opening bracket: an object where none was met before, or too deep. */
export const OPEN: i32 = 6
/** A closing bracket of an object with keys to compare. */
export const CLOSE: i32 = 7

export let walkCursor: usize = 0
export let walkOut: usize = 0
export let walkFrame: usize = 0
export let walkNode: usize = 0
export let walkSeen: u64 = 0
export let walkCount: u32 = 0
export let walkPlace: i32 = 0
/** The quote of the first key that repeats another of its object; the largest address without one. */
export let firstRepeat: usize = 0

/** Hands over what the walk holds. Returns `reason`. */
export function pause(
  reason: i32,
  place: i32,
  cursor: usize,
  out: usize,
  frame: usize,
  node: usize,
  seen: u64,
  count: u32,
): i32 {
  walkPlace = place
  walkCursor = cursor
  walkOut = out
  walkFrame = frame
  walkNode = node
  walkSeen = seen
  walkCount = count
  return reason
}

export function noteRepeat(quote: usize): void {
  firstRepeat = min(firstRepeat, quote)
}

/** Hands over the end of a text without containers. */
export function endWalk(cursor: usize, out: usize): i32 {
  firstRepeat = usize.MAX_VALUE
  return pause(DONE, BEHIND_VALUE, cursor, out, 0, 0, 0, 0)
}

export function startWalk(cursor: usize, out: usize, frame: usize, node: usize): void {
  firstRepeat = usize.MAX_VALUE
  pause(DONE, AT_VALUE, cursor, out, frame, node, 0, 0)
}

/** Goes on from where the walk paused; returns why it pauses again. */
export function walk(end: usize): i32 {
  let cursor = walkCursor
  let out = walkOut
  let frame = walkFrame
  let node = walkNode
  let seen = walkSeen
  let count = walkCount
  let place = walkPlace
  const spaces = v128.load(LANES)
  const quotes = v128.load(LANES, 16)
  const backslashes = v128.load(LANES, 32)
  const others = v128.load(SPACES, 16)
  while (true) {
    if (place != BEHIND_VALUE) {
      if (closeOf(frame) == <u32>place) {
        let chunk = v128.load(cursor)
        let next = nextOf(node)
        if (!isToken(next, chunk)) {
          let bytes = spaceBytes(chunk, spaces, others)
          if (bytes != 0) {
            if (bytes == 16) return pause(SPACE, AT_KEY, cursor, out, frame, node, seen, count)
            cursor += bytes
            chunk = v128.load(cursor)
          }
          if (!isToken(next, chunk) && !isOddToken(next, chunk, cursor, end)) {
            const lanes = i8x16.bitmask(i8x16.eq(chunk, quotes))
            bytes = <usize>ctz(lanes & 0xfffe) + 2
            next = guessToken(shapeOf(frame), load<u64>(cursor), bytes)
            if (!isToken(next, chunk)) return pause(KEY, AT_KEY, cursor, out, frame, node, seen, count)
            if (shapeOfNode(next) != shapeOf(frame)) return pause(KEY, AT_KEY, cursor, out, frame, node, seen, count)
            follow(node, next)
          }
        }
        const bytes = tokenBytesOf(next)
        store<u8>(out, <u8>(0x9d + bytes))
        v128.store(out, v128.load(cursor, 1), 1)
        if (bytes > 16) v128.store(out, v128.load(cursor, 17), 17)
        const bit = bitOf(next)
        if ((seen & bit) != 0) firstRepeat = min(firstRepeat, cursor)
        cursor += bytes
        out += bytes - 2
        seen |= bit
        node = next
      }
      let first = <u32>load<u8>(cursor)
      if (first <= 0x20) {
        if (first == 0x20) first = load<u8>(++cursor)
        if (first <= 0x20) {
          const bytes = spaceBytes(v128.load(cursor), spaces, others)
          if (bytes - 1 >= 15) return pause(SPACE, AT_VALUE, cursor, out, frame, node, seen, count)
          cursor += bytes
          first = load<u8>(cursor)
        }
      }
      if (first == QUOTE) {
        const bytes = copyShortString(cursor + 1, out, spaces, quotes, backslashes)
        if (bytes >= 32) return pause(STRING, AT_VALUE, cursor, out, frame, node, seen, count)
        if (<u32>load<u8>(cursor + bytes, 1) != QUOTE) return pause(STRING, AT_VALUE, cursor, out, frame, node, seen, count)
        cursor += bytes + 2
        out += bytes + 1
      } else if (first - 0x30 < 10) {
        const eight = load<u64>(cursor) ^ ZEROS
        const otherBytes = otherThanDigits(eight)
        const bits = ctz(otherBytes) & 120
        let behind = cursor + <usize>(bits >> 3)
        let next = <u32>load<u8>(behind)
        if (first == 0x30 && bits != 8) return pause(NUMBER, AT_VALUE, cursor, out, frame, node, seen, count)
        if (next == POINT) {
          const endBits = ctz(otherBytes & (otherBytes - 1)) & 120
          if (endBits <= bits + 8) return pause(NUMBER, AT_VALUE, cursor, out, frame, node, seen, count)
          behind = cursor + <usize>(endBits >> 3)
          next = load<u8>(behind)
          if ((next | 0x20) == 0x65) return pause(NUMBER, AT_VALUE, cursor, out, frame, node, seen, count)
          if (endBits == 64) if (isDigit(next)) return pause(NUMBER, AT_VALUE, cursor, out, frame, node, seen, count)
          const value = shortDecimal(eight, bits, endBits)
          if (floor(value) == value) return pause(NUMBER, AT_VALUE, cursor, out, frame, node, seen, count)
          out = writeDouble(out, reinterpret<u64>(value))
        } else {
          if ((next | 0x20) == 0x65) return pause(NUMBER, AT_VALUE, cursor, out, frame, node, seen, count)
          if (bits == 64) if (isDigit(next)) return pause(NUMBER, AT_VALUE, cursor, out, frame, node, seen, count)
          out = writeShortInteger(out, eight, bits)
        }
        cursor = behind
      } else if ((first | 0x20) == 0x7b) {
        if (<u32>load<u8>(cursor, 1) == first + 2 && frame < frameLimit && closeOf(frame) != 0) {
          store<u8>(out, <u8>(first == 0x5b ? 0x90 : 0x80))
          out++
          cursor += 2
        } else {
          if (frame >= frameLimit) return pause(OPEN, AT_VALUE, cursor, out, frame, node, seen, count)
          if (cursor >= end) return pause(OPEN, AT_VALUE, cursor, out, frame, node, seen, count)
          let shape: usize = 0
          if (first == 0x7b) {
            shape = insideOf(node)
            if (shape == 0) return pause(OPEN, AT_VALUE, cursor, out, frame, node, seen, count)
          }
          frame = openFrame(frame, first + 2, out, shape, seen, node, count)
          out++
          cursor++
          count = 0
          if (shape != 0) {
            seen = 0
            node = shape
          }
          place = AT_KEY
          continue
        }
      } else {
        const word = load<u32>(cursor)
        const bytes = literalBytes(word, cursor)
        if (bytes == 0) return pause(first == 0x2d ? NUMBER : FAULT, AT_VALUE, cursor, out, frame, node, seen, count)
        store<u8>(out, <u8>literalCode(word))
        out++
        cursor += bytes
      }
    }
    let next = <u32>load<u8>(cursor)
    if (next <= 0x20) {
      const bytes = spaceBytes(v128.load(cursor), spaces, others)
      if (bytes - 1 >= 15) return pause(SPACE, BEHIND_VALUE, cursor, out, frame, node, seen, count)
      cursor += bytes
      next = load<u8>(cursor)
    }
    if (cursor >= end) return pause(FAULT, BEHIND_VALUE, cursor, out, frame, node, seen, count)
    if (next == COMMA) {
      place = AT_KEY
      cursor++
      count++
      continue
    }
    if (next != closeOf(frame)) return pause(FAULT, BEHIND_VALUE, cursor, out, frame, node, seen, count)
    if (keysOf(frame) != keysEnd) return pause(CLOSE, BEHIND_VALUE, cursor, out, frame, node, seen, count)
    closeFrame(frame, next, count + 1)
    cursor++
    frame -= FRAME_BYTES
    seen = seenOf(frame)
    node = nodeOf(frame)
    count = countOf(frame)
    if (closeOf(frame) == 0) return pause(DONE, BEHIND_VALUE, cursor, out, frame, node, seen, count)
    place = BEHIND_VALUE
  }
}
