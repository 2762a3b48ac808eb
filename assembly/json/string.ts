// Strings: RFC 8259 section 7 to MessagePack. Plain strings of up to 15 bytes are taken in one step by the walk; readString
// takes every string: it finds the closing quote, checks the UTF-8 where there is any, and copies.
// What it refuses (control characters, bad escapes, lone surrogates, ill-formed UTF-8, no closing quote) it refuses with 0,
// and refuseString says which it was and where.
import { BAD_ESCAPE, BAD_UTF8, CONTROL_CHARACTER, LONE_SURROGATE } from '../abi'
import { BACKSLASH, escapeBytes, hexUnit, readEscaped } from './escape'
import { stringHeaderBytes, writeStringHeader } from './msgpack'
import { refuse } from './refusal'
import { isUtf8, sequenceBytes } from './utf8'

export const QUOTE: u32 = 0x22

/** Where the MessagePack of the last string ends. */
export let stringOut: usize = 0

/** Lanes that end a run of a string's own bytes: quote, backslash, control characters. */
@inline
export function stopLanes(chunk: v128): i32 {
  return i8x16.bitmask(
    v128.or(
      i8x16.lt_u(chunk, i8x16.splat(0x20)),
      v128.or(i8x16.eq(chunk, i8x16.splat(0x22)), i8x16.eq(chunk, i8x16.splat(0x5c))),
    ),
  )
}

/** Lanes that are not plain: quote, backslash, control characters, and all beyond ASCII. */
@inline
function unusualLanes(chunk: v128, space: v128, quote: v128, backslash: v128): i32 {
  // As signed bytes, control characters and everything beyond ASCII are less than a space.
  return i8x16.bitmask(
    v128.or(i8x16.lt_s(chunk, space), v128.or(i8x16.eq(chunk, quote), i8x16.eq(chunk, backslash))),
  )
}

/** Sixteen times space, quote and backslash. As constants in the code they would be made anew for each use. */
export const LANES: usize = memory.data<u8>([
  32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34,
  34, 34, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92,
])

/**
 * Copies the string whose first byte, behind the opening quote, is at `start` to behind the byte of its header at `out`, when
 * it is plain (ASCII without escapes) and shorter than 32 bytes. Returns its bytes if a quote is what stands behind them,
 * which is the caller's to see, as a branch on that byte need not wait for it; 32 when there is none so near.
 * Reads 33 bytes and writes 33, whatever they are.
 */
@inline
export function copyShortString(start: usize, out: usize, space: v128, quote: v128, backslash: v128): usize {
  const chunk = v128.load(start)
  v128.store(out, chunk, 1)
  let lanes = unusualLanes(chunk, space, quote, backslash)
  if (lanes == 0) {
    const more = v128.load(start, 16)
    v128.store(out, more, 17)
    lanes = unusualLanes(more, space, quote, backslash) << 16
  }
  const bytes = <usize>ctz(lanes)
  store<u8>(out, <u8>(0xa0 | bytes))
  return bytes
}

/** Copies `bytes` bytes; reads and writes up to fifteen more. */
@inline
function copy(to: usize, from: usize, bytes: usize): void {
  if (bytes > 256) {
    memory.copy(to, from, bytes)
    return
  }
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(from + i))
}

/**
 * Reads the string whose first byte, behind the opening quote, is at `start`, and writes it at `out`.
 * Returns the address behind the closing quote and sets stringOut, or returns 0.
 */
export function readString(start: usize, end: usize, out: usize): usize {
  let at = start
  let seen = i64x2.splat(0)
  let stops = 0
  while (at < end) {
    const chunk = v128.load(at)
    seen = v128.or(seen, chunk)
    stops = stopLanes(chunk)
    if (stops != 0) break
    at += 16
  }
  if (stops == 0) return 0
  at += ctz(stops)
  if (at >= end) return 0
  const stop = <u32>load<u8>(at)
  // The lanes behind the stop may count as beyond ASCII; then the check is done for nothing.
  const ascii = i8x16.bitmask(seen) == 0
  if (stop == QUOTE) {
    if (!ascii && !isUtf8(start, at)) return 0
    const to = writeStringHeader(out, at - start)
    copy(to, start, at - start)
    stringOut = to + (at - start)
    return at + 1
  }
  return stop == BACKSLASH ? readEscapedString(start, at, end, out) : 0
}

/** readString for a string whose first escape is at `at`. */
function readEscapedString(start: usize, at: usize, end: usize, out: usize): usize {
  // Most strings are shorter than 32 bytes and need one byte of header; a longer one is moved when its length is known.
  copy(out + 1, start, at - start)
  const close = readEscaped(at, end, out + 1 + (at - start))
  if (close == 0 || !isUtf8(start, close)) return 0
  const bytes = escapeBytes - (out + 1)
  const headerBytes = stringHeaderBytes(bytes)
  if (headerBytes > 1) memory.copy(out + headerBytes, out + 1, bytes)
  stringOut = writeStringHeader(out, bytes) + bytes
  return close + 1
}

/** Bytes of the last string readString read, which it wrote at `out`, without their header. */
export function writtenBytes(out: usize): usize {
  const header = <u32>load<u8>(out)
  return stringOut - out - (header < 0xc0 ? 1 : header == 0xd9 ? 2 : header == 0xda ? 3 : 5)
}

/** Says why the string whose first byte is at `start` is refused: the first of its faults, from left to right. */
export function refuseString(start: usize, end: usize): i32 {
  let at = start
  while (at < end) {
    const byte = <u32>load<u8>(at)
    if (byte == QUOTE) break
    if (byte < 0x20) return refuse(CONTROL_CHARACTER, at, end)
    if (byte == BACKSLASH) {
      const bytes = escapeLength(at, end)
      if (bytes == 0) return escapeStatus
      at += bytes
    } else {
      const bytes = sequenceBytes(at, end)
      if (bytes == 0) return refuse(BAD_UTF8, at, end)
      at += bytes
    }
  }
  return refuse(BAD_ESCAPE, end, end)
}

let escapeStatus: i32 = 0

/** Bytes of the escape at `at`, or 0 with escapeStatus set. */
function escapeLength(at: usize, end: usize): usize {
  escapeStatus = 0
  const letter = at + 1 < end ? <u32>load<u8>(at, 1) : 0
  if (letter != 0x75) {
    if (isEscapeLetter(letter)) return 2
    escapeStatus = refuse(BAD_ESCAPE, at + 1, end)
    return 0
  }
  if (badDigit(at + 2, end)) return 0
  const unit = hexUnit(at + 2)
  if ((unit & 0xf800) != 0xd800) return 6
  if (unit >= 0xdc00) {
    escapeStatus = refuse(LONE_SURROGATE, at, end)
    return 0
  }
  return pairLength(at, end)
}

/** Bytes of the surrogate pair whose high half, a complete escape, is at `at`. */
function pairLength(at: usize, end: usize): usize {
  for (let i: usize = 6; i < 8; i++) {
    if (at + i >= end) {
      escapeStatus = refuse(LONE_SURROGATE, end, end)
      return 0
    }
    if (<u32>load<u8>(at + i) != (i == 6 ? BACKSLASH : 0x75)) {
      escapeStatus = refuse(LONE_SURROGATE, at, end)
      return 0
    }
  }
  if (badDigit(at + 8, end)) return 0
  if ((hexUnit(at + 8) & 0xfc00) == 0xdc00) return 12
  escapeStatus = refuse(LONE_SURROGATE, at, end)
  return 0
}

/** Whether one of the four bytes at `at` is missing or no hexadecimal digit; then escapeStatus is set. */
function badDigit(at: usize, end: usize): bool {
  for (let i: usize = 0; i < 4; i++) {
    if (at + i < end && isHexDigit(load<u8>(at + i))) continue
    escapeStatus = refuse(BAD_ESCAPE, at + i, end)
    return true
  }
  return false
}

function isHexDigit(byte: u32): bool {
  return byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 6
}

/** The letters behind a backslash that stand for one byte: `"` `\` `/` b f n r t. */
function isEscapeLetter(byte: u32): bool {
  switch (byte) {
    case 0x22:
    case 0x2f:
    case 0x5c:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return true
    default:
      return false
  }
}
