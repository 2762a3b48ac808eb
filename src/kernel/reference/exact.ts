// The exact parser: strict RFC 8259 over bytes to a tree that loses nothing: member order, 64-bit integers, −0, and where
// each value stands. JSON.parse is several times faster, but rounds, reorders, overwrites, and says no without a place; so
// this one decides whatever JSON.parse refuses or may have lost (fast.ts).
// What always holds: the status and offset are those of docs/formats.md, "Record status"; the recursion is as deep as the
// record, which `depthMax` bounds.
import { type RecordStatus, recordStatus } from '../abi.ts'
import { type Cursor, refuse, refuseByte } from './cursor.ts'
import { readNumber } from './exact-number.ts'
import { readString } from './exact-string.ts'

/** A value and its place. Integers beyond ±2^53 are bigints; other numbers are doubles. */
export type Exact = {
  /** Offset of the value's first byte in the record. */
  readonly at: number
  readonly value: null | boolean | number | bigint | string | readonly Exact[] | ReadonlyMap<string, Exact>
  /** Bytes of its MessagePack; set when it is packed. */
  packedBytes: number
}

export type Parsed = {
  /** 0: accepted. */
  readonly status: RecordStatus | 0
  readonly errorOffset: number
  /** Present when accepted. */
  readonly root: Exact | undefined
  /** The value without the white space around it, absolute in the memory. */
  readonly valueStart: number
  readonly valueEnd: number
}

/** Parses the record at `start` … `end` of `bytes`. Returns its tree, or the status and offset of what is wrong. */
export function parseExact(bytes: Buffer, start: number, end: number, depthMax: number): Parsed {
  const cursor: Cursor = {
    bytes,
    start,
    end,
    depthMax,
    at: start,
    depth: 0,
    status: 0,
    errorOffset: 0,
    duplicateAt: -1,
  }
  skipSpace(cursor)
  const valueStart = cursor.at
  if (valueStart === end) refuse(cursor, recordStatus.EMPTY, end)
  const root = cursor.status === 0 ? readValue(cursor) : undefined
  const valueEnd = cursor.at
  if (root !== undefined) checkEnd(cursor)
  return { status: cursor.status, errorOffset: cursor.errorOffset, root, valueStart, valueEnd }
}

function checkEnd(cursor: Cursor): void {
  skipSpace(cursor)
  if (cursor.at < cursor.end) refuse(cursor, recordStatus.TRAILING_BYTES, cursor.at)
  else if (cursor.duplicateAt >= 0) refuse(cursor, recordStatus.DUPLICATE_KEY, cursor.duplicateAt)
}

function skipSpace(cursor: Cursor): void {
  while (cursor.at < cursor.end) {
    const byte = cursor.bytes[cursor.at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
    cursor.at++
  }
}

function readValue(cursor: Cursor): Exact | undefined {
  const at = cursor.at
  const value = readAny(cursor)
  return value === undefined ? undefined : { at: at - cursor.start, value, packedBytes: 0 }
}

function readAny(cursor: Cursor): Exact['value'] | undefined {
  if (cursor.at >= cursor.end) return refuseByte(cursor, cursor.at)
  const first = cursor.bytes[cursor.at]!
  switch (first) {
    case 0x22:
      return readString(cursor)
    case 0x7b:
      return readNested(cursor, readObject)
    case 0x5b:
      return readNested(cursor, readArray)
    case 0x74:
      return readLiteral(cursor, 'true', true)
    case 0x66:
      return readLiteral(cursor, 'false', false)
    case 0x6e:
      return readLiteral(cursor, 'null', null)
    default:
      if (first === 0x2d || (first >= 0x30 && first <= 0x39)) return readNumber(cursor)
      return refuseByte(cursor, cursor.at)
  }
}

function readLiteral<T>(cursor: Cursor, name: string, value: T): T | undefined {
  for (let i = 1; i < name.length; i++) {
    const at = cursor.at + i
    if (at >= cursor.end || cursor.bytes[at] !== name.charCodeAt(i)) return refuseByte(cursor, at)
  }
  cursor.at += name.length
  return value
}

/** Reads the container whose opening bracket is at the cursor. */
function readNested<T>(cursor: Cursor, read: (cursor: Cursor) => T | undefined): T | undefined {
  if (cursor.depth === cursor.depthMax) return refuse(cursor, recordStatus.TOO_DEEP, cursor.at)
  cursor.depth++
  cursor.at++
  skipSpace(cursor)
  const container = read(cursor)
  cursor.depth--
  return container
}

function readArray(cursor: Cursor): Exact[] | undefined {
  const elements: Exact[] = []
  if (cursor.at < cursor.end && cursor.bytes[cursor.at] === 0x5d) {
    cursor.at++
    return elements
  }
  while (true) {
    const element = readValue(cursor)
    if (element === undefined) return undefined
    elements.push(element)
    const more = readSeparator(cursor, 0x5d)
    if (more === undefined) return undefined
    if (!more) return elements
  }
}

function readObject(cursor: Cursor): Map<string, Exact> | undefined {
  const members = new Map<string, Exact>()
  if (cursor.at < cursor.end && cursor.bytes[cursor.at] === 0x7d) {
    cursor.at++
    return members
  }
  while (true) {
    if (!readMember(cursor, members)) return undefined
    const more = readSeparator(cursor, 0x7d)
    if (more === undefined) return undefined
    if (!more) return members
  }
}

/** Reads one member; false: refused. */
function readMember(cursor: Cursor, members: Map<string, Exact>): boolean {
  const keyAt = cursor.at
  if (keyAt >= cursor.end || cursor.bytes[keyAt] !== 0x22) {
    refuseByte(cursor, keyAt)
    return false
  }
  const key = readString(cursor)
  if (key === undefined) return false
  if (cursor.duplicateAt < 0 && members.has(key)) cursor.duplicateAt = keyAt
  skipSpace(cursor)
  if (cursor.at >= cursor.end || cursor.bytes[cursor.at] !== 0x3a) {
    refuseByte(cursor, cursor.at)
    return false
  }
  cursor.at++
  skipSpace(cursor)
  const value = readValue(cursor)
  if (value === undefined) return false
  members.set(key, value)
  return true
}

/** Passes a comma and the space after it (true) or the closing bracket (false). */
function readSeparator(cursor: Cursor, closing: number): boolean | undefined {
  skipSpace(cursor)
  const byte = cursor.bytes[cursor.at]
  if (cursor.at >= cursor.end || (byte !== 0x2c && byte !== closing)) return refuseByte(cursor, cursor.at)
  cursor.at++
  if (byte === closing) return false
  skipSpace(cursor)
  return true
}
