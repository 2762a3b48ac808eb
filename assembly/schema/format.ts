// The formats that are common enough in records to be checked by code rather than by an automaton. All bytes are looked at
// once; a byte outside ASCII fails wherever it stands. src/schema/formats.ts is the same in plain JavaScript.
import { FORMAT_DATE_TIME, FORMAT_EMAIL, FORMAT_UUID } from './program'

/** Whether the text is of the format; a code that is not known fails. */
export function formatHolds(format: u32, text: usize, bytes: usize): bool {
  if (format == FORMAT_DATE_TIME) return isDateTime(text, bytes)
  if (format == FORMAT_UUID) return isUuid(text, bytes)
  if (format == FORMAT_EMAIL) return isEmail(text, bytes)
  return false
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

function isDateTime(text: usize, bytes: usize): bool {
  if (bytes < 20 || (load<u8>(text, 10) | 0x20) != 0x74) return false
  return isDate(text) && isTime(text + 11, text + bytes)
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

/** `atext` of RFC 5322: letters, digits and !#$%&'*+-/=?^_`{|}~ */
// @ts-ignore: decorator
@inline
function isAtomByte(byte: u32): bool {
  const low: u64 = 0xa3ffacfa_00000000
  const high: u64 = 0x7fffffff_c7fffffe
  if (byte < 64) return <bool>((low >> byte) & 1)
  return byte < 128 && <bool>((high >> (byte - 64)) & 1)
}

/** Dot-separated atoms. */
function isDotAtom(p: usize, end: usize): bool {
  let dotted = true
  while (p < end) {
    const byte = <u32>load<u8>(p)
    if (byte == 0x2e) {
      if (dotted) return false
      dotted = true
    } else {
      if (!isAtomByte(byte)) return false
      dotted = false
    }
    p++
  }
  return !dotted
}

/** A quoted string with its quotes; a backslash takes any printable byte along. */
function isQuoted(p: usize, end: usize): bool {
  if (end - p < 2 || load<u8>(p) != 0x22) return false
  const last = end - 1
  p++
  while (p < last) {
    let byte = <u32>load<u8>(p)
    if (byte == 0x22) return false
    if (byte == 0x5c) {
      p++
      if (p == last) return false
      byte = load<u8>(p)
    }
    if (byte - 0x20 > 0x5e) return false
    p++
  }
  return load<u8>(last) == 0x22
}

// @ts-ignore: decorator
@inline
function isLetterOrDigit(byte: u32): bool {
  return byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 26
}

/** Dot-separated labels of 1–63 letters, digits and inner hyphens, 253 bytes at most. */
function isDomain(p: usize, end: usize): bool {
  if (end - p > 253) return false
  let labelBytes = 0
  let previous: u32 = 0x2e
  while (p < end) {
    const byte = <u32>load<u8>(p)
    if (byte == 0x2e) {
      if (labelBytes == 0 || previous == 0x2d) return false
      labelBytes = 0
    } else {
      if (!isLetterOrDigit(byte) && (byte != 0x2d || labelBytes == 0)) return false
      labelBytes++
      if (labelBytes > 63) return false
    }
    previous = byte
    p++
  }
  return labelBytes != 0 && previous != 0x2d
}

/** Bytes of the decimal number of 0–255 at `p`, 0 when there is none. */
function octetBytes(p: usize, end: usize): usize {
  let value: u32 = 0
  let bytes: usize = 0
  while (p + bytes < end && bytes < 3 && digit(p + bytes) <= 9) {
    value = value * 10 + digit(p + bytes)
    bytes++
  }
  return value > 255 || (bytes > 1 && digit(p) == 0) ? 0 : bytes
}

/** Dotted quad that fills `p` … `end`. */
export function isIpv4(p: usize, end: usize): bool {
  for (let octet = 0; octet < 4; octet++) {
    const bytes = octetBytes(p, end)
    if (bytes == 0) return false
    p += bytes
    if (octet == 3) return p == end
    if (p == end || load<u8>(p) != 0x2e) return false
    p++
  }
  return false
}

/** Bytes of the one to four hexadecimal digits at `p`; 0 when there are none. */
function groupBytes(p: usize, end: usize): usize {
  let bytes: usize = 0
  while (p + bytes < end && bytes < 4) {
    const byte = <u32>load<u8>(p + bytes)
    if (byte - 0x30 > 9 && (byte | 0x20) - 0x61 > 5) break
    bytes++
  }
  return bytes
}

/** RFC 4291, section 2.2: eight groups, `::` once for one or more of them, the last two perhaps as a dotted quad. */
export function isIpv6(p: usize, end: usize): bool {
  let groupCount = 0
  let compressed = false
  if (p + 2 <= end && load<u16>(p) == 0x3a3a) {
    compressed = true
    p += 2
    if (p == end) return true
  }
  while (true) {
    const bytes = groupBytes(p, end)
    if (bytes == 0) return false
    if (p + bytes < end && load<u8>(p + bytes) == 0x2e) return isIpv4(p, end) && groupsFit(groupCount + 2, compressed)
    p += bytes
    groupCount++
    if (p == end) return groupsFit(groupCount, compressed)
    if (groupCount == 8 || load<u8>(p) != 0x3a) return false
    p++
    if (p < end && load<u8>(p) == 0x3a) {
      if (compressed) return false
      compressed = true
      p++
      if (p == end) return groupsFit(groupCount, true)
    }
  }
  return false
}

function groupsFit(groupCount: i32, compressed: bool): bool {
  return compressed ? groupCount <= 7 : groupCount == 8
}

/** What stands after the `@` in brackets, the brackets with it. */
function isAddressLiteral(p: usize, end: usize): bool {
  if (end - p < 3 || load<u8>(end - 1) != 0x5d) return false
  p++
  end--
  if (isIpv4(p, end)) return true
  if (end - p < 5 || load<u8>(p, 4) != 0x3a) return false
  // "ipv6" in any case; the digit has the bit set already.
  if ((load<u32>(p) | 0x00202020) != 0x36767069) return false
  return isIpv6(p + 5, end)
}

function isEmail(text: usize, bytes: usize): bool {
  const end = text + bytes
  let at = end
  while (at > text && load<u8>(at - 1) != 0x40) at--
  // `at` is behind the last @ now.
  const localBytes = <i32>(at - text) - 1
  if (localBytes < 1 || localBytes > 64) return false
  if (!isDotAtom(text, at - 1) && !isQuoted(text, at - 1)) return false
  if (at == end) return false
  return load<u8>(at) == 0x5b ? isAddressLiteral(at, end) : isDomain(at, end)
}
