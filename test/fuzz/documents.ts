// JSON texts for fuzzing, drawn from a grammar that likes the corners: numbers at the edges of 64 bits and of the doubles,
// escapes, surrogates, strings around the lengths where an encoding changes, keys that JavaScript treats in its own way, the
// same key twice, white space, depth. Nearly all are well-formed; the exceptions are meant.
import type { Random } from '../fixtures/random.ts'

const hardNumbers = [
  ...['0', '-0', '-0.0', '0e5', '-0E-5', '1.0', '1e2', '100E-2', '1e15', '5e-324', '2e-324', '3e-324', '-1e-400'],
  ...['127', '128', '255', '256', '65535', '65536', '4294967295', '4294967296', '-1', '-32', '-33', '-128', '-129'],
  ...['-32768', '-32769', '-2147483648', '-2147483649', '9007199254740991', '9007199254740992', '9007199254740993'],
  ...['-9007199254740993', '9007199254740992.0', '9007199254740993.0', '9.007199254740993e15', '1152921504606846976e0'],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809'],
  ...[
    '18446744073709551615',
    '18446744073709551616',
    '18446744073709551615.0',
    '1e19',
    '123456789012345678901234567890',
  ],
  ...[
    '1.7976931348623157e308',
    '1.7976931348623158e308',
    '1.7976931348623159e308',
    '1e309',
    '-1e400',
    '2.2250738585072014e-308',
  ],
  ...['2.2250738585072011e-308', '0.1', '0.30000000000000004', '4.35', '1e-7', '1e21', '1e23', '8.41e21', '9.5e-3'],
]
const badNumbers = ['01', '1.', '.5', '+1', '1e', '1e+', '--1', '0x10', 'NaN', '-', 'Infinity']
const keys = ['a', 'b', 'key', 'id', '__proto__', 'constructor', 'toString', '0', '1', '10', '01', '-1', '4294967295']
const oddKeys = ['', ' ', 'é', '😀', 'a b', '~/', 'length', 'x'.repeat(31), 'x'.repeat(32), 'k'.repeat(256), '\\u0061']
const escapes = [
  '\\n',
  '\\"',
  '\\\\',
  '\\/',
  '\\u0041',
  '\\u00e9',
  '\\ud83d\\ude00',
  '\\uFFFF',
  '\\u0000',
  '\\b\\f\\r\\t',
]
const badEscapes = [
  '\\ud800',
  '\\udc00',
  '\\ud800\\n',
  '\\ud800\\u0041',
  '\\x',
  '\\u12g4',
  '\n',
  '\u0001',
  '\\ud83d\\ud83d',
]
const characters = [
  'e',
  'Z',
  '7',
  '-',
  ' ',
  'é',
  'ß',
  '€',
  '語',
  '😀',
  '\u007f',
  '\u0080',
  '\u07ff',
  '\u0800',
  '\uffff',
]
const lengths = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 39, 40, 41, 63, 64, 65, 127, 255, 256, 300]

/** Once in `oneIn` draws. */
function rarely(random: Random, oneIn: number): boolean {
  return random.below(oneIn) === 0
}

function space(random: Random): string {
  return rarely(random, 8) ? random.pick([' ', '\t', '\r', '  ', ' \t ', '\n']) : ''
}

export function numberText(random: Random): string {
  switch (random.below(8)) {
    case 0:
    case 1:
      return random.pick(hardNumbers)
    case 2:
      return String(random.below(300) - 100)
    case 3:
      return digits(random, 1 + random.below(22))
    case 4:
      return rarely(random, 20) ? random.pick(badNumbers) : String(random.below(10_000) / 100)
    case 5:
      return `${digits(random, 1 + random.below(20))}.${digits(random, 20)}e${random.below(700) - 360}`
    default:
      return String((random.fraction() - 0.5) * 10 ** random.below(20))
  }
}

function digits(random: Random, count: number): string {
  let text = random.pick(['', '-']) + String(1 + random.below(9))
  for (let i = 1; i < count; i++) text += String(random.below(10))
  return text.replace('.-', '.')
}

export function stringText(random: Random): string {
  const filler = random.pick(characters)
  let body = filler.repeat(random.pick(lengths))
  if (rarely(random, 400)) body = 'y'.repeat(65_530 + random.below(10))
  if (rarely(random, 3)) body += random.pick(escapes) + random.pick(characters)
  if (rarely(random, 200)) body += random.pick(badEscapes)
  return `"${body}"`
}

function keyText(random: Random): string {
  return `"${rarely(random, 4) ? random.pick(oddKeys) : random.pick(keys)}"`
}

/** A document of at most `depth` levels. */
export function documentText(random: Random, depth: number): string {
  if (rarely(random, 2000)) return nested(random)
  return space(random) + valueText(random, depth) + space(random)
}

/** Around the greatest depth there may be. */
function nested(random: Random): string {
  const depth = 126 + random.below(4)
  return `${'[{"a":'.repeat(depth / 2)}${depth % 2 === 0 ? '1' : '[]'}${'}]'.repeat(depth / 2)}`
}

function valueText(random: Random, depth: number): string {
  const kind = random.below(depth > 0 ? 10 : 6)
  if (kind < 2) return numberText(random)
  if (kind < 4) return stringText(random)
  if (kind < 6) return random.pick(['true', 'false', 'null'])
  const count = rarely(random, 50) ? 14 + random.below(5) : random.below(4)
  const children = Array.from({ length: count }, (_, index) => {
    const value = space(random) + valueText(random, depth - 1) + space(random)
    if (kind < 8) return value
    const key = count > 5 ? `"k${index}"` : keyText(random)
    return `${space(random)}${key}${space(random)}:${value}`
  })
  return kind < 8 ? `[${space(random)}${children.join(',')}]` : `{${space(random)}${children.join(',')}}`
}
