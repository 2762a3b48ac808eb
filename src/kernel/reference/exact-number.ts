// Number tokens, read exactly: an integer token of 64 bits is exact, everything else is the correctly rounded double.
// Refuses what RFC 8259 has no number for, and a token beyond the doubles' range.
import { recordStatus } from '../abi.ts'
import { type Cursor, refuse, refuseByte } from './cursor.ts'

const minus = 0x2d
const plus = 0x2b
const dot = 0x2e

/** Integer tokens of up to this many bytes, sign included, are exact as doubles. */
const safeTokenBytes = 15
/** No integer of 64 bits is written longer. */
const integerTokenBytesMax = 20

/** Reads the number at the cursor, whose first byte is a digit or a minus. */
export function readNumber(cursor: Cursor): number | bigint | undefined {
  const first = cursor.at
  let at = first + (cursor.bytes[first] === minus ? 1 : 0)
  if (!isDigit(cursor, at)) return refuseByte(cursor, at)
  at = cursor.bytes[at] === 0x30 ? at + 1 : afterDigits(cursor, at)
  let isInteger = true
  if (at < cursor.end && cursor.bytes[at] === dot) {
    isInteger = false
    if (!isDigit(cursor, at + 1)) return refuseByte(cursor, at + 1)
    at = afterDigits(cursor, at + 1)
  }
  if (at < cursor.end && (cursor.bytes[at]! | 0x20) === 0x65) {
    isInteger = false
    const sign = cursor.bytes[at + 1]
    at += at + 1 < cursor.end && (sign === plus || sign === minus) ? 2 : 1
    if (!isDigit(cursor, at)) return refuseByte(cursor, at)
    at = afterDigits(cursor, at)
  }
  cursor.at = at
  const token = cursor.bytes.toString('latin1', first, at)
  const value = isInteger ? integerOf(token) : Number(token)
  return value === Infinity || value === -Infinity ? refuse(cursor, recordStatus.NUMBER_RANGE, first) : value
}

function integerOf(token: string): number | bigint {
  if (token.length <= safeTokenBytes) return Number(token)
  if (token.length <= integerTokenBytesMax) {
    const exact = BigInt(token)
    if (exact >= -9007199254740992n && exact <= 9007199254740992n) return Number(exact)
    if (exact >= -(2n ** 63n) && exact < 2n ** 64n) return exact
  }
  return Number(token)
}

function isDigit(cursor: Cursor, at: number): boolean {
  const byte = cursor.bytes[at]!
  return at < cursor.end && byte >= 0x30 && byte <= 0x39
}

function afterDigits(cursor: Cursor, start: number): number {
  let at = start
  while (isDigit(cursor, at)) at++
  return at
}
