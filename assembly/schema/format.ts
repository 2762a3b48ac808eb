// The formats that are common enough in records to be checked by code rather than by an automaton. All bytes are looked at
// once; a byte outside ASCII fails wherever it stands. src/schema/formats.ts is the same in plain JavaScript.
import { isEmail, isIpv4, isIpv6 } from './address'
import {
  FORMAT_DATE, FORMAT_DATE_TIME, FORMAT_EMAIL, FORMAT_IPV4, FORMAT_IPV6, FORMAT_TIME, FORMAT_UUID,
} from './program'

/** Whether the text is of the format; a code that is not known fails. */
export function formatHolds(format: u32, text: usize, bytes: usize): bool {
  const end = text + bytes
  switch (format) {
    case FORMAT_DATE_TIME: return isDateTime(text, bytes)
    case FORMAT_UUID: return isUuid(text, bytes)
    case FORMAT_EMAIL: return isEmail(text, end)
    case FORMAT_DATE: return bytes == 10 && isDate(text)
    case FORMAT_TIME: return bytes >= 9 && isTime(text, end)
    case FORMAT_IPV4: return isIpv4(text, end)
    case FORMAT_IPV6: return isIpv6(text, end)
    default: return false
  }
}

// @ts-ignore: decorator
@inline
function digit(p: usize): u32 {
  return <u32>load<u8>(p) - 0x30
}

/** The number of two digits, or at least 100 when there are none. */
// @ts-ignore: decorator
@inline
function twoDigits(p: usize): u32 {
  const tens = digit(p)
  const units = digit(p + 1)
  return tens > 9 || units > 9 ? 100 : tens * 10 + units
}

/** Days of the month, 0 when there is no such month. Two bits a month above 28. */
function daysOfMonth(year: u32, month: u32): u32 {
  if (month - 1 > 11) return 0
  if (month != 2) return 30 + ((month + (month >> 3)) & 1)
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
}

/** RFC 3339 `full-date`: ten bytes at `p`. */
function isDate(p: usize): bool {
  const century = twoDigits(p)
  const yearOfCentury = twoDigits(p + 2)
  const day = twoDigits(p + 8)
  if (century > 99 || yearOfCentury > 99 || load<u8>(p, 4) != 0x2d || load<u8>(p, 7) != 0x2d) return false
  return day != 0 && day <= daysOfMonth(century * 100 + yearOfCentury, twoDigits(p + 5))
}

/** Minutes east of UTC of `Z` or `±hh:mm` that fill `p` … `end`; −10,000 when there is something else. */
function offsetMinutes(p: usize, end: usize): i32 {
  const first = <u32>load<u8>(p)
  if (end - p == 1) return (first | 0x20) == 0x7a ? 0 : -10000
  if (end - p != 6 || load<u8>(p, 3) != 0x3a) return -10000
  const hour = twoDigits(p + 1)
  const minute = twoDigits(p + 4)
  if (hour > 23 || minute > 59) return -10000
  const minutes = <i32>(hour * 60 + minute)
  if (first == 0x2b) return minutes
  return first == 0x2d ? -minutes : -10000
}

/** RFC 3339 `full-time`, at least nine bytes. Second 60 is taken only where UTC shows 23:59:60. */
function isTime(p: usize, end: usize): bool {
  const hour = twoDigits(p)
  const minute = twoDigits(p + 3)
  const second = twoDigits(p + 6)
  if (hour > 23 || minute > 59 || second > 60 || load<u8>(p, 2) != 0x3a || load<u8>(p, 5) != 0x3a) return false
  p += 8
  if (load<u8>(p) == 0x2e) {
    const fraction = p + 1
    p = fraction
    while (p < end && digit(p) <= 9) p++
    if (p == fraction) return false
  }
  if (p >= end) return false
  const offset = offsetMinutes(p, end)
  if (offset == -10000) return false
  return second < 60 || (<i32>(hour * 60 + minute) - offset + 2880) % 1440 == 1439
}

/**
 * Whether the text is a date-time that needs no second look: day up to 28, second up to 59, in UTC. Sixteen bytes are
 * checked at once: less their lowest value each, digits are at most the highest of their place, and all else is zero.
 */
function isPlainDateTime(text: usize, end: usize): bool {
  const lowest = i8x16(48, 48, 48, 48, 45, 48, 48, 45, 48, 48, 84, 48, 48, 58, 48, 48)
  const highest = i8x16(9, 9, 9, 9, 0, 1, 9, 0, 2, 9, 0, 2, 9, 0, 5, 9)
  const digits = i8x16.sub(v128.load(text), lowest)
  if (v128.any_true(i8x16.gt_u(digits, highest))) return false
  const front = <u64>i64x2.extract_lane(digits, 0)
  const back = <u64>i64x2.extract_lane(digits, 1)
  const month = <u32>((front >> 40) & 0xff) * 10 + <u32>((front >> 48) & 0xff)
  const day = <u32>(back & 0xff) * 10 + <u32>((back >> 8) & 0xff)
  const hour = <u32>((back >> 24) & 0xff) * 10 + <u32>((back >> 32) & 0xff)
  if (month - 1 > 11 || day - 1 > 27 || hour > 23) return false
  if (load<u8>(text, 16) != 0x3a || digit(text + 17) > 5 || digit(text + 18) > 9 || load<u8>(end - 1) != 0x5a) return false
  let p = text + 19
  if (p + 1 == end) return true
  if (load<u8>(p) != 0x2e || p + 2 == end) return false
  for (p++; p < end - 1; p++) if (digit(p) > 9) return false
  return true
}

function isDateTime(text: usize, bytes: usize): bool {
  if (bytes < 20) return false
  if (isPlainDateTime(text, text + bytes)) return true
  return (load<u8>(text, 10) | 0x20) == 0x74 && isDate(text) && isTime(text + 11, text + bytes)
}

/** Which of 16 bytes are no hexadecimal digits, a bit each. */
// @ts-ignore: decorator
@inline
function notHex(bytes: v128): u32 {
  const letters = i8x16.sub(v128.or(bytes, i8x16.splat(0x20)), i8x16.splat(0x61))
  const digits = i8x16.sub(bytes, i8x16.splat(0x30))
  const hex = v128.or(i8x16.lt_u(letters, i8x16.splat(6)), i8x16.lt_u(digits, i8x16.splat(10)))
  return <u32>i8x16.bitmask(hex) ^ 0xffff
}

/** 36 bytes: hyphens at 8, 13, 18 and 23, hexadecimal digits elsewhere. */
function isUuid(text: usize, bytes: usize): bool {
  if (bytes != 36) return false
  if (load<u8>(text, 8) != 0x2d || load<u8>(text, 13) != 0x2d) return false
  if (load<u8>(text, 18) != 0x2d || load<u8>(text, 23) != 0x2d) return false
  if (notHex(v128.load(text)) != 0x2100 || notHex(v128.load(text, 16)) != 0x84) return false
  return notHex(v128.load(text, 20)) == 0x8
}
