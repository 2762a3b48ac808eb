// Every way a text can be refused, with the byte it is refused at (docs/formats.md, "Record status").
import { beforeAll, expect, test } from 'vitest'
import { openParser, type Parser, statusNames } from './parser.ts'

let parser: Parser
beforeAll(async () => {
  parser = await openParser()
})

const end = -1

// One row: the text (one character a byte), the status, the offset; `end` is the record's length.
const refusals: readonly (readonly [string, string, number])[] = [
  ['', 'EMPTY', end],
  [' \t\r\n', 'EMPTY', end],
  [' '.repeat(100), 'EMPTY', end],
  ['{', 'UNEXPECTED_END', end],
  ['[', 'UNEXPECTED_END', end],
  ['{"a"', 'UNEXPECTED_END', end],
  ['{"a":', 'UNEXPECTED_END', end],
  ['{"a":1', 'UNEXPECTED_END', end],
  ['{"a":1,', 'UNEXPECTED_END', end],
  ['[1,', 'UNEXPECTED_END', end],
  ['[[]', 'UNEXPECTED_END', end],
  ['"', 'UNEXPECTED_END', end],
  ['"a', 'UNEXPECTED_END', end],
  ['"a\\', 'UNEXPECTED_END', end],
  ['"a\\u', 'UNEXPECTED_END', end],
  ['"a\\u12', 'UNEXPECTED_END', end],
  ['["a\\u12', 'UNEXPECTED_END', end],
  ['{"a\\u12', 'UNEXPECTED_END', end],
  ['"\\ud83d', 'UNEXPECTED_END', end],
  ['"\\ud83d\\', 'UNEXPECTED_END', end],
  ['"\\ud83d\\ude', 'UNEXPECTED_END', end],
  ['-', 'UNEXPECTED_END', end],
  ['1.', 'UNEXPECTED_END', end],
  ['1e', 'UNEXPECTED_END', end],
  ['1e+', 'UNEXPECTED_END', end],
  ['[-', 'UNEXPECTED_END', end],
  ['[1.', 'UNEXPECTED_END', end],
  ['[1.5e-', 'UNEXPECTED_END', end],
  ['t', 'UNEXPECTED_END', end],
  ['[fals', 'UNEXPECTED_END', end],
  ['{"a":nul', 'UNEXPECTED_END', end],
  ['\xef\xbb\xbf1', 'UNEXPECTED_BYTE', 0],
  ['x', 'UNEXPECTED_BYTE', 0],
  ["'a'", 'UNEXPECTED_BYTE', 0],
  ['trux', 'UNEXPECTED_BYTE', 3],
  ['[nulL]', 'UNEXPECTED_BYTE', 4],
  ['[falsE]', 'UNEXPECTED_BYTE', 5],
  ['[,1]', 'UNEXPECTED_BYTE', 1],
  ['[1,]', 'UNEXPECTED_BYTE', 3],
  ['[1,,2]', 'UNEXPECTED_BYTE', 3],
  ['[1 2]', 'UNEXPECTED_BYTE', 3],
  ['[1}', 'UNEXPECTED_BYTE', 2],
  ['[}', 'UNEXPECTED_BYTE', 1],
  ['{]', 'UNEXPECTED_BYTE', 1],
  ['{"a":1]', 'UNEXPECTED_BYTE', 6],
  ['{"a":1,}', 'UNEXPECTED_BYTE', 7],
  ['{"a" 1}', 'UNEXPECTED_BYTE', 5],
  ['{"a"}', 'UNEXPECTED_BYTE', 4],
  ['{"a":}', 'UNEXPECTED_BYTE', 5],
  ['{a:1}', 'UNEXPECTED_BYTE', 1],
  ['{1:1}', 'UNEXPECTED_BYTE', 1],
  ['{"a":1 "b":2}', 'UNEXPECTED_BYTE', 7],
  ['[\xe9]', 'UNEXPECTED_BYTE', 1],
  ['[\x00]', 'UNEXPECTED_BYTE', 1],
  ['[\x0b1]', 'UNEXPECTED_BYTE', 1],
  ['[01]', 'UNEXPECTED_BYTE', 2],
  ['[-01]', 'UNEXPECTED_BYTE', 3],
  ['[00.5]', 'UNEXPECTED_BYTE', 2],
  ['[+1]', 'UNEXPECTED_BYTE', 1],
  ['[.5]', 'UNEXPECTED_BYTE', 1],
  ['[-.5]', 'UNEXPECTED_BYTE', 2],
  ['1.x', 'UNEXPECTED_BYTE', 2],
  ['[1.]', 'UNEXPECTED_BYTE', 3],
  ['[1.e1]', 'UNEXPECTED_BYTE', 3],
  ['[1e]', 'UNEXPECTED_BYTE', 3],
  ['[1e+]', 'UNEXPECTED_BYTE', 4],
  ['[1ex]', 'UNEXPECTED_BYTE', 3],
  ['[1.5.5]', 'UNEXPECTED_BYTE', 4],
  ['[12345678901234567890x]', 'UNEXPECTED_BYTE', 21],
  ['[0x1]', 'UNEXPECTED_BYTE', 2],
  ['[1a]', 'UNEXPECTED_BYTE', 2],
  ['["a\x1fb"]', 'CONTROL_CHARACTER', 3],
  ['"\n"', 'CONTROL_CHARACTER', 1],
  ['"0123456789abcdef\t"', 'CONTROL_CHARACTER', 17],
  ['"\\n0123456789abcdef\t"', 'CONTROL_CHARACTER', 19],
  ['{"a\x00":1}', 'CONTROL_CHARACTER', 3],
  ['"\\x41"', 'BAD_ESCAPE', 2],
  ['"\\U0041"', 'BAD_ESCAPE', 2],
  ['"\\\n"', 'BAD_ESCAPE', 2],
  ['"\\u00g0"', 'BAD_ESCAPE', 5],
  ['"\\u"', 'BAD_ESCAPE', 3],
  ['{"\\a":1}', 'BAD_ESCAPE', 3],
  ['"\\ud83d\\uzzzz"', 'BAD_ESCAPE', 9],
  ['"\\ud83d\\ude0"', 'BAD_ESCAPE', 12],
  ['"\\ud83d"', 'LONE_SURROGATE', 1],
  ['"a\\ud83dx"', 'LONE_SURROGATE', 2],
  ['"\\ud83d\\n"', 'LONE_SURROGATE', 1],
  ['"\\ud83d\\ud83d"', 'LONE_SURROGATE', 1],
  ['"\\ud83d\\u0041"', 'LONE_SURROGATE', 1],
  ['"ab\\udc00"', 'LONE_SURROGATE', 3],
  ['"\\ud83d\xff"', 'LONE_SURROGATE', 1],
  ['"\\ud83d\x01"', 'LONE_SURROGATE', 1],
  ['{"\\udc00":1}', 'LONE_SURROGATE', 2],
  ['"\x80"', 'BAD_UTF8', 1],
  ['"a\xc0\xaf"', 'BAD_UTF8', 2],
  ['"\xc1\xbf"', 'BAD_UTF8', 1],
  ['"\xc3"', 'BAD_UTF8', 1],
  ['"\xe0\x9f\xbf"', 'BAD_UTF8', 1],
  ['"\xed\xa0\x80"', 'BAD_UTF8', 1],
  ['"\xf0\x8f\xbf\xbf"', 'BAD_UTF8', 1],
  ['"\xf4\x90\x80\x80"', 'BAD_UTF8', 1],
  ['"\xf5\x80\x80\x80"', 'BAD_UTF8', 1],
  ['"\xff"', 'BAD_UTF8', 1],
  ['"\xe2\x82', 'BAD_UTF8', 1],
  ['"\xe2\x82"', 'BAD_UTF8', 1],
  ['"\xe2\x82\xac\xe2\x82\x22', 'BAD_UTF8', 4],
  ['"0123456789abcde\xe2"', 'BAD_UTF8', 16],
  ['"0123456789abcdef0123456789abcd\xf0\x9f\x98"', 'BAD_UTF8', 31],
  ['{"\xc3":1}', 'BAD_UTF8', 2],
  ['"\\n\xc3"', 'BAD_UTF8', 3],
  ['1e309', 'NUMBER_RANGE', 0],
  ['[-1e309]', 'NUMBER_RANGE', 1],
  [`[1,${'9'.repeat(309)}]`, 'NUMBER_RANGE', 3],
  ['[1.7976931348623159e308]', 'NUMBER_RANGE', 1],
  ['[1e999x', 'NUMBER_RANGE', 1],
  ['[1e99999999999999999999]', 'NUMBER_RANGE', 1],
  ['[1e999', 'NUMBER_RANGE', 1],
  ['{"a":1,"a":2}', 'DUPLICATE_KEY', 7],
  ['{"a":1,"\\u0061":2}', 'DUPLICATE_KEY', 7],
  ['{"":1,"":2}', 'DUPLICATE_KEY', 6],
  ['{"a":{"b":1,"b":2},"a":3}', 'DUPLICATE_KEY', 12],
  ['{"a":1,"a":{"b":1,"b":2}}', 'DUPLICATE_KEY', 7],
  ['[{"a":1,"b":2,"b":3,"a":4},{"a":1,"a":2}]', 'DUPLICATE_KEY', 14],
  ['{"a":1,"a":2', 'UNEXPECTED_END', end],
  ['{"a":1,"a":2}x', 'TRAILING_BYTES', 13],
  ['{"a":1,"a":x}', 'UNEXPECTED_BYTE', 11],
  ['1 2', 'TRAILING_BYTES', 2],
  ['01', 'TRAILING_BYTES', 1],
  ['-01', 'TRAILING_BYTES', 2],
  ['{}{}', 'TRAILING_BYTES', 2],
  ['[] \n x', 'TRAILING_BYTES', 5],
  ['""""', 'TRAILING_BYTES', 2],
  ['null,', 'TRAILING_BYTES', 4],
  ['truex', 'TRAILING_BYTES', 4],
]

test.each(refusals)('%j is %s at %i', (text, name, offset) => {
  const bytes = Buffer.from(text, 'latin1')
  const refused = [name, offset === end ? bytes.length : offset]
  // What stands behind the text must make no difference, above all when it would go on well.
  for (const behind of [
    '',
    '\0',
    ' ',
    '"',
    '0',
    '1',
    '.5',
    'e9',
    ':1}',
    ']',
    '}',
    ',1]',
    'abcd":1}',
    '\\"',
    '\x80\x80',
    '    ',
  ]) {
    const { status, errorOffset } = parser.parse(bytes, { behind: Buffer.from(behind, 'latin1') })
    expect([statusNames.get(status), errorOffset, behind]).toEqual([...refused, behind])
  }
})

test('white space around a refused text moves its offset and nothing else', () => {
  for (const [text, name, offset] of refusals.filter(([, , offset]) => offset !== end)) {
    const { status, errorOffset } = parser.parse(Buffer.from(` \n${text}`, 'latin1'))
    expect([text, statusNames.get(status), errorOffset]).toEqual([text, name, offset + 2])
  }
})

test('the bracket that exceeds the depth is the one refused', () => {
  const nested = (depth: number) => Buffer.from(`${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`)
  expect(parser.parse(nested(128)).status).toBe(0)
  expect(parser.parse(nested(128), { depthMax: 1000 }).status).toBe(0)
  const deep = parser.parse(nested(130))
  expect([statusNames.get(deep.status), deep.errorOffset]).toEqual(['TOO_DEEP', 64 * 6])
  const shallow = parser.parse(Buffer.from('[{},[[]]]'), { depthMax: 2 })
  expect([statusNames.get(shallow.status), shallow.errorOffset]).toEqual(['TOO_DEEP', 5])
  const scalars = parser.parse(Buffer.from('[]'), { depthMax: 0 })
  expect([statusNames.get(scalars.status), scalars.errorOffset]).toEqual(['TOO_DEEP', 0])
})

test('a text longer than a record may be, or longer than the output has room for, is refused unread', () => {
  const long = parser.parse(Buffer.alloc(262_145, ' '))
  expect([statusNames.get(long.status), long.errorOffset]).toEqual(['RECORD_TOO_LARGE', 262_144])
  expect(parser.parse(Buffer.alloc(262_144, ' ')).status).toBe(16)
  expect(statusNames.get(parser.parse(Buffer.from('[0.5,0.5]'), { room: 35 }).status)).toBe('RECORD_TOO_LARGE')
  expect(parser.parse(Buffer.from('[0.5,0.5]'), { room: 36 }).status).toBe(0)
})
