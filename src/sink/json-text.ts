// JSON text written straight from canonical MessagePack into a buffer that is used again: no object, no string a member.
// What always holds: members keep their order, numbers are exact (64-bit integers by their digits, −0 as `-0`), and the
// text equals that of `toJson` in src/kernel/messagepack.ts; a test compares them.
import { valueToJson } from '../kernel/messagepack.ts'
import { type Cursor, readCount, readScalar, readTextBytes, shapeAt } from './value.ts'

/** Text under construction. `length` is in bytes of UTF-8. */
export type JsonText = { bytes: Buffer; length: number }

const bytesAtFirst = 16_384
// A byte of MessagePack becomes at most six of JSON (a control character in a string), and a container's end adds one.
const growthMax = 6
const slackBytes = 64

export function makeJsonText(): JsonText {
  return { bytes: Buffer.allocUnsafe(bytesAtFirst), length: 0 }
}

/** Returns the text and empties the buffer. */
export function takeText(text: JsonText): string {
  const taken = text.bytes.toString('utf8', 0, text.length)
  text.length = 0
  return taken
}

/** Appends the JSON text of the value at the cursor and moves behind it. */
export function appendValue(text: JsonText, cursor: Cursor): void {
  reserve(text, (cursor.bytes.length - cursor.at) * growthMax + slackBytes)
  writeValue(text, cursor)
}

/** Appends `{` or `,`, whichever is due, and the member's name at the cursor with its colon; moves behind the name. */
export function appendName(text: JsonText, cursor: Cursor): void {
  reserve(text, (cursor.bytes.length - cursor.at) * growthMax + slackBytes)
  text.bytes[text.length] = text.length === 0 ? 0x7b : 0x2c
  text.length++
  writeText(text, cursor)
  text.bytes[text.length++] = 0x3a
}

/** Appends plain ASCII. */
export function appendAscii(text: JsonText, ascii: string): void {
  reserve(text, ascii.length)
  writeAscii(text, ascii)
}

function reserve(text: JsonText, bytes: number): void {
  if (text.length + bytes <= text.bytes.length) return
  const grown = Buffer.allocUnsafe(Math.max(2 * text.bytes.length, text.length + bytes))
  text.bytes.copy(grown, 0, 0, text.length)
  text.bytes = grown
}

// What follows writes into room that was reserved for the whole value.

function writeValue(text: JsonText, cursor: Cursor): void {
  const shape = shapeAt(cursor)
  if (shape === 'scalar') writeScalar(text, cursor)
  else if (shape === 'text') writeText(text, cursor)
  else if (shape === 'array') writeArray(text, cursor)
  else writeMap(text, cursor)
}

function writeArray(text: JsonText, cursor: Cursor): void {
  const count = readCount(cursor)
  text.bytes[text.length++] = 0x5b
  for (let i = 0; i < count; i++) {
    if (i > 0) text.bytes[text.length++] = 0x2c
    writeValue(text, cursor)
  }
  text.bytes[text.length++] = 0x5d
}

function writeMap(text: JsonText, cursor: Cursor): void {
  const count = readCount(cursor)
  text.bytes[text.length++] = 0x7b
  for (let i = 0; i < count; i++) {
    if (i > 0) text.bytes[text.length++] = 0x2c
    writeText(text, cursor)
    text.bytes[text.length++] = 0x3a
    writeValue(text, cursor)
  }
  text.bytes[text.length++] = 0x7d
}

function writeScalar(text: JsonText, cursor: Cursor): void {
  const value = readScalar(cursor)
  if (typeof value === 'number' && value >= 0 && value < 10 && Number.isInteger(value) && !Object.is(value, -0)) {
    text.bytes[text.length++] = 0x30 + value
    return
  }
  writeAscii(text, valueToJson(value))
}

function writeAscii(text: JsonText, ascii: string): void {
  const { bytes } = text
  let at = text.length
  for (let i = 0; i < ascii.length; i++) bytes[at++] = ascii.charCodeAt(i)
  text.length = at
}

/** Copies the string at the cursor between quotes, escaping what JSON must have escaped, as JSON.stringify does. */
function writeText(text: JsonText, cursor: Cursor): void {
  const count = readTextBytes(cursor)
  const from = cursor.bytes
  const to = text.bytes
  const end = cursor.at + count
  let at = text.length
  to[at++] = 0x22
  for (let i = cursor.at; i < end; i++) {
    const byte = from[i]!
    if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) to[at++] = byte
    else at = writeEscape(to, at, byte)
  }
  to[at++] = 0x22
  text.length = at
  cursor.at = end
}

const shortEscapes: ReadonlyMap<number, string> = new Map([
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x22, '"'],
  [0x5c, '\\'],
])

function writeEscape(to: Buffer, start: number, byte: number): number {
  const escaped = `\\${shortEscapes.get(byte) ?? `u00${byte.toString(16).padStart(2, '0')}`}`
  return start + to.write(escaped, start, 'latin1')
}
