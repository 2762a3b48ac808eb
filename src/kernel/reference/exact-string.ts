// Strings, read exactly: every byte is looked at, so that what is wrong is found where it stands (docs/formats.md, "Record
// status"). Refuses control characters, bad escapes, lone surrogates and ill-formed UTF-8.
import { recordStatus } from '../abi.ts'
import { type Cursor, refuse } from './cursor.ts'

const quote = 0x22
const backslash = 0x5c

/** What the byte after a backslash stands for; `u` is not among them. */
const escapes = new Map([...'"\\/bfnrt'].map((name, i) => [name.charCodeAt(0), '"\\/\b\f\n\r\t'[i]!]))

/** Reads the string whose opening quote is at the cursor. */
export function readString(cursor: Cursor): string | undefined {
  const { bytes, end } = cursor
  let at = cursor.at + 1
  let runStart = at
  let isAscii = true
  let read = ''
  while (at < end) {
    const byte = bytes[at]!
    if (byte === quote) {
      cursor.at = at + 1
      return read + bytes.toString(isAscii ? 'latin1' : 'utf8', runStart, at)
    }
    if (byte === backslash) {
      read += bytes.toString(isAscii ? 'latin1' : 'utf8', runStart, at)
      const escaped = readEscape(cursor, at)
      if (escaped === undefined) return undefined
      read += escaped
      at = runStart = cursor.at
    } else if (byte >= 0x80) {
      const sequenceBytes = utf8SequenceBytes(bytes, at, end)
      if (sequenceBytes === 0) return refuse(cursor, recordStatus.BAD_UTF8, at)
      isAscii = false
      at += sequenceBytes
    } else if (byte < 0x20) {
      return refuse(cursor, recordStatus.CONTROL_CHARACTER, at)
    } else {
      at++
    }
  }
  return refuse(cursor, recordStatus.UNEXPECTED_END, end)
}

/** Reads the escape whose backslash is at `at`, a surrogate pair as one; leaves the cursor behind it. */
function readEscape(cursor: Cursor, at: number): string | undefined {
  const name = cursor.bytes[at + 1]!
  if (at + 1 >= cursor.end) return refuse(cursor, recordStatus.UNEXPECTED_END, cursor.end)
  if (name === 0x75) return readUnicodeEscape(cursor, at)
  const escaped = escapes.get(name)
  if (escaped === undefined) return refuse(cursor, recordStatus.BAD_ESCAPE, at + 1)
  cursor.at = at + 2
  return escaped
}

function readUnicodeEscape(cursor: Cursor, at: number): string | undefined {
  const unit = readHex(cursor, at + 2)
  if (unit === undefined) return undefined
  if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit)
  if (unit > 0xdbff) return refuse(cursor, recordStatus.LONE_SURROGATE, at)
  // A high surrogate: `\u` and a low one must follow.
  for (const [i, expected] of [backslash, 0x75].entries()) {
    if (cursor.at + i >= cursor.end) return refuse(cursor, recordStatus.UNEXPECTED_END, cursor.end)
    if (cursor.bytes[cursor.at + i] !== expected) return refuse(cursor, recordStatus.LONE_SURROGATE, at)
  }
  const low = readHex(cursor, cursor.at + 2)
  if (low === undefined) return undefined
  if (low < 0xdc00 || low > 0xdfff) return refuse(cursor, recordStatus.LONE_SURROGATE, at)
  return String.fromCharCode(unit, low)
}

/** Reads four hexadecimal digits at `at`; leaves the cursor behind them. */
function readHex(cursor: Cursor, at: number): number | undefined {
  let unit = 0
  for (let i = at; i < at + 4; i++) {
    if (i >= cursor.end) return refuse(cursor, recordStatus.UNEXPECTED_END, cursor.end)
    const byte = cursor.bytes[i]!
    const letter = byte | 0x20
    if (byte >= 0x30 && byte <= 0x39) unit = unit * 16 + byte - 0x30
    else if (letter >= 0x61 && letter <= 0x66) unit = unit * 16 + letter - 0x57
    else return refuse(cursor, recordStatus.BAD_ESCAPE, i)
  }
  cursor.at = at + 4
  return unit
}

/** Length of the well-formed UTF-8 sequence of two to four bytes at `at`, or 0 (Unicode, table 3-7). */
export function utf8SequenceBytes(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!
  const sequenceBytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4 || at + sequenceBytes > end) return 0
  const second = bytes[at + 1]!
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < lowest || second > highest) return 0
  for (let i = at + 2; i < at + sequenceBytes; i++) if (bytes[i]! < 0x80 || bytes[i]! > 0xbf) return 0
  return sequenceBytes
}
