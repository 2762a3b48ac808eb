// Strict JSON (RFC 8259, UTF-8) to canonical MessagePack in one walk from left to right, with an explicit stack. The walk
// takes for granted that the text is right and looks at the end of the input once a value: what was read behind the end can
// only make a token reach it, and then the text was cut. It says no at the first fault; refusal.ts, string.ts and number.ts
// then say why.
// What always holds: nothing is read further than SLACK_BYTES behind the input or written further than that behind the
// output; the time is linear in the bytes; no input traps.
//
// A frame, 32 bytes, holds what the walk knows of the container around the one it is in:
//   0  u32  container   its entry in the table of containers
//   4  u32  count       its elements or members so far
//   8  u32  close       the bracket that closes it
//  12  u32  keys        where its keys start on the stack of keys
import {
  DEPTH_MAX,
  DUPLICATE_KEY,
  EMPTY,
  OK,
  RECORD_TOO_LARGE,
  SCRATCH_JSON,
  TOO_DEEP,
  TRAILING_BYTES,
} from '../abi'
import { growContainers } from './containers'
import { KEY_BYTES, NO_KEY, pushKey, repeatedKey } from './keys'
import {
  BIGNUMS,
  CONTAINER_BYTES,
  CONTAINERS,
  FRAME_BYTES,
  FRAMES,
  JSON_BYTES_MAX,
  KEY_TABLE,
  KEYS,
  outputBytesMax,
} from './layout'
import { isDigit, MINUS, numberOut, readAnyNumber, readNumber, readShortNumber, refuseNumber } from './number'
import { refuse, refuseByte, refusedAt } from './refusal'
import { skipSpace } from './space'
import {
  bitOf,
  findKey,
  follow,
  isNothing,
  isToken,
  nextOf,
  NODE_BYTES,
  openShapes,
  shapeInside,
  tokenBytesOf,
} from './shapes'
import { copyShortString, LANES, QUOTE, readString, refuseString, stringOut } from './string'

export { setSeed } from './keys'

const COMMA: u32 = 0x2c
const COLON: u32 = 0x3a
const CLOSE_ARRAY: u32 = 0x5d
const CLOSE_OBJECT: u32 = 0x7d

/** End of the MessagePack that the last accepted text became. */
export let parsedEnd: usize = 0
/** Where the last refused text is wrong: docs/formats.md "Record status". */
export let errorOffset: i32 = 0
/** The last accepted text without the white space around it. */
export let valueStart: usize = 0
export let valueEnd: usize = 0

/** Where the walk was when it ended. */
let walkEnd: usize = 0
let walkOut: usize = 0
/** The quote of the first key that repeats another, NO_KEY without one. */
let firstRepeat: usize = NO_KEY
/** Whether a container has more than 15 members, so that its header takes more than the byte kept for it. */
let anyGrown: bool = false
let containersEnd: usize = 0
let keysEnd: usize = 0
let frameLimit: usize = 0

/**
 * Parses the JSON text from `input` to `inputEnd` and writes it as MessagePack from `output` on.
 * Returns OK and sets parsedEnd, valueStart and valueEnd; or returns a record status and sets errorOffset.
 * `depthMax` brackets may be open at once, DEPTH_MAX at most. RECORD_TOO_LARGE: more bytes than a record may have, or less
 * room from `output` to `outputEnd` than the worst text of that many bytes may take.
 */
export function parse(
  input: usize,
  inputEnd: usize,
  output: usize,
  outputEnd: usize,
  scratch: usize,
  depthMax: i32,
): i32 {
  const bytes = inputEnd - input
  if (bytes > JSON_BYTES_MAX || outputEnd - output < outputBytesMax(bytes)) {
    errorOffset = <i32>JSON_BYTES_MAX
    return RECORD_TOO_LARGE
  }
  const start = skipSpace(input, inputEnd)
  if (start == inputEnd) {
    errorOffset = <i32>bytes
    return EMPTY
  }
  const own = scratch + SCRATCH_JSON
  const status = parseValue(start, inputEnd, output, own, min(depthMax, DEPTH_MAX))
  if (status != OK) {
    errorOffset = <i32>(refusedAt - input)
    return status
  }
  valueStart = start
  valueEnd = walkEnd
  parsedEnd = anyGrown ? growContainers(own + CONTAINERS, containersEnd, walkOut) : walkOut
  return OK
}

/** Parses the value at `start` and sees that nothing comes behind it. */
function parseValue(start: usize, end: usize, out: usize, scratch: usize, depthMax: i32): i32 {
  firstRepeat = NO_KEY
  anyGrown = false
  // 5b and 7b are the opening brackets.
  const isContainer = (load<u8>(start) | 0x20) == 0x7b
  const status = isContainer ? walk(start, end, out, scratch, depthMax) : parseScalar(start, end, out, scratch)
  if (status != OK) return status
  const rest = skipSpace(walkEnd, end)
  if (rest != end) return refuse(TRAILING_BYTES, rest, end)
  return firstRepeat == NO_KEY ? OK : refuse(DUPLICATE_KEY, firstRepeat, end)
}

/** A text that is one scalar: the only one whose last token may be ended by the end of the input. */
function parseScalar(start: usize, end: usize, out: usize, scratch: usize): i32 {
  const first = <u32>load<u8>(start)
  if (first == QUOTE) {
    walkEnd = readString(start + 1, end, out)
    walkOut = stringOut
    return walkEnd == 0 ? refuseString(start + 1, end) : OK
  }
  if (first == MINUS || isDigit(first)) {
    walkEnd = readAnyNumber(start, end, out, scratch + BIGNUMS)
    walkOut = numberOut
    return walkEnd == 0 ? refuseNumber(start, end) : OK
  }
  const bytes = literalBytes(start, out)
  walkEnd = start + bytes
  walkOut = out + 1
  return bytes == 0 || walkEnd > end ? refuseLiteral(start, end) : OK
}

/** Bytes of the literal at `at`, written at `out`; 0 when there is none. */
@inline
function literalBytes(at: usize, out: usize): usize {
  const word = load<u32>(at)
  if (word == 0x65757274) {
    store<u8>(out, 0xc3)
    return 4
  }
  if (word == 0x6c6c756e) {
    store<u8>(out, 0xc0)
    return 4
  }
  if (word == 0x736c6166 && load<u8>(at, 4) == 0x65) {
    store<u8>(out, 0xc2)
    return 5
  }
  return 0
}

/** `true`, `null` and `false`, eight bytes each. */
const LITERALS: usize = memory.data<u8>([
  0x74, 0x72, 0x75, 0x65, 0, 0, 0, 0, 0x6e, 0x75, 0x6c, 0x6c, 0, 0, 0, 0, 0x66, 0x61, 0x6c, 0x73, 0x65, 0, 0, 0,
])

/** Refuses the first byte from `at` on that no literal has there. */
function refuseLiteral(at: usize, end: usize): i32 {
  for (let i: usize = 0; i < 24; i += 8) {
    let length: usize = 0
    while (at + length < end && length < 8 && load<u8>(at + length) == load<u8>(LITERALS + i + length)) length++
    if (length > 0) return refuseByte(at + length, end)
  }
  return refuseByte(at, end)
}

/** Parses the array or object whose opening bracket is at `cursor`; sets walkEnd and walkOut. */
function walk(cursor: usize, end: usize, out: usize, scratch: usize, depthMax: i32): i32 {
  let frame = scratch + FRAMES
  frameLimit = frame + <usize>depthMax * FRAME_BYTES
  containersEnd = scratch + CONTAINERS
  keysEnd = scratch + KEYS
  let count: u32 = 0
  let node = openShapes(scratch) + NODE_BYTES
  let seen: u64 = 0
  const space = v128.load(LANES)
  const quotes = v128.load(LANES, 16)
  const backslash = v128.load(LANES, 32)
  store<u32>(frame, 0, 8)
  while (true) {
    // A member's key, or nothing in an array and at the root.
    if (load<u32>(frame, 8) == CLOSE_OBJECT) {
      let next = nextOf(node)
      let isNext = isToken(next, v128.load(cursor))
      if (!isNext && <u32>load<u8>(cursor) <= 0x20) {
        cursor = skipSpace(cursor, end)
        isNext = isToken(next, v128.load(cursor))
      }
      if (isNext) {
        const bytes = tokenBytesOf(next)
        store<u8>(out, <u8>(0x9d + bytes))
        v128.store(out, v128.load(cursor, 1), 1)
        if ((seen & bitOf(next)) != 0) firstRepeat = min(firstRepeat, cursor)
        cursor += bytes
        out += bytes - 2
      } else {
        const quote = cursor
        if (<u32>load<u8>(cursor) != QUOTE) return refuseByte(cursor, end)
        let bytes = copyShortString(cursor + 1, out, space, quotes, backslash)
        if (bytes < 32 && <u32>load<u8>(cursor + bytes, 1) == QUOTE) {
          cursor += 2 + bytes
          out += 1 + bytes
        } else {
          cursor = readString(cursor + 1, end, out)
          if (cursor == 0) return refuseString(quote + 1, end)
          bytes = stringKeyBytes(out)
          out = stringOut
        }
        if (<u32>load<u8>(cursor) <= 0x20) cursor = skipSpace(cursor, end)
        if (cursor >= end || <u32>load<u8>(cursor) != COLON) return refuseByte(cursor, end)
        cursor++
        next = findKey(load<u32>(frame, 20), out - bytes, bytes)
        if (isNothing(next)) {
          pushKey(keysEnd, out - bytes, bytes, quote)
          keysEnd += KEY_BYTES
        } else {
          if ((seen & bitOf(next)) != 0) firstRepeat = min(firstRepeat, quote)
          follow(node, next)
        }
      }
      node = next
      seen |= bitOf(next)
    }
    let first = <u32>load<u8>(cursor)
    if (first <= 0x20) {
      cursor = skipSpace(cursor, end)
      first = load<u8>(cursor)
    }
    if (first == QUOTE) {
      const bytes = copyShortString(cursor + 1, out, space, quotes, backslash)
      if (bytes < 32 && <u32>load<u8>(cursor + bytes, 1) == QUOTE) {
        cursor += 2 + bytes
        out += 1 + bytes
      } else {
        const start = cursor + 1
        cursor = readString(start, end, out)
        if (cursor == 0) return refuseString(start, end)
        out = stringOut
      }
    } else if (first - 0x2d <= 12) {
      // '-', digits, and two more that readNumber refuses.
      const start = cursor
      cursor = readShortNumber(start, first, out)
      if (cursor == 0) {
        cursor = readNumber(start, end, out, scratch + BIGNUMS)
        if (cursor == 0) return refuseNumber(start, end)
      }
      out = numberOut
    } else if ((first | 0x20) == 0x7b) {
      if (frame == frameLimit || cursor >= end) return refuse(TOO_DEEP, cursor, end)
      store<u32>(frame, count, 4)
      store<u32>(frame, <u32>node, 16)
      store<u64>(frame, seen, 24)
      frame += FRAME_BYTES
      const container = containersEnd
      store<u32>(frame, <u32>container)
      store<u64>(container, <u64>out)
      containersEnd = container + CONTAINER_BYTES
      store<u32>(frame, <u32>keysEnd, 12)
      store<u32>(frame, first + 2, 8)
      out++
      count = 0
      cursor++
      if (first == 0x7b) {
        node = shapeInside(node)
        store<u32>(frame, <u32>node, 20)
        seen = 0
      }
      if (<u32>load<u8>(cursor) <= 0x20) cursor = skipSpace(cursor, end)
      if (<u32>load<u8>(cursor) != first + 2) continue
      count = <u32>-1
    } else {
      const bytes = literalBytes(cursor, out)
      if (bytes == 0) return refuseLiteral(cursor, end)
      cursor += bytes
      out++
    }
    // Behind a value: a comma, or brackets that close.
    while (true) {
      count++
      let next = <u32>load<u8>(cursor)
      if (next <= 0x20) {
        cursor = skipSpace(cursor, end)
        next = load<u8>(cursor)
      }
      if (cursor >= end) return refuseByte(cursor, end)
      cursor++
      if (next == COMMA) break
      if (next != load<u32>(frame, 8)) return refuseByte(cursor - 1, end)
      const container = <usize>load<u32>(frame)
      if (count > 15) {
        store<u32>(container, count | ((next & 0x20) << 26), 4)
        anyGrown = true
      } else store<u8>(<usize>load<u32>(container), <u8>((next == CLOSE_ARRAY ? 0x90 : 0x80) | count))
      const firstKey = <usize>load<u32>(frame, 12)
      if (keysEnd != firstKey) {
        firstRepeat = min(firstRepeat, repeatedKey(firstKey, keysEnd, scratch + KEY_TABLE))
        keysEnd = firstKey
      }
      frame -= FRAME_BYTES
      count = load<u32>(frame, 4)
      node = load<u32>(frame, 16)
      seen = load<u64>(frame, 24)
      if (load<u32>(frame, 8) == 0) {
        walkEnd = cursor
        walkOut = out
        return OK
      }
    }
  }
}

/** Bytes of the string readString has just written at `out`. */
@inline
function stringKeyBytes(out: usize): usize {
  const header = <u32>load<u8>(out)
  return stringOut - out - (header < 0xc0 ? 1 : header == 0xd9 ? 2 : header == 0xda ? 3 : 5)
}
