// Strings: RFC 8259 section 7 to MessagePack. The walk copies plain strings of up to 63 bytes itself; readString takes every
// string, and copies while it looks for the closing quote: ASCII first, then UTF-8 with its validation, then escapes.
// What it refuses (control characters, bad escapes, lone surrogates, ill-formed UTF-8, no closing quote) it refuses with 0;
// refuseString of string-refusal.ts says which it was and where.
import { decodedEnd, isWide, readEscaped } from './escape'
import { BACKSLASH, backslashLanes, QUOTE, quoteLanes, spaceLanes, stopLanes, unusualLanes } from './lanes'
import { stringHeaderBytes, writeStringHeader } from './msgpack'
import { isUtf8, keepBytes, utf8Errors } from './utf8'

/** Strings of 32 to 255 bytes have a header of two, and shorter or longer ones are moved when their length is known. */
const HEADER_GUESS: usize = 2

/** Where the MessagePack of the last string ends. */
export let stringOut: usize = 0

/**
 * Copies the string whose first byte, behind the opening quote, is at `start` to behind the byte of its header at `out`, when
 * it is plain (ASCII without escapes) and shorter than 32 bytes. Returns its bytes if a quote is what stands behind them,
 * which is the caller's to see, as a branch on that byte need not wait for it; 32 when there is none so near.
 * Reads 33 bytes and writes 33, whatever they are.
 */
@inline
export function copyShortString(start: usize, out: usize, spaces: v128, quotes: v128, backslashes: v128): usize {
  const chunk = v128.load(start)
  v128.store(out, chunk, 1)
  let lanes = unusualLanes(chunk, spaces, quotes, backslashes)
  if (lanes == 0) {
    const more = v128.load(start, 16)
    v128.store(out, more, 17)
    lanes = unusualLanes(more, spaces, quotes, backslashes) << 16
  }
  const bytes = <usize>ctz(lanes)
  store<u8>(out, <u8>(0xa0 | bytes))
  return bytes
}

/**
 * copyShortString for 32 to 63 bytes, of which the first 32 are plain, with a header of two bytes. Returns the string's bytes,
 * if a quote is what stands behind them; 64 when there is none so near. Reads 64 bytes and writes 66, whatever they are.
 */
@inline
export function copyMiddleString(start: usize, out: usize, spaces: v128, quotes: v128, backslashes: v128): usize {
  const third = v128.load(start, 32)
  const fourth = v128.load(start, 48)
  v128.store(out, v128.load(start), 2)
  v128.store(out, v128.load(start, 16), 18)
  v128.store(out, third, 34)
  v128.store(out, fourth, 50)
  const low = unusualLanes(third, spaces, quotes, backslashes)
  const high = unusualLanes(fourth, spaces, quotes, backslashes)
  const bytes: usize = 32 + <usize>ctz(low | (high << 16))
  store<u16>(out, <u16>(0xd9 | (bytes << 8)))
  return bytes
}

/**
 * Reads the string whose first byte, behind the opening quote, is at `start`, and writes it at `out`.
 * Returns the address behind the closing quote and sets stringOut, or returns 0.
 */
export function readString(start: usize, end: usize, out: usize): usize {
  const spaces = spaceLanes()
  const quotes = quoteLanes()
  const backslashes = backslashLanes()
  let at = start
  let to = out + HEADER_GUESS
  let lanes = 0
  while (at < end) {
    const chunk = v128.load(at)
    v128.store(to, chunk)
    lanes = unusualLanes(chunk, spaces, quotes, backslashes)
    if (lanes != 0) break
    at += 16
    to += 16
  }
  if (lanes == 0) return 0
  const stop = at + ctz(lanes)
  return load<i8>(stop) < 0 ? readWide(start, at, end, out) : finish(start, stop, end, out)
}

/** readString when the first byte beyond ASCII is among the sixteen at `at`, and all before are plain and copied. */
function readWide(start: usize, at: usize, end: usize, out: usize): usize {
  const spaces = spaceLanes()
  const quotes = quoteLanes()
  const backslashes = backslashLanes()
  let before = i64x2.splat(0)
  let wrong = i64x2.splat(0)
  let stops = 0
  let to = out + HEADER_GUESS + (at - start)
  while (at < end) {
    let chunk = v128.load(at)
    v128.store(to, chunk)
    stops = stopLanes(chunk, spaces, quotes, backslashes)
    // The stop, which is ASCII, shows a sequence that is cut before it; what is behind it does not count.
    if (stops != 0) chunk = keepBytes(chunk, ctz(stops))
    wrong = v128.or(wrong, utf8Errors(chunk, before))
    if (stops != 0) break
    before = chunk
    at += 16
    to += 16
  }
  if (stops == 0 || v128.any_true(wrong)) return 0
  return finish(start, at + ctz(stops), end, out)
}

/** Ends the string that was copied up to the byte at `stop`, or goes on with its escapes. */
function finish(start: usize, stop: usize, end: usize, out: usize): usize {
  if (stop >= end) return 0
  const byte = <u32>load<u8>(stop)
  if (byte == QUOTE) {
    stringOut = closeString(out, stop - start)
    return stop + 1
  }
  if (byte != BACKSLASH) return 0
  const body = out + HEADER_GUESS
  const close = readEscaped(stop, end, body + (stop - start))
  if (close == 0 || (isWide && !isUtf8(stop, close))) return 0
  stringOut = closeString(out, decodedEnd - body)
  return close + 1
}

/** Gives the `bytes` bytes behind the guessed header at `out` their header; returns their end. */
function closeString(out: usize, bytes: usize): usize {
  const headerBytes = stringHeaderBytes(bytes)
  if (headerBytes != HEADER_GUESS) {
    if (bytes <= 31) {
      const low = v128.load(out, HEADER_GUESS)
      const high = v128.load(out, HEADER_GUESS + 16)
      v128.store(out, low, 1)
      v128.store(out, high, 17)
    } else memory.copy(out + headerBytes, out + HEADER_GUESS, bytes)
  }
  return writeStringHeader(out, bytes) + bytes
}

/** Bytes of the last string readString read, which it wrote at `out`, without their header. */
export function writtenBytes(out: usize): usize {
  const header = <u32>load<u8>(out)
  return stringOut - out - (header < 0xc0 ? 1 : header == 0xd9 ? 2 : header == 0xda ? 3 : 5)
}
