// Numbers of up to 19 digits, with a point and an exponent of up to four digits if there are any: all that programs print.
// They are read without a look at the end of the input, and without a call, so that a loop around it stays in registers.
// Whatever is longer, out of range or wrong is left to number.ts.
import { DIGITS_64, eightDigits, isDigit, isExponentLetter, MINUS, otherThanDigits, PLUS, POINT, ZERO, ZEROS } from './digits'
import { decimalToDouble, INFINITY_BITS } from './double'
import { writeDouble, writeNegative, writeUnsigned } from './msgpack'

const SIGN_BIT: u64 = 0x8000000000000000
/** Beyond ±2^53 a double is stored as a double even when it is whole. */
const WHOLE_MAX: f64 = 9007199254740992
/** Whole words of digits a part may have before its last word: one less than would pass 19 digits in any case. */
const WORDS_MAX: usize = 2

/** Where the MessagePack of the last number ends. */
export let middleOut: usize = 0

/** 10^0 … 10^8. */
const SHORT_TENS: usize = memory.data<u64>([1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000])

/** How many bits, eight a digit, of eight bytes less zeros are digits: 64 for eight of them. */
@inline
function digitBits(eight: u64): u64 {
  return ctz(otherThanDigits(eight)) & 120
}

/** `value` with the digits of `bits` bits, at least one, appended. */
@inline
function append(value: u64, eight: u64, bits: u64): u64 {
  return value * load<u64>(SHORT_TENS + <usize>bits) + eightDigits(eight << (64 - bits))
}

/**
 * Reads the number whose first digit is at `at` and writes it, negative or not, at `out`. Returns the address behind it and
 * sets middleOut; returns 0 when it is not for here. Reads up to 56 bytes, whatever they are.
 */
@inline
export function readMiddleNumber(at: usize, negative: bool, out: usize): usize {
  let value: u64 = 0
  let end = at
  let eight = load<u64>(end) ^ ZEROS
  let bits = digitBits(eight)
  if (bits == 0) return 0
  while (bits == 64) {
    if (end - at == WORDS_MAX << 3) return 0
    value = value * 100_000_000 + eightDigits(eight)
    end += 8
    eight = load<u64>(end) ^ ZEROS
    bits = digitBits(eight)
  }
  if (bits != 0) {
    value = append(value, eight, bits)
    end += <usize>(bits >> 3)
  }
  if (<u32>load<u8>(at) == ZERO) if (end != at + 1) return 0
  let digits = <i32>(end - at)
  let exponent = 0
  let next = <u32>load<u8>(end)
  if (next == POINT) {
    const fraction = end + 1
    end = fraction
    eight = load<u64>(end) ^ ZEROS
    bits = digitBits(eight)
    if (bits == 0) return 0
    while (bits == 64) {
      if (end - fraction == WORDS_MAX << 3) return 0
      value = value * 100_000_000 + eightDigits(eight)
      end += 8
      eight = load<u64>(end) ^ ZEROS
      bits = digitBits(eight)
    }
    if (bits != 0) {
      value = append(value, eight, bits)
      end += <usize>(bits >> 3)
    }
    digits += <i32>(end - fraction)
    exponent = <i32>(fraction - end)
    next = load<u8>(end)
  } else if (!isExponentLetter(next)) {
    if (digits > DIGITS_64) return 0
    if (!negative) middleOut = writeUnsigned(out, value)
    else if (value - 1 < SIGN_BIT) middleOut = writeNegative(out, value)
    else return 0
    return end
  }
  if (digits > DIGITS_64) return 0
  if (isExponentLetter(next)) {
    const sign = <u32>load<u8>(++end)
    if (sign == PLUS || sign == MINUS) end++
    const first = end
    let power = 0
    while (isDigit(load<u8>(end)) && end - first < 4) {
      power = power * 10 + <i32>(load<u8>(end) - ZERO)
      end++
    }
    if (end == first || isDigit(load<u8>(end))) return 0
    exponent += sign == MINUS ? -power : power
  }
  const double = decimalToDouble(value, exponent)
  if (double == INFINITY_BITS) return 0
  const float = reinterpret<f64>(double)
  if (floor(float) != float || float > WHOLE_MAX) middleOut = writeDouble(out, double | (<u64>negative << 63))
  else if (!negative) middleOut = writeUnsigned(out, <u64>float)
  else if (double != 0) middleOut = writeNegative(out, <u64>float)
  else middleOut = writeDouble(out, SIGN_BIT)
  return end
}
