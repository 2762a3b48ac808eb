// Automata against the regular expressions they are made of: V8's RegExp with flag u is the judge.
import { describe, expect, test } from 'vitest'
import { formatPatterns } from '../../../src/schema/formats.ts'
import { accepts, compilePattern } from '../../../src/schema/pattern/automaton.ts'
import { PatternError } from '../../../src/schema/pattern/expression.ts'
import { type Random, randomFrom, seedFromEnv } from '../../fixtures/random.ts'

const seed = seedFromEnv()
const alphabet = ['a', 'b', 'A', '0', '_', '-', ' ', '\n', 'é', 'ß', '中', '\u{1f600}', '\u2028', '\u{10ffff}', '\0']

function drawText(random: Random): string {
  return Array.from({ length: random.below(9) }, () => random.pick(alphabet)).join('')
}

function expectSame(pattern: string, texts: readonly string[], note: string): void {
  const automaton = compilePattern(pattern)
  // V8 alone would also look between the two halves of a surrogate pair, where no character begins.
  const expression = new RegExp(`^[^]*?(?:${pattern})`, 'u')
  for (const text of texts) {
    const about = `${note} /${pattern}/u on ${JSON.stringify(text)}`
    expect(accepts(automaton, Buffer.from(text)), about).toBe(expression.test(text))
  }
}

describe('what people write', () => {
  const patterns = [
    ...['', 'a', '^a', 'a$', '^$', '^a|b$', '^(a|b)+$', 'a{2,3}', '^a{0}b?$', '[^a]', '[^]', '.', '^.*$', '^.{2}$'],
    ...['\\d+', '^\\w+$', '\\s', '\\S', '\\bab\\b', '\\Ba', '^[\\w-]+$', '\\p{L}', '^\\P{Lu}+$', '\\u{1f600}', 'é+'],
    ...[
      '^(?=.*A)(?=.*0).{2,}$',
      '^(?!a)',
      '^(?!.*--)[a-z-]+$',
      'a(?!b)',
      '(?<=a)b',
      '(?<!a)b',
      '(?<=^a)b',
      '(?<=\\w\\w)-',
    ],
    ...[
      '^(?:(?!ab).)*$',
      '(?=a$)',
      '(?!b$)a',
      'a(?=b(?!0))',
      '(?<!(?<=a)b)0',
      '^(?=a|b)(?!b)',
      '(?=(?=a)a)a',
      '(a)(?=\\b)',
    ],
  ]
  test.each(patterns)('%s', (pattern) => {
    const random = randomFrom(seed)
    expectSame(pattern, ['', ...Array.from({ length: 400 }, () => drawText(random))], `SLUICE_SEED=${seed}`)
  })
})

function drawPattern(random: Random, depth: number): string {
  const parts = Array.from({ length: 1 + random.below(3) }, () => drawPart(random, depth))
  return random.below(5) === 0 ? `${parts.join('')}|${drawPattern(random, depth - 1)}` : parts.join('')
}

function drawPart(random: Random, depth: number): string {
  const atoms = ['a', 'b', '0', 'é', '中', '.', '[ab]', '[^a]', '\\d', '\\w', '\\W', '[a-é]', '\\u{1f600}', '[^\\w-]']
  if (depth <= 0 || random.below(3) === 0)
    return random.pick(atoms) + random.pick(['', '', '', '*', '+', '?', '{2}', '{0,2}'])
  const inner = drawPattern(random, depth - 1)
  return random.pick([
    ...[`(?:${inner})`, `(${inner})*`, `(?:${inner})?`, `(?:${inner}){1,2}`, '^', '$', '\\b', '\\B'],
    ...[`(?=${inner})`, `(?!${inner})`, `(?<=${inner})`, `(?<!${inner})`],
  ])
}

test('expressions drawn at random', () => {
  const random = randomFrom(seed)
  let takenCount = 0
  for (let index = 0; index < 1500; index++) {
    const pattern = drawPattern(random, 3)
    const texts = Array.from({ length: 40 }, () => drawText(random))
    try {
      expectSame(pattern, texts, `SLUICE_SEED=${seed}`)
      takenCount++
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
    }
  }
  expect(takenCount).toBeGreaterThan(1000)
})

test.each(Object.entries(formatPatterns))('the automaton of the format %s', (_format, pattern) => {
  const random = randomFrom(seed)
  const pieces = [
    'a',
    '/',
    ':',
    '//',
    '@',
    '[::1]',
    '%41',
    '%',
    '?',
    '#',
    '1.2.3.4',
    '~0',
    '~',
    'P',
    'T',
    '1D',
    '2H',
    '3M',
    '4S',
  ]
  const texts = Array.from({ length: 2000 }, () =>
    Array.from({ length: random.below(8) }, () => random.pick(pieces)).join(''),
  )
  expectSame(pattern, texts, `SLUICE_SEED=${seed}`)
})

test('a property class holds the characters that V8 puts into it', () => {
  const classes = [
    '\\p{L}',
    '\\P{Lu}',
    '[\\p{Nd}_]',
    '[^\\p{Script=Greek}\\P{L}]',
    '\\p{Emoji}',
    '\\p{ASCII}',
    '\\s',
    '\\w',
    '.',
  ]
  for (const property of classes) {
    const automaton = compilePattern(`^${property}$`)
    const expression = new RegExp(`^${property}$`, 'u')
    const differing: string[] = []
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code === 0xd800) code = 0xe000
      const character = String.fromCodePoint(code)
      if (accepts(automaton, Buffer.from(character)) !== expression.test(character)) differing.push(code.toString(16))
    }
    expect([property, differing.length, differing.slice(0, 10)]).toEqual([property, 0, []])
  }
})
