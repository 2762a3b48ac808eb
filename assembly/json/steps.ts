// The steps of the walk over what is most frequent: a key, white space, a short string, a short number. Each looks at the
// text, writes the MessagePack, and answers in one value how far it came, or that what stands there is not for it; then what
// it wrote is waste that the next one overwrites. All are inlined into walk.ts, which says why.
// What always holds: where the next step begins follows from as little as can be, since every step waits for it; so no
// answer is made of more than it takes, but for numbers, which answer in a word of two halves.
import {
  isDigit,
  isExponentLetter,
  otherThanDigits,
  POINT,
  shortDecimal,
  writeShortInteger,
  ZERO,
  ZEROS,
} from './digits'
import { writeFloat } from './msgpack'
import {
  follow,
  guessToken,
  isOddToken,
  isToken,
  noteSpace,
  shapeOfNode,
  spaceOf,
  writeKey,
  writeOddKey,
} from './shapes'
import { SPACE_BYTE, spaceBytes } from './space'
import { copyMiddleString, copyShortString } from './string'

@inline
function step(textBytes: usize, writtenBytes: usize): u64 {
  return <u64>textBytes | (<u64>writtenBytes << 32)
}

/** Bytes of the text that a step over a number passed. */
@inline
export function textBytesOf(step: u64): usize {
  return <usize>step
}

/** Bytes of MessagePack that it wrote. */
@inline
export function writtenBytesOf(step: u64): usize {
  return <usize>(step >> 32)
}

/** Bytes of white space at `cursor`, most likely before the key of `next`; 16 when there are as many or more. */
@inline
export function spaceBeforeKey(next: usize, cursor: usize, spaces: v128, controls: v128): usize {
  const space = spaceBytes(v128.load(cursor), spaces, controls)
  // As it was last time: the branch lets the processor go on without having counted.
  const usual = spaceOf(next)
  if (space == usual) return usual
  if (space != 16) noteSpace(next, space)
  return space
}

/** Whether the key at `cursor` is the one of `guess`; then it is written. It may end behind the text: that is the caller's to see. */
@inline
export function isGuessedKey(guess: usize, chunk: v128, cursor: usize, end: usize, out: usize): bool {
  if (isToken(guess, chunk)) {
    writeKey(out, guess)
    return true
  }
  if (!isOddToken(guess, chunk, cursor, end)) return false
  writeOddKey(out, guess)
  return true
}

/**
 * Writes the key of `bytes` bytes at `cursor`, which came behind that of `node`, if it is where the objects of `shape` have it
 * first. Returns its node, or 0.
 */
@inline
export function knownKey(node: usize, shape: usize, chunk: v128, bytes: usize, cursor: usize, out: usize): usize {
  const found = guessToken(shape, load<u64>(cursor), bytes)
  if (!isToken(found, chunk)) return 0
  if (shapeOfNode(found) != shape) return 0
  follow(node, found)
  writeKey(out, found)
  return found
}

/**
 * Copies the string whose opening quote is at `cursor` when it is plain and has less than 64 bytes. Returns its bytes if a
 * quote is what stands behind them, as copyShortString does; 64 when there is none so near.
 */
@inline
export function copyString(cursor: usize, end: usize, out: usize, spaces: v128, quotes: v128, backslashes: v128): usize {
  let bytes = copyShortString(cursor + 1, out, spaces, quotes, backslashes)
  if (bytes == 32) {
    if (cursor >= end) return 64
    bytes = copyMiddleString(cursor + 1, out, spaces, quotes, backslashes)
    // A quote behind the end would lead too far behind it.
    if (cursor + bytes + 1 >= end) return 64
  }
  return bytes
}

/** Bytes of the header of a string of less than 64 bytes. */
@inline
export function shortHeaderBytes(bytes: usize): usize {
  return 1 + (bytes >> 5)
}

/** Over the number whose first digit, `first`, is at `cursor`: of up to eight characters, without sign or exponent. 0: none. */
@inline
export function stepNumber(first: u32, cursor: usize, out: usize, reversed: v128): u64 {
  const eight = load<u64>(cursor) ^ ZEROS
  const others = otherThanDigits(eight)
  const bits = ctz(others) & 120
  if (first == ZERO) if (bits != 8) return 0
  const next = <u32>load<u8>(cursor + <usize>(bits >> 3))
  if (next == POINT) return stepDecimal(eight, others, bits, cursor, out, reversed)
  if (isExponentLetter(next)) return 0
  if (bits == 64) if (isDigit(next)) return 0
  return step(<usize>(bits >> 3), writeShortInteger(out, eight, bits) - out)
}

/** stepNumber for one with a point behind `bits` bits, and a fraction that is not zero. */
@inline
function stepDecimal(eight: u64, others: u64, bits: u64, cursor: usize, out: usize, reversed: v128): u64 {
  // The point does not carry into the bytes above it, so that the next that is no digit is right, too.
  const endBits = ctz(others & (others - 1)) & 120
  if (endBits <= bits + 8) return 0
  const next = <u32>load<u8>(cursor + <usize>(endBits >> 3))
  if (isExponentLetter(next)) return 0
  if (endBits == 64) if (isDigit(next)) return 0
  const value = shortDecimal(eight, bits, endBits)
  if (floor(value) == value) return 0
  return step(<usize>(endBits >> 3), writeFloat(out, value, reversed) - out)
}

/**
 * Bytes of white space at `cursor`, where `first` stands, before a value: mostly one space. 0 for what is no white space, and
 * for sixteen bytes and more.
 */
@inline
export function spaceBeforeValue(first: u32, cursor: usize, spaces: v128, controls: v128): usize {
  if (first == SPACE_BYTE && <u32>load<u8>(cursor, 1) > SPACE_BYTE) return 1
  const space = spaceBytes(v128.load(cursor), spaces, controls)
  return space & 15
}
