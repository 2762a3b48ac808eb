// MessagePack as clients send it, to the exact tree: what assembly/msgpack does in WebAssembly. It refuses what JSON has no
// word for (bin, ext, keys that are no strings, NaN, infinities) and what JSON would be refused for.
// What always holds: the status and offset are those of docs/formats.md, "Record status"; the recursion is as deep as the
// record, which `depthMax` bounds; a length is believed only as far as there are bytes.
import { recordStatus } from '../abi.ts'
import { type Cursor, refuse } from './cursor.ts'
import type { Exact, Parsed } from './exact.ts'
import { utf8SequenceBytes } from './exact-string.ts'

/** Parses the record at `start` … `end` of `bytes`. Returns its tree, or the status and offset of what is wrong. */
export function parsePacked(bytes: Buffer, start: number, end: number, depthMax: number): Parsed {
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
  if (start === end) refuse(cursor, recordStatus.EMPTY, end)
  const root = cursor.status === 0 ? readValue(cursor) : undefined
  if (root !== undefined) {
    if (cursor.at < end) refuse(cursor, recordStatus.TRAILING_BYTES, cursor.at)
    else if (cursor.duplicateAt >= 0) refuse(cursor, recordStatus.DUPLICATE_KEY, cursor.duplicateAt)
  }
  return { status: cursor.status, errorOffset: cursor.errorOffset, root, valueStart: start, valueEnd: cursor.at }
}

function readValue(cursor: Cursor): Exact | undefined {
  const at = cursor.at
  const value = at < cursor.end ? readAny(cursor, cursor.bytes[at]!) : refuse(cursor, recordStatus.UNEXPECTED_END, at)
  return value === undefined ? undefined : { at: at - cursor.start, value, packedBytes: 0 }
}

function readAny(cursor: Cursor, type: number): Exact['value'] | undefined {
  if (isString(type)) return readString(cursor, type)
  if (type >= 0xca && type <= 0xd3) return readNumber(cursor, type)
  if ((type >= 0x80 && type < 0xa0) || (type >= 0xdc && type <= 0xdf)) return readContainer(cursor, type)
  cursor.at++
  if (type < 0x80) return type
  if (type >= 0xe0) return type - 0x100
  if (type === 0xc0) return null
  if (type === 0xc2 || type === 0xc3) return type === 0xc3
  return refuse(cursor, recordStatus.UNEXPECTED_BYTE, cursor.at - 1)
}

function isString(type: number): boolean {
  return (type >= 0xa0 && type < 0xc0) || (type >= 0xd9 && type <= 0xdb)
}

/** Passes the type byte and reads the unsigned number of so many bytes behind it. */
function readSize(cursor: Cursor, sizeBytes: number): number | undefined {
  const from = cursor.at + 1
  if (cursor.end - from < sizeBytes) return refuse(cursor, recordStatus.UNEXPECTED_END, cursor.end)
  cursor.at = from + sizeBytes
  return cursor.bytes.readUIntBE(from, sizeBytes)
}

function readString(cursor: Cursor, type: number): string | undefined {
  const { bytes, end } = cursor
  const length = type < 0xc0 ? type & 31 : readSize(cursor, 1 << (type - 0xd9))
  if (length === undefined) return undefined
  if (type < 0xc0) cursor.at++
  const start = cursor.at
  if (end - start < length) return refuse(cursor, recordStatus.UNEXPECTED_END, end)
  cursor.at = start + length
  for (let at = start; at < cursor.at; ) {
    const sequenceBytes = bytes[at]! < 0x80 ? 1 : utf8SequenceBytes(bytes, at, cursor.at)
    if (sequenceBytes === 0) return refuse(cursor, recordStatus.BAD_UTF8, at)
    at += sequenceBytes
  }
  return bytes.toString('utf8', start, cursor.at)
}

function readNumber(cursor: Cursor, type: number): number | bigint | undefined {
  const { bytes, at } = cursor
  const sizeBytes = type === 0xca ? 4 : type === 0xcb ? 8 : 1 << (type - (type < 0xd0 ? 0xcc : 0xd0))
  if (cursor.end - at - 1 < sizeBytes) return refuse(cursor, recordStatus.UNEXPECTED_END, cursor.end)
  cursor.at = at + 1 + sizeBytes
  if (type >= 0xd0) return sizeBytes < 8 ? bytes.readIntBE(at + 1, sizeBytes) : near(bytes.readBigInt64BE(at + 1))
  if (type >= 0xcc) return sizeBytes < 8 ? bytes.readUIntBE(at + 1, sizeBytes) : near(bytes.readBigUInt64BE(at + 1))
  const value = sizeBytes === 4 ? bytes.readFloatBE(at + 1) : bytes.readDoubleBE(at + 1)
  return Number.isFinite(value) ? value : refuse(cursor, recordStatus.NUMBER_RANGE, at)
}

const safeMax = 2n ** 53n

function near(value: bigint): number | bigint {
  return value >= -safeMax && value <= safeMax ? Number(value) : value
}

function readContainer(cursor: Cursor, type: number): Exact['value'] | undefined {
  if (cursor.depth === cursor.depthMax) return refuse(cursor, recordStatus.TOO_DEEP, cursor.at)
  const isMap = type < 0x90 || type >= 0xde
  const count = type < 0xa0 ? type & 15 : readSize(cursor, 2 << (type & 1))
  if (count === undefined) return undefined
  if (type < 0xa0) cursor.at++
  cursor.depth++
  const container = isMap ? readMembers(cursor, count) : readElements(cursor, count)
  cursor.depth--
  return container
}

function readElements(cursor: Cursor, count: number): Exact[] | undefined {
  const elements: Exact[] = []
  for (let i = 0; i < count; i++) {
    const element = readValue(cursor)
    if (element === undefined) return undefined
    elements.push(element)
  }
  return elements
}

function readMembers(cursor: Cursor, count: number): Map<string, Exact> | undefined {
  const members = new Map<string, Exact>()
  for (let i = 0; i < count; i++) {
    const keyAt = cursor.at
    if (keyAt >= cursor.end) return refuse(cursor, recordStatus.UNEXPECTED_END, cursor.end)
    const type = cursor.bytes[keyAt]!
    if (!isString(type)) return refuse(cursor, recordStatus.UNEXPECTED_BYTE, keyAt)
    const key = readString(cursor, type)
    if (key === undefined) return undefined
    if (cursor.duplicateAt < 0 && members.has(key)) cursor.duplicateAt = keyAt
    const value = readValue(cursor)
    if (value === undefined) return undefined
    members.set(key, value)
  }
  return members
}
