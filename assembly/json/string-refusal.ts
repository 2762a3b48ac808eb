// Why a string is refused, and where: the first of its faults from left to right, byte by byte (docs/formats.md, "Record
// status").
import { BAD_ESCAPE, BAD_UTF8, CONTROL_CHARACTER, LONE_SURROGATE, UNEXPECTED_END } from '../abi'
import { hexUnit, isEscapeLetter } from './escape'
import { BACKSLASH, QUOTE } from './lanes'
import { refuse } from './refusal'
import { sequenceBytes } from './utf8'

const LETTER_U: u32 = 0x75

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
  return refuse(UNEXPECTED_END, end, end)
}

let escapeStatus: i32 = 0

/** Bytes of the escape at `at`, or 0 with escapeStatus set. */
function escapeLength(at: usize, end: usize): usize {
  escapeStatus = 0
  const letter = at + 1 < end ? <u32>load<u8>(at, 1) : 0
  if (letter != LETTER_U) {
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
    if (<u32>load<u8>(at + i) != (i == 6 ? BACKSLASH : LETTER_U)) {
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
