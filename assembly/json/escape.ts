// Escapes of strings (RFC 8259 section 7): from the first backslash of a string to its closing quote, decoded to UTF-8.
// It refuses with 0; refuseString of string-refusal.ts finds out why.
import { BACKSLASH, backslashLanes, QUOTE, quoteLanes, spaceLanes, stopLanes } from './lanes'

/** Where the decoded bytes of the last string end. */
export let decodedEnd: usize = 0
/** Whether there may be bytes beyond ASCII between its escapes. */
export let isWide: bool = false

/** What the letter behind a backslash stands for; 0 for all that are not allowed. From `"` (0x22) to `t` (0x74). */
const LETTERS: usize = memory.data<u8>([
  0x22, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x2f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x5c, 0,
  0, 0, 0, 0, 0x08, 0, 0, 0, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0x0a, 0, 0, 0, 0x0d, 0, 0x09,
])

/**
 * Decodes from the backslash at `at` to the closing quote; writes up to 16 bytes behind what it decodes.
 * Returns the address of the closing quote and sets decodedEnd, or returns 0. UTF-8 goes unchecked.
 */
export function readEscaped(at: usize, end: usize, out: usize): usize {
  const spaces = spaceLanes()
  const quotes = quoteLanes()
  const backslashes = backslashLanes()
  let byte: u32 = BACKSLASH
  let signs = 0
  while (byte == BACKSLASH) {
    const letter = <u32>load<u8>(at, 1)
    if (letter == 0x75) {
      const unit = hexUnit(at + 2)
      if (unit < 0) return 0
      at += 6
      let point = <u32>unit
      if ((point & 0xf800) == 0xd800) {
        point = pairPoint(at, point)
        if (point == 0) return 0
        at += 6
      }
      out = writeUtf8(out, point)
    } else {
      const decoded = decodedLetter(letter)
      if (decoded == 0) return 0
      store<u8>(out, <u8>decoded)
      out += 1
      at += 2
    }
    if (<u32>load<u8>(at) != BACKSLASH) {
      let stops = 0
      while (at < end) {
        const chunk = v128.load(at)
        v128.store(out, chunk)
        signs |= i8x16.bitmask(chunk)
        stops = stopLanes(chunk, spaces, quotes, backslashes)
        if (stops != 0) break
        at += 16
        out += 16
      }
      if (stops == 0) return 0
      at += ctz(stops)
      out += ctz(stops)
    }
    if (at >= end) return 0
    byte = load<u8>(at)
  }
  decodedEnd = out
  isWide = signs != 0
  return byte == QUOTE ? at : 0
}

/** The code point of `high` and the escape at `at`, 0 when the two are no surrogate pair. */
function pairPoint(at: usize, high: u32): u32 {
  // 5c 75: `\u`
  if (high >= 0xdc00 || load<u16>(at) != 0x755c) return 0
  const low = hexUnit(at + 2)
  if ((low & ~0x3ff) != 0xdc00) return 0
  return 0x10000 + ((high & 0x3ff) << 10) + (<u32>low & 0x3ff)
}

/** What the letter behind a backslash stands for; 0 when it is none of `"` `\` `/` b f n r t. */
@inline
function decodedLetter(letter: u32): u32 {
  return letter - 0x22 <= 0x52 ? load<u8>(LETTERS + letter - 0x22) : 0
}

export function isEscapeLetter(letter: u32): bool {
  return decodedLetter(letter) != 0
}

/** The code unit of the four hexadecimal digits at `at`, negative when one is none. */
export function hexUnit(at: usize): i32 {
  const four = load<u32>(at)
  // High bits where a byte is no digit, and where it is no letter from a to f; bytes beyond ASCII are left out of the sums,
  // so that none carries into the next.
  const ascii = four & 0x7f7f7f7f
  const digits = ascii ^ 0x30303030
  const letters = (ascii | 0x20202020) ^ 0x60606060
  const noLetter = (letters + 0x79797979) | ~(letters + 0x7f7f7f7f)
  if (((((digits + 0x76767676) & noLetter) | four) & 0x80808080) != 0) return -1
  const values = (four & 0x0f0f0f0f) + ((four >> 6) & 0x01010101) * 9
  return ((values & 0xf) << 12) | ((values & 0xf00) >>> 0) | ((values >> 12) & 0xf0) | (values >> 24)
}

/** Writes a code point that is no surrogate; up to three bytes of the store are waste. */
@inline
function writeUtf8(out: usize, point: u32): usize {
  if (point < 0x80) {
    store<u8>(out, <u8>point)
    return out + 1
  }
  if (point < 0x800) {
    store<u16>(out, <u16>(0x80c0 | (point >> 6) | ((point & 0x3f) << 8)))
    return out + 2
  }
  if (point < 0x10000) {
    store<u32>(out, 0x8080e0 | (point >> 12) | (((point >> 6) & 0x3f) << 8) | ((point & 0x3f) << 16))
    return out + 3
  }
  const low = (((point >> 6) & 0x3f) << 16) | ((point & 0x3f) << 24)
  store<u32>(out, 0x808080f0 | (point >> 18) | (((point >> 12) & 0x3f) << 8) | low)
  return out + 4
}
