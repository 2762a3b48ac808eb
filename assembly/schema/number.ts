// Numbers against the bounds of a SCALAR, exactly: integers as 64 bits, signed or unsigned, and doubles. The compiler wrote
// the bounds three times, inclusive, once for each kind, so that the hot way compares like with like.
import {
  SCALAR_BIG_MAX, SCALAR_BIG_MIN, SCALAR_DOUBLE_MAX, SCALAR_DOUBLE_MIN, SCALAR_INT_MAX, SCALAR_INT_MIN,
} from './program'
import { isWideInteger, loadDouble, wideInteger } from './value'

/** A number as one of three kinds; the others are not set. */
export const KIND_INT: i32 = 0
export const KIND_BIG: i32 = 1
export const KIND_DOUBLE: i32 = 2

// @ts-ignore: decorator
@inline
export function intInBounds(record: usize, value: i64): bool {
  return value >= load<i64>(record, SCALAR_INT_MIN) && value <= load<i64>(record, SCALAR_INT_MAX)
}

// @ts-ignore: decorator
@inline
export function doubleInBounds(record: usize, value: f64): bool {
  return value >= load<f64>(record, SCALAR_DOUBLE_MIN) && value <= load<f64>(record, SCALAR_DOUBLE_MAX)
}

/** An integer of two to nine bytes; cf with its top bit set is at least 2^63. */
export function wideInBounds(record: usize, p: usize, tag: u32): bool {
  const bits = wideInteger(p, tag)
  if (tag != 0xcf || <i64>bits >= 0) return intInBounds(record, <i64>bits)
  return bits >= load<u64>(record, SCALAR_BIG_MIN) && bits <= load<u64>(record, SCALAR_BIG_MAX)
}

/** Whether the number at `p` keeps the bounds of the SCALAR. */
export function numberInBounds(record: usize, p: usize): bool {
  const tag = <u32>load<u8>(p)
  if (tag == 0xcb) return doubleInBounds(record, loadDouble(p))
  if (isWideInteger(tag)) return wideInBounds(record, p, tag)
  return intInBounds(record, <i64>load<i8>(p))
}

/** Which of KIND_* the number at `p` is, for comparisons by value. */
export function numberKind(p: usize): i32 {
  const tag = <u32>load<u8>(p)
  if (tag == 0xcb) return KIND_DOUBLE
  return tag == 0xcf && load<u8>(p + 1) >= 0x80 ? KIND_BIG : KIND_INT
}

/** The 64 bits of the integer at `p`. */
export function integerBits(p: usize): u64 {
  const tag = <u32>load<u8>(p)
  return isWideInteger(tag) ? wideInteger(p, tag) : <u64><i64>load<i8>(p)
}

/** −1, 0 or 1 as the number at `p` is less than, equal to or greater than the double, by exact value. */
export function compareToDouble(p: usize, bound: f64): i32 {
  const kind = numberKind(p)
  if (kind == KIND_DOUBLE) return compareDoubles(loadDouble(p), bound)
  if (kind == KIND_BIG) {
    if (bound < 9223372036854775808.0) return 1
    return bound >= 18446744073709551616.0 ? -1 : compareBits(integerBits(p), <u64>bound, bound - floor(bound))
  }
  if (bound < -9223372036854775808.0) return 1
  if (bound >= 9223372036854775808.0) return -1
  const value = <i64>integerBits(p)
  const whole = <i64>floor(bound)
  if (value != whole) return value < whole ? -1 : 1
  return bound > floor(bound) ? -1 : 0
}

// @ts-ignore: decorator
@inline
function compareBits(value: u64, whole: u64, fraction: f64): i32 {
  if (value != whole) return value < whole ? -1 : 1
  return fraction > 0.0 ? -1 : 0
}

// @ts-ignore: decorator
@inline
function compareDoubles(a: f64, b: f64): i32 {
  return <i32>(a > b) - <i32>(a < b)
}

/** Whether two numbers are equal by value, however they are written. */
export function numbersEqual(a: usize, b: usize): bool {
  const kindA = numberKind(a)
  const kindB = numberKind(b)
  if (kindB == KIND_DOUBLE) return compareToDouble(a, loadDouble(b)) == 0
  if (kindA == KIND_DOUBLE) return compareToDouble(b, loadDouble(a)) == 0
  return kindA == kindB && integerBits(a) == integerBits(b)
}
