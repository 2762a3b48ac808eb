// Canonical MessagePack read in place, value by value, for sinks that turn records into columns at the pace of the drain:
// src/kernel/messagepack.ts builds objects, which costs more here than the database does.
// It refuses what the canonical form does not have: that is a broken invariant, since the log's checksum held.
// What always holds: an integer beyond ±2^53 is a bigint and −0 stays −0, so no number is ever rounded.

/** Where reading stands in a value. */
export type Cursor = { bytes: Buffer; at: number }

export type Scalar = null | boolean | number | bigint | string

/** The kinds of type byte that a reader of records has to tell apart. */
export type Shape = 'scalar' | 'text' | 'array' | 'map'

export function shapeAt(cursor: Cursor): Shape {
  const type = cursor.bytes[cursor.at]!
  if (type >= 0x80 && type < 0xc0) return type < 0x90 ? 'map' : type < 0xa0 ? 'array' : 'text'
  if (type >= 0xd9 && type <= 0xdf) return type < 0xdc ? 'text' : type < 0xde ? 'array' : 'map'
  return 'scalar'
}

/** Returns how many members or elements the container at the cursor has and moves to the first. */
export function readCount(cursor: Cursor): number {
  const type = cursor.bytes[cursor.at]!
  if (type >= 0x80 && type < 0xa0) {
    cursor.at++
    return type & 15
  }
  if (type < 0xdc || type > 0xdf) throw unexpected(cursor, 'a container')
  return readSize(cursor, 1 + (type & 1))
}

/** Returns the length in bytes of the string at the cursor and moves to its first byte; the string lies within the value. */
export function readTextBytes(cursor: Cursor): number {
  const type = cursor.bytes[cursor.at]!
  let bytes: number
  if (type >= 0xa0 && type < 0xc0) {
    bytes = type & 31
    cursor.at++
  } else {
    if (type < 0xd9 || type > 0xdb) throw unexpected(cursor, 'a string')
    bytes = readSize(cursor, type - 0xd9)
  }
  if (cursor.at + bytes > cursor.bytes.length) throw unexpected(cursor, `${bytes} more bytes`)
  return bytes
}

/** Returns the string at the cursor and moves behind it. */
export function readText(cursor: Cursor): string {
  const bytes = readTextBytes(cursor)
  const start = cursor.at
  cursor.at = start + bytes
  return cursor.bytes.toString('utf8', start, cursor.at)
}

/** Returns the scalar at the cursor and moves behind it. */
export function readScalar(cursor: Cursor): Scalar {
  const type = cursor.bytes[cursor.at]!
  if (type < 0x80 || type >= 0xe0) {
    cursor.at++
    return type < 0x80 ? type : type - 0x100
  }
  if ((type & 0xe0) === 0xa0 || (type >= 0xd9 && type <= 0xdb)) return readText(cursor)
  if (type >= 0xcb && type <= 0xd3) return readNumber(cursor, type)
  if (type !== 0xc0 && type !== 0xc2 && type !== 0xc3) throw unexpected(cursor, 'a scalar')
  cursor.at++
  return type === 0xc0 ? null : type === 0xc3
}

function readNumber(cursor: Cursor, type: number): number | bigint {
  const { bytes } = cursor
  const at = cursor.at + 1
  switch (type) {
    case 0xcb:
      cursor.at += 9
      return bytes.readDoubleBE(at)
    case 0xcc:
    case 0xcd:
    case 0xce:
      return readSize(cursor, type - 0xcc)
    case 0xcf:
      cursor.at += 9
      return narrow(bytes.readBigUInt64BE(at))
    case 0xd0:
      cursor.at += 2
      return bytes.readInt8(at)
    case 0xd1:
      cursor.at += 3
      return bytes.readInt16BE(at)
    case 0xd2:
      cursor.at += 5
      return bytes.readInt32BE(at)
    case 0xd3:
      cursor.at += 9
      return narrow(bytes.readBigInt64BE(at))
    default:
      throw unexpected(cursor, 'a number')
  }
}

/** Reads the unsigned number of 2^widthLog2 bytes that follows the type byte and moves behind it. */
function readSize(cursor: Cursor, widthLog2: number): number {
  const at = cursor.at + 1
  cursor.at = at + (1 << widthLog2)
  if (widthLog2 === 0) return cursor.bytes.readUInt8(at)
  return widthLog2 === 1 ? cursor.bytes.readUInt16BE(at) : cursor.bytes.readUInt32BE(at)
}

function narrow(value: bigint): number | bigint {
  return value >= -9007199254740992n && value <= 9007199254740992n ? Number(value) : value
}

function unexpected(cursor: Cursor, expected: string): RangeError {
  const found = cursor.bytes[cursor.at]
  const byte = found === undefined ? 'the end' : `0x${found.toString(16)}`
  return new RangeError(`canonical MessagePack has ${expected} at byte ${cursor.at}, found ${byte}`)
}
