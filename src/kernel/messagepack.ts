// Canonical MessagePack (docs/formats.md, "Value") between bytes, JavaScript values and JSON text.
// It refuses what has no JSON form, and on reading every type byte the canonical form does not use. What always holds: −0
// stays −0, and an integer beyond ±2^53 is a bigint, never rounded.

import {
  closeReader,
  openReader,
  type Reader,
  readByte,
  readJsonText,
  readKey,
  readNumber,
  readSize,
  readText,
  readTextBytes,
} from './reference/unpack.ts'

export { encodeValue } from './encode-value.ts'

/**
 * Returns the value of canonical MessagePack. Integers beyond ±2^53 are bigints; objects are plain objects, `__proto__` an
 * own property like any other (integer-like keys come first, as JavaScript has it: `toJson` keeps their place).
 * @throws RangeError when the bytes are not exactly one value.
 */
export function decodeValue(bytes: Uint8Array): unknown {
  const reader = openReader(bytes)
  return closeReader(reader, readValue(reader))
}

function readValue(reader: Reader): unknown {
  const type = readByte(reader)
  if (type < 0x80) return type
  if (type >= 0xe0) return type - 0x100
  if (type < 0x90) return readObject(reader, type & 15)
  if (type < 0xa0) return readArray(reader, type & 15)
  if (type < 0xc0) return readText(reader, type & 31)
  switch (type) {
    case 0xc0:
      return null
    case 0xc2:
      return false
    case 0xc3:
      return true
    case 0xd9:
    case 0xda:
    case 0xdb:
      return readText(reader, readTextBytes(reader, type))
    case 0xdc:
      return readArray(reader, readSize(reader, 2))
    case 0xdd:
      return readArray(reader, readSize(reader, 4))
    case 0xde:
      return readObject(reader, readSize(reader, 2))
    case 0xdf:
      return readObject(reader, readSize(reader, 4))
    default:
      return readNumber(reader, type)
  }
}

function readArray(reader: Reader, count: number): unknown[] {
  const array: unknown[] = []
  for (let i = 0; i < count; i++) array.push(readValue(reader))
  return array
}

function readObject(reader: Reader, count: number): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (let i = 0; i < count; i++) {
    const key = readKey(reader)
    const value = readValue(reader)
    if (key === '__proto__') defineMember(object, key, value)
    else object[key] = value
  }
  return object
}

function defineMember(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

/**
 * Returns the JSON text of canonical MessagePack: members in stored order, 64-bit integers as their digits, doubles as the
 * shortest text that reads back as the same stored value.
 * @throws RangeError when the bytes are not exactly one value.
 */
export function toJson(bytes: Uint8Array): string {
  const reader = openReader(bytes)
  return closeReader(reader, readJson(reader))
}

function readJson(reader: Reader): string {
  const start = reader.at
  const type = readByte(reader)
  if (type >= 0x80 && type < 0x90) return readJsonObject(reader, type & 15)
  if (type >= 0x90 && type < 0xa0) return readJsonArray(reader, type & 15)
  if (type === 0xdc || type === 0xdd) return readJsonArray(reader, readSize(reader, type === 0xdc ? 2 : 4))
  if (type === 0xde || type === 0xdf) return readJsonObject(reader, readSize(reader, type === 0xde ? 2 : 4))
  const textBytes = readTextBytes(reader, type)
  if (textBytes >= 0) return readJsonText(reader, textBytes)
  reader.at = start
  return valueToJson(readValue(reader))
}

function readJsonObject(reader: Reader, count: number): string {
  let text = '{'
  for (let i = 0; i < count; i++) {
    const at = reader.at
    const keyBytes = readTextBytes(reader, readByte(reader))
    if (keyBytes < 0) throw new RangeError(`MessagePack key at ${at} is no string`)
    text += i > 0 ? ',' : ''
    text += readJsonText(reader, keyBytes)
    text += ':'
    text += readJson(reader)
  }
  return `${text}}`
}

function readJsonArray(reader: Reader, count: number): string {
  let text = '['
  for (let i = 0; i < count; i++) {
    text += i > 0 ? ',' : ''
    text += readJson(reader)
  }
  return `${text}]`
}

/**
 * Returns the JSON text of a value as `decodeValue` gives it: like JSON.stringify, but exact for bigints and −0.
 * @throws TypeError for anything that has no JSON form.
 */
export function valueToJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return numberToJson(value)
    case 'bigint':
      return value.toString()
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      return value === null ? 'null' : containerToJson(value)
    default:
      throw new TypeError(`a value of type ${typeof value} has no JSON form`)
  }
}

function containerToJson(value: object): string {
  if (Array.isArray(value)) return `[${value.map(valueToJson).join(',')}]`
  const entries: Iterable<[string, unknown]> = value instanceof Map ? value : Object.entries(value)
  const members = Array.from(entries, ([key, member]) => `${JSON.stringify(key)}:${valueToJson(member)}`)
  return `{${members.join(',')}}`
}

function numberToJson(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`)
  if (Object.is(value, -0)) return '-0'
  // Written as digits, an integral double beyond 2^53 would read back as another 64-bit integer.
  return Math.abs(value) > 2 ** 53 ? value.toExponential() : String(value)
}
