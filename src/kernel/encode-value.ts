// Canonical MessagePack (docs/formats.md, "Value") of a JavaScript value, wherever JavaScript runs.
// It refuses what has no canonical form: undefined, functions, NaN, infinities, lone surrogates, integers beyond 64 bits.
// What always holds: the shortest form is written, an integral double within ±2^53 is an integer, −0 stays −0.
import { putArrayHeader, putBigInt, putMapHeader, putNull, putNumber, putString } from './reference/pack.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * Returns the canonical bytes of a value: null, booleans, numbers, bigints (within −2^63 … 2^64−1), strings, arrays, Maps
 * and plain objects, whose members are written in the order JavaScript enumerates them.
 * @throws TypeError for anything that has no JSON form.
 */
export function encodeValue(value: unknown): Uint8Array {
  const target = new Uint8Array(encodedBytesMax(value))
  return target.slice(0, putValue(target, 0, value))
}

function encodedBytesMax(value: unknown): number {
  if (typeof value === 'string') return 5 + 3 * value.length
  if (value === null || typeof value !== 'object') return 9
  let bytes = 5
  if (Array.isArray(value)) for (const element of value) bytes += encodedBytesMax(element)
  else if (value instanceof Map) for (const [key, member] of value) bytes += memberBytesMax(key, member)
  else for (const key of Object.keys(value)) bytes += memberBytesMax(key, (value as Members)[key])
  return bytes
}

function memberBytesMax(key: string, member: unknown): number {
  return 5 + 3 * key.length + encodedBytesMax(member)
}

function putValue(target: Uint8Array, at: number, value: unknown): number {
  switch (typeof value) {
    case 'string':
      return wellFormed(putString(target, at, value), value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`)
      return putNumber(target, at, value)
    case 'bigint':
      return putBigInt(target, at, value)
    case 'boolean':
      target[at] = value ? 0xc3 : 0xc2
      return at + 1
    case 'object':
      return value === null ? putNull(target, at) : putContainer(target, at, value)
    default:
      throw new TypeError(`a value of type ${typeof value} has no JSON form`)
  }
}

function putContainer(target: Uint8Array, start: number, value: object): number {
  let at = start
  if (Array.isArray(value)) {
    at = putArrayHeader(target, at, value.length)
    for (const element of value) at = putValue(target, at, element)
    return at
  }
  if (value instanceof Map) {
    at = putMapHeader(target, at, value.size)
    for (const [key, member] of value) at = putMember(target, at, key, member)
    return at
  }
  const keys = Object.keys(value)
  at = putMapHeader(target, at, keys.length)
  for (const key of keys) at = putMember(target, at, key, (value as Members)[key])
  return at
}

function putMember(target: Uint8Array, at: number, key: string, member: unknown): number {
  return putValue(target, wellFormed(putString(target, at, key), key), member)
}

function wellFormed(at: number, text: string): number {
  if (at < 0) throw new TypeError(`a lone surrogate has no UTF-8 form: ${JSON.stringify(text)}`)
  return at
}
