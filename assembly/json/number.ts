// Numbers: RFC 8259 section 6 to MessagePack. Integers are exact to 64 bits, doubles correctly rounded however many digits
// they have. The time is linear in the digits: no more than 769 of them take part in arithmetic. readNumber takes every
// number; walk.ts and middle-number.ts take those of fewer digits sooner.
// What it refuses (the grammar, and NUMBER_RANGE) it refuses with 0; refuseNumber says which it was and where.
import { NUMBER_RANGE } from '../abi'
import { BIGNUM_BYTES, compareBignums, multiplyAdd, multiplyPowerOfFive, setBignum, shiftLeft } from './bignum'
import { DIGITS_64, eightDigits, isDigit, isExponentLetter, MINUS, otherThanDigits, PLUS, POINT, ZERO, ZEROS } from './digits'
import { decimalToDouble, INFINITY_BITS } from './double'
import { writeDouble, writeNegative, writeUnsigned } from './msgpack'
import { refuse, refuseByte } from './refusal'

/** No decimal with more digits than these is the middle of two doubles, so of further ones only "not all zero" counts. */
const DIGITS_MAX: i32 = 768
/** Far beyond every double, and small enough that adding the number of digits cannot overflow. */
const EXPONENT_FAR: i32 = 100_000_000

/** Where the MessagePack of the last number ends. */
export let numberOut: usize = 0

/** The value the digits read so far stand for, modulo 2^64. */
let digitsValue: u64 = 0

/** Reads digits from `at` on, appends them to digitsValue and returns the address of the first byte that is none. */
function readDigits(at: usize, end: usize): usize {
  let value = digitsValue
  while (at + 8 <= end) {
    const eight = load<u64>(at) ^ ZEROS
    if (otherThanDigits(eight) != 0) break
    value = value * 100_000_000 + eightDigits(eight)
    at += 8
  }
  while (at < end && isDigit(load<u8>(at))) {
    value = value * 10 + (load<u8>(at) - ZERO)
    at++
  }
  digitsValue = value
  return at
}

/** Reads the exponent whose sign or first digit is at `at`; sets exponentRead. Returns 0 when there is no digit. */
function readExponent(at: usize, end: usize): usize {
  const sign = at < end ? <u32>load<u8>(at) : 0
  if (sign == PLUS || sign == MINUS) at++
  if (at >= end || !isDigit(load<u8>(at))) return 0
  let exponent = 0
  while (at < end && isDigit(load<u8>(at))) {
    if (exponent < EXPONENT_FAR) exponent = exponent * 10 + <i32>(load<u8>(at) - ZERO)
    at++
  }
  exponentRead = sign == MINUS ? -exponent : exponent
  return at
}

let exponentRead: i32 = 0

/**
 * Reads the number that starts at `start` and ends before `end`, and writes it at `out`, nine bytes at most.
 * Returns the address behind its last character and sets numberOut, or returns 0.
 */
export function readNumber(start: usize, end: usize, out: usize, scratch: usize): usize {
  const negative = <u32>load<u8>(start) == MINUS
  const integer = start + <usize>negative
  if (integer >= end || !isDigit(load<u8>(integer))) return 0
  digitsValue = 0
  // Nothing may follow a leading zero within the integer; a digit there ends the token.
  const integerEnd = <u32>load<u8>(integer) == ZERO ? integer + 1 : readDigits(integer, end)
  let at = integerEnd
  let exponent = 0
  if (at < end && <u32>load<u8>(at) == POINT) {
    at = readDigits(integerEnd + 1, end)
    if (at == integerEnd + 1) return 0
    exponent = <i32>(integerEnd + 1) - <i32>at
  }
  const mantissaEnd = at
  exponentRead = 0
  if (at < end && isExponentLetter(load<u8>(at))) {
    at = readExponent(at + 1, end)
    if (at == 0) return 0
  }
  if (at == integerEnd && writeInteger(out, integer, integerEnd, negative)) return at
  return writeDecimal(out, integer, mantissaEnd, exponent + exponentRead, negative, scratch) ? at : 0
}

/** Writes the integer token from `at` to `end` when it fits 64 bits; −0 is none. */
function writeInteger(out: usize, at: usize, end: usize, negative: bool): bool {
  const digits = <i32>(end - at)
  const value = digitsValue
  if (digits > DIGITS_64) {
    // Of 20 digits only those that start with a 1 can fit, and then an overflow shows as a value below 10^19.
    if (digits > 20 || <u32>load<u8>(at) != 0x31 || value < 10_000_000_000_000_000_000) return false
  }
  if (!negative) {
    numberOut = writeUnsigned(out, value)
    return true
  }
  if (value == 0 || value > 0x8000000000000000) return false
  numberOut = writeNegative(out, value)
  return true
}

/** Writes the decimal whose digits, and perhaps a point, stand from `at` to `end`; false when it is out of range. */
function writeDecimal(out: usize, at: usize, end: usize, exponent: i32, negative: bool, scratch: usize): bool {
  // Zeros before the first other digit do not count.
  while (at < end && (<u32>load<u8>(at) == ZERO || <u32>load<u8>(at) == POINT)) at++
  let digits = <i32>(end - at)
  if (digits > DIGITS_64) {
    for (let i = at; i < end; i++) digits -= <i32>(<u32>load<u8>(i) == POINT)
  }
  const bits =
    digits <= DIGITS_64 ? decimalToDouble(digitsValue, exponent) : longToDouble(at, end, digits, exponent, scratch)
  if (bits == INFINITY_BITS) return false
  numberOut = writeNumber(out, bits, negative)
  return true
}

/** Writes a double as an integer where docs/formats.md says so. */
function writeNumber(out: usize, bits: u64, negative: bool): usize {
  const value = reinterpret<f64>(bits)
  const whole = <u64>(value <= 9007199254740992.0 ? value : 0.5)
  if (<f64>whole != value || (whole == 0 && negative)) return writeDouble(out, bits | (<u64>negative << 63))
  return negative ? writeNegative(out, whole) : writeUnsigned(out, whole)
}

/** The double nearest to `digits` significant digits, more than 19, from `at` to `end`, times 10^`exponent`. */
function longToDouble(at: usize, end: usize, digits: i32, exponent: i32, scratch: usize): u64 {
  let value: u64 = 0
  let i = at
  for (let taken = 0; taken < DIGITS_64; i++) {
    const byte = <u32>load<u8>(i)
    if (byte == POINT) continue
    value = value * 10 + (byte - ZERO)
    taken++
  }
  // The digits left out are less than one unit of the last one taken: the number is between two neighbours.
  const low = decimalToDouble(value, exponent + digits - DIGITS_64)
  const high = decimalToDouble(value + 1, exponent + digits - DIGITS_64)
  if (low == high) return low
  const order = compareWithMiddle(at, end, digits, exponent, low, scratch)
  if (order == 0) return low + (low & 1)
  return order < 0 ? low : high
}

/** The order of the decimal against the middle between the double `low` and the next one. */
function compareWithMiddle(at: usize, end: usize, digits: i32, exponent: i32, low: u64, scratch: usize): i32 {
  const decimal = scratch
  const middle = scratch + BIGNUM_BYTES
  exponent += digits - readBignum(decimal, at, end)
  const biased = <i32>(low >> 52)
  const mantissa = (low & 0xfffffffffffff) | (biased == 0 ? 0 : 0x10000000000000)
  setBignum(middle, (mantissa << 1) + 1)
  multiplyPowerOfFive(exponent < 0 ? middle : decimal, abs(exponent))
  // decimal × 2^exponent against middle × 2^(exponent of the double's last bit, less one)
  const shift = exponent - ((biased == 0 ? 1 : biased) - 1076)
  shiftLeft(shift > 0 ? decimal : middle, abs(shift))
  return compareBignums(decimal, middle)
}

/** Reads up to 768 digits, and one more that stands for all others if they are not all zero; returns how many. */
function readBignum(big: usize, at: usize, end: usize): i32 {
  setBignum(big, 0)
  let digits = 0
  let group: u32 = 0
  let factor: u32 = 1
  for (; at < end && digits < DIGITS_MAX; at++) {
    const byte = <u32>load<u8>(at)
    if (byte == POINT) continue
    group = group * 10 + (byte - ZERO)
    factor *= 10
    digits++
    if (factor == 1_000_000_000) {
      multiplyAdd(big, factor, group)
      group = 0
      factor = 1
    }
  }
  multiplyAdd(big, factor, group)
  for (; at < end; at++) {
    const byte = <u32>load<u8>(at)
    if (byte == POINT || byte == ZERO) continue
    multiplyAdd(big, 10, 1)
    return digits + 1
  }
  return digits
}

/** Says why the number that starts at `start` is refused. */
export function refuseNumber(start: usize, end: usize): i32 {
  let at = start + <usize>(<u32>load<u8>(start) == MINUS)
  if (at >= end || !isDigit(load<u8>(at))) return refuseByte(at, end)
  at = <u32>load<u8>(at) == ZERO ? at + 1 : readDigits(at, end)
  if (at < end && <u32>load<u8>(at) == POINT) {
    at++
    if (at >= end || !isDigit(load<u8>(at))) return refuseByte(at, end)
    at = readDigits(at, end)
  }
  if (at < end && isExponentLetter(load<u8>(at))) {
    at++
    if (at < end && (<u32>load<u8>(at) == PLUS || <u32>load<u8>(at) == MINUS)) at++
    if (at >= end || !isDigit(load<u8>(at))) return refuseByte(at, end)
  }
  return refuse(NUMBER_RANGE, start, end)
}
