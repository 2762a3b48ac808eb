// Digits, eight at a time, and the characters around them. "Eight bytes less zeros" are eight bytes of the text xored with
// "00000000", the first in the lowest byte, so that digits are their values.
import { TENS } from './double'
import { writeUnsigned32 } from './msgpack'

export const MINUS: u32 = 0x2d
export const PLUS: u32 = 0x2b
export const POINT: u32 = 0x2e
export const ZERO: u32 = 0x30
/** "00000000" */
export const ZEROS: u64 = 0x3030303030303030
/** Digits a u64 holds whatever they are. */
export const DIGITS_64: i32 = 19

/** `e` or `E`. */
@inline
export function isExponentLetter(byte: u32): bool {
  return (byte | 0x20) == 0x65
}

@inline
export function isDigit(byte: u32): bool {
  return byte - ZERO < 10
}

/**
 * High bits set in those of eight bytes less zeros that are no digits: right up to the first of them, and if that is a point,
 * which carries nothing into the next byte, up to the second.
 */
@inline
export function otherThanDigits(eight: u64): u64 {
  return ((eight + 0x7676767676767676) | eight) & 0x8080808080808080
}

/** The value of eight bytes less zeros, all of them digits. */
@inline
export function eightDigits(eight: u64): u64 {
  // Pairs of digits, then both pairs of each half times what they count for, in two products side by side.
  eight = eight * 10 + (eight >> 8)
  return ((eight & 0x000000ff000000ff) * 0x000f424000000064 + ((eight >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >> 32
}

/** Writes the integer that is the first `bits` bits, eight a digit, of eight bytes less zeros. */
@inline
export function writeShortInteger(out: usize, eight: u64, bits: u64): usize {
  return writeUnsigned32(out, <u32>eightDigits(eight << (64 - bits)))
}

/** The value of the decimal with its point behind `bits` bits, which ends at `endBits`, of eight bytes less zeros. */
@inline
export function shortDecimal(eight: u64, bits: u64, endBits: u64): f64 {
  const behind = <u64>-1 << bits
  const digits = (eight & ~behind) | ((eight >> 8) & behind)
  // Seven digits and a power of ten up to 10^6 are both exact, so that the division rounds correctly.
  return <f64><i64>eightDigits(digits << (72 - endBits)) / load<f64>(TENS + <usize>(endBits - bits - 8))
}

