// The words of a refusal: what was expected, and the value that was found, shortened.
import { describe, expect, test } from 'vitest'
import { recordStatus } from '../../src/kernel/abi.ts'
import { packedMessage, schemaMessage, shownValue, syntaxMessage } from '../../src/kernel/messages.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const location = (keyword: string, expected: unknown) => ({ keyword, schemaPointer: `/${keyword}`, expected })

describe('schemaMessage', () => {
  test.each([
    ['minimum', 1, '0', 'must be at least 1, found 0'],
    ['exclusiveMaximum', 5, '5', 'must be below 5, found 5'],
    ['type', 'integer', '"x"', 'must be of type integer, found "x"'],
    ['type', ['string', 'null'], '1', 'must be of type string or null, found 1'],
    ['enum', ['a', 2], '"b"', 'must be one of "a", 2, found "b"'],
    ['const', { a: 1 }, '[]', 'must be {"a":1}, found []'],
    ['minLength', 1, '""', 'must have at least 1 character, found ""'],
    ['maxItems', 2, '[1,2,3]', 'must have at most 2 elements, found [1,2,3]'],
    ['pattern', '^a+$', '"b"', 'must match ^a+$, found "b"'],
    ['format', 'date-time', '"now"', 'must be a valid date-time, found "now"'],
    ['oneOf', [], '1', 'must fit exactly one of the alternatives, found 1'],
    ['somethingNew', 1, '1', 'must fit "somethingNew", found 1'],
    ['additionalProperties', false, '"x"', 'is not allowed here, found "x"'],
    ['required', 'orderId', '{}', 'must have the member "orderId"'],
  ])('%s', (keyword, expected, record, message) => {
    expect(schemaMessage(location(keyword, expected), shownValue(bytes(record), 0))).toBe(message)
  })

  test('shortens a long list of choices', () => {
    const message = schemaMessage(location('enum', Array(200).fill('EUR')), '"X"')
    expect(message.length).toBeLessThan(160)
    expect(message).toContain('…')
  })

  test('says something without a location', () => {
    expect(schemaMessage(undefined, '1')).toBe('does not fit the schema')
  })
})

describe('shownValue', () => {
  const record = '{"a": "x\\"y, z", "b":[1,{"c":"]"}] ,"d":-1.5e3,"e":true}'
  test.each([
    [record.indexOf('"x'), '"x\\"y, z"'],
    [record.indexOf('[1'), '[1,{"c":"]"}]'],
    [record.indexOf('-1'), '-1.5e3'],
    [record.indexOf('true'), 'true'],
    [0, record],
  ])('at %d is %s', (at, shown) => {
    expect(shownValue(bytes(record), at)).toBe(shown)
  })

  test('is cut when it is long, and never in the middle of a character', () => {
    const text = `"${'é'.repeat(500)}"`
    const shown = shownValue(bytes(text), 0)
    expect(shown).toMatch(/^"é+…$/)
    expect(shown.length).toBeLessThan(62)
    expect(shownValue(bytes(`[${'1,'.repeat(10_000)}1]`), 0).length).toBeLessThanOrEqual(61)
  })
})

describe('syntaxMessage', () => {
  test('names the byte, the reason and what stands there', () => {
    expect(syntaxMessage(recordStatus.UNEXPECTED_BYTE, 1, bytes('{oops}'))).toBe(
      'At byte 1: this byte cannot stand here, at "oops}"',
    )
    expect(syntaxMessage(recordStatus.UNEXPECTED_END, 2, bytes('{"'))).toBe(
      'At byte 2: it ends before the value is complete',
    )
    expect(syntaxMessage(recordStatus.CONTROL_CHARACTER, 1, bytes('"\n"'))).toContain('"\\n\\""')
  })

  test('has words for every way a text can be malformed', () => {
    for (const [name, status] of Object.entries(recordStatus)) {
      if (status < recordStatus.EMPTY || status >= recordStatus.RECORD_TOO_LARGE) continue
      expect(syntaxMessage(status, 0, bytes('x')), name).not.toContain('not valid JSON')
    }
  })
})

describe('packedMessage', () => {
  const types: readonly (readonly [number, string])[] = [
    [0xc1, 'no value starts with the byte c1'],
    ...[0xc4, 0xc5, 0xc6].map((type) => [type, 'binary data has no equivalent in JSON'] as const),
    ...[0xc7, 0xc9, 0xd4, 0xd8].map((type) => [type, 'an extension type has no equivalent in JSON'] as const),
    ...[0x05, 0xc0, 0xcb, 0xd3, 0xdc, 0x80].map((type) => [type, 'the key of a map must be a string'] as const),
  ]
  test.each(types)('of the type byte %i says: %s', (type, words) => {
    const record = Uint8Array.of(0x81, type)
    expect(packedMessage(recordStatus.UNEXPECTED_BYTE, 1, record)).toBe(`At byte 1: ${words}`)
  })

  test('has words for every way MessagePack can be malformed', () => {
    for (const [name, status] of Object.entries(recordStatus)) {
      if (status < recordStatus.EMPTY || status >= recordStatus.RECORD_TOO_LARGE) continue
      expect(packedMessage(status, 0, bytes('x')), name).not.toContain('not valid MessagePack')
    }
    expect(packedMessage(recordStatus.NUMBER_RANGE, 3, bytes(''))).toBe(
      'At byte 3: NaN and infinities are no numbers in JSON',
    )
  })
})
