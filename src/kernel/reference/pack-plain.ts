// Packs what JSON.parse returned, and notices on the way whatever JSON.parse may have lost: it rounds integers from 2^53 on,
// turns numbers beyond the doubles into Infinity, moves integer-like keys to the front, and takes lone surrogates. A member
// it overwrote shows when the strings written are counted against the quotes of the text (countStrings).
// What always holds: a result other than `lost` is byte for byte what packExact writes for the same text.
import { putArrayHeader, putMapHeader, putNull, putNumber, putString } from './pack.ts'

/** Returned instead of a position: the exact parser must look at the record. */
export const lost = -1

let stringCount = 0

/** Strings and keys that the last `packPlain` wrote. */
export function packedStringCount(): number {
  return stringCount
}

/** Writes a value made by JSON.parse at `start`; returns the position after it, or `lost`. */
export function packPlain(target: Uint8Array, start: number, value: unknown, depthMax: number): number {
  stringCount = 0
  return pack(target, start, value, depthMax)
}

function pack(target: Uint8Array, at: number, value: unknown, depthLeft: number): number {
  switch (typeof value) {
    case 'string':
      stringCount++
      return putString(target, at, value)
    case 'number':
      return value < 2 ** 53 && value > -(2 ** 53) ? putNumber(target, at, value) : lost
    case 'boolean':
      target[at] = value ? 0xc3 : 0xc2
      return at + 1
    default:
      if (value === null) return putNull(target, at)
      if (depthLeft === 0) return lost
      if (Array.isArray(value)) return packArray(target, at, value, depthLeft - 1)
      return packObject(target, at, value as Readonly<Record<string, unknown>>, depthLeft - 1)
  }
}

function packArray(target: Uint8Array, start: number, elements: readonly unknown[], depthLeft: number): number {
  let at = putArrayHeader(target, start, elements.length)
  for (let i = 0; i < elements.length; i++) {
    at = pack(target, at, elements[i], depthLeft)
    if (at < 0) return lost
  }
  return at
}

function packObject(
  target: Uint8Array,
  start: number,
  members: Readonly<Record<string, unknown>>,
  depthLeft: number,
): number {
  // Most objects have few members: their header is one byte, filled in when they are counted.
  let at = start + 1
  let count = 0
  for (const key in members) {
    if (isInteger(key)) return lost
    at = putString(target, at, key)
    if (at < 0) return lost
    at = pack(target, at, members[key], depthLeft)
    if (at < 0) return lost
    count++
  }
  stringCount += count
  if (count < 16) {
    target[start] = 0x80 | count
    return at
  }
  const extraBytes = count < 0x10000 ? 2 : 4
  target.copyWithin(start + 1 + extraBytes, start + 1, at)
  putMapHeader(target, start, count)
  return at + extraBytes
}

/** Whether JavaScript takes the key for an index and puts it before all others. */
function isInteger(key: string): boolean {
  const first = key.charCodeAt(0)
  return first <= 0x39 && first >= 0x30 && /^(?:0|[1-9]\d{0,9})$/.test(key)
}

/** Strings and keys in a text that JSON.parse took. */
export function countStrings(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) {
    if (bytes[at] !== 0x22) continue
    count++
    while (bytes[++at] !== 0x22) if (bytes[at] === 0x5c) at++
  }
  return count
}
