// Turns what the kernel reports (a status, a place, a schema location) into a sentence a person can act on.
// It shows the offending value, shortened, never more of the record than that.

import type { SchemaLocation } from '../schema/compile.ts'
import type { RecordStatus } from './abi.ts'
import { recordStatus } from './abi.ts'

const shownBytesMax = 60

const syntax: Readonly<Partial<Record<RecordStatus, string>>> = {
  [recordStatus.EMPTY]: 'there is no value',
  [recordStatus.UNEXPECTED_END]: 'it ends before the value is complete',
  [recordStatus.UNEXPECTED_BYTE]: 'this byte cannot stand here',
  [recordStatus.CONTROL_CHARACTER]: 'a control character in a string must be escaped',
  [recordStatus.BAD_ESCAPE]: 'there is no such escape',
  [recordStatus.LONE_SURROGATE]: 'the escape is half of a surrogate pair',
  [recordStatus.BAD_UTF8]: 'the bytes are not UTF-8',
  [recordStatus.NUMBER_RANGE]: 'the number is too large',
  [recordStatus.DUPLICATE_KEY]: 'the object has this key twice',
  [recordStatus.TOO_DEEP]: 'it is nested too deeply',
  [recordStatus.TRAILING_BYTES]: 'something follows the value',
}

/** What is wrong with the text of a record, such as `At byte 17: there is no such escape, "\\q"…`. */
export function syntaxMessage(status: RecordStatus, errorOffset: number, record: Uint8Array): string {
  const words = syntax[status] ?? 'it is not valid JSON'
  const near = excerpt(record, errorOffset, errorOffset + 16)
  return near === ''
    ? `At byte ${errorOffset}: ${words}`
    : `At byte ${errorOffset}: ${words}, at ${JSON.stringify(near)}`
}

/** What is wrong with a record in MessagePack, such as `At byte 3: binary data has no equivalent in JSON`. */
export function packedMessage(status: RecordStatus, errorOffset: number, record: Uint8Array): string {
  const words = packedSyntax[status] ?? syntax[status] ?? 'it is not valid MessagePack'
  const isType = status === recordStatus.UNEXPECTED_BYTE
  return `At byte ${errorOffset}: ${isType ? unexpectedType(record[errorOffset] ?? 0) : words}`
}

const packedSyntax: Readonly<Partial<Record<RecordStatus, string>>> = {
  [recordStatus.NUMBER_RANGE]: 'NaN and infinities are no numbers in JSON',
  [recordStatus.DUPLICATE_KEY]: 'the map has this key twice',
}

// A value may be of any type JSON has, a key of one: another type that is JSON's stands where a key should.
function unexpectedType(type: number): string {
  if (type === 0xc1) return 'no value starts with the byte c1'
  if (type >= 0xc4 && type <= 0xc6) return 'binary data has no equivalent in JSON'
  if ((type >= 0xc7 && type <= 0xc9) || (type >= 0xd4 && type <= 0xd8))
    return 'an extension type has no equivalent in JSON'
  return 'the key of a map must be a string'
}

/** What a schema location says about the value that is shown as `found`, such as `must be at least 1, found 0`. */
export function schemaMessage(location: SchemaLocation | undefined, found: string): string {
  if (location === undefined) return 'does not fit the schema'
  const { keyword, expected } = location
  if (keyword === 'required' || keyword === 'dependentRequired')
    return `must have the member ${JSON.stringify(expected)}`
  if (expected === false) return `is not allowed here, found ${found}`
  return `${rule(keyword, expected)}, found ${found}`
}

const rules: Readonly<Record<string, (expected: unknown) => string>> = {
  type: (expected) => `must be of type ${[expected].flat().join(' or ')}`,
  enum: (expected) => `must be one of ${shorten(list(expected))}`,
  const: (expected) => `must be ${shorten(JSON.stringify(expected))}`,
  multipleOf: (expected) => `must be a multiple of ${expected}`,
  maximum: (expected) => `must be at most ${expected}`,
  exclusiveMaximum: (expected) => `must be below ${expected}`,
  minimum: (expected) => `must be at least ${expected}`,
  exclusiveMinimum: (expected) => `must be above ${expected}`,
  maxLength: (expected) => `must have at most ${count(expected, 'character')}`,
  minLength: (expected) => `must have at least ${count(expected, 'character')}`,
  pattern: (expected) => `must match ${shorten(String(expected))}`,
  format: (expected) => `must be a valid ${expected}`,
  maxItems: (expected) => `must have at most ${count(expected, 'element')}`,
  minItems: (expected) => `must have at least ${count(expected, 'element')}`,
  uniqueItems: () => 'must not have equal elements',
  contains: () => 'must have an element that fits "contains"',
  minContains: (expected) => `must have at least ${count(expected, 'element')} that fit "contains"`,
  maxContains: (expected) => `must have at most ${count(expected, 'element')} that fit "contains"`,
  maxProperties: (expected) => `must have at most ${count(expected, 'member')}`,
  minProperties: (expected) => `must have at least ${count(expected, 'member')}`,
  propertyNames: () => 'is under a name that is not allowed',
  anyOf: () => 'must fit at least one of the alternatives',
  oneOf: () => 'must fit exactly one of the alternatives',
  not: () => 'must not fit the schema under "not"',
}

function rule(keyword: string, expected: unknown): string {
  return rules[keyword]?.(expected) ?? `must fit "${keyword}"`
}

function count(expected: unknown, noun: string): string {
  return `${expected} ${noun}${expected === 1 ? '' : 's'}`
}

function list(expected: unknown): string {
  return Array.isArray(expected) ? expected.map((each) => JSON.stringify(each)).join(', ') : String(expected)
}

function shorten(words: string): string {
  return words.length > 120 ? `${words.slice(0, 117)}…` : words
}

/** The JSON value that starts at `from`, cut after `shownBytesMax` bytes. */
export function shownValue(record: Uint8Array, from: number): string {
  const end = valueEnd(record, from)
  const cutAt = from + shownBytesMax
  return end > cutAt ? `${excerpt(record, from, cutAt)}…` : excerpt(record, from, end)
}

// The record is well-formed JSON, or it would not have come to the schema: brackets and quotes can be trusted.
function valueEnd(record: Uint8Array, from: number): number {
  let depth = 0
  let inString = false
  const stop = Math.min(record.length, from + shownBytesMax + 1)
  for (let at = from; at < stop; at++) {
    const byte = record[at]!
    if (inString) {
      if (byte === 0x5c) at++
      else if (byte === 0x22) inString = false
      if (!inString && depth === 0) return at + 1
    } else if (byte === 0x22) inString = true
    else if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) {
      depth--
      if (depth <= 0) return depth === 0 ? at + 1 : at
    } else if (depth === 0 && (byte === 0x2c || byte <= 0x20)) return at
  }
  return stop
}

// A cut may fall into a character; what is left of it is dropped rather than shown as a replacement.
function excerpt(record: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(record.subarray(from, to)).replace(/\ufffd+$/, '')
}
