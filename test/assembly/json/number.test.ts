// Numbers of the kernel's parser against V8's: doubles to the last bit, integers to 64 bits, in canonical form; and against the
// JavaScript engine's, whose bytes must be the same. SLUICE_NUMBERS sets how many random ones (half a million by default),
// SLUICE_SEED which.
import { beforeAll, expect, test } from 'vitest'
import { parseExact } from '../../../src/kernel/reference/exact.ts'
import { packExact } from '../../../src/kernel/reference/pack-exact.ts'
import { randomFrom, seedFromEnv } from '../../fixtures/random.ts'
import { doubleOf, hardNumber, middleAbove, randomDouble, spell } from '../../fuzz/numbers.ts'
import { openParser, type Parser, statusNames } from './parser.ts'

let parser: Parser
beforeAll(async () => {
  parser = await openParser()
})

const largest = Number.MAX_VALUE
const signedMin = -(2n ** 63n)
const unsignedMax = 2n ** 64n - 1n

/** What a token is stored as: a bigint for an integer form, a number for a double. */
function expected(token: string): bigint | number {
  if (/^-?\d+$/.test(token) && !/^-0$/.test(token)) {
    const whole = BigInt(token)
    if (whole >= signedMin && whole <= unsignedMax) return whole
  }
  const value = Number(token)
  return Number.isInteger(value) && Math.abs(value) <= 2 ** 53 && !Object.is(value, -0) ? BigInt(value) : value
}

/** The shortest integer form there is for a header; a double's is read as it stands. */
function readNumber(view: DataView, at: number): { value: bigint | number; next: number } {
  const head = view.getUint8(at)
  if (head < 0x80) return { value: BigInt(head), next: at + 1 }
  if (head >= 0xe0) return { value: BigInt(head - 256), next: at + 1 }
  switch (head) {
    case 0xcb:
      return { value: view.getFloat64(at + 1), next: at + 9 }
    case 0xcc:
      return { value: atLeast(BigInt(view.getUint8(at + 1)), 128n), next: at + 2 }
    case 0xcd:
      return { value: atLeast(BigInt(view.getUint16(at + 1)), 256n), next: at + 3 }
    case 0xce:
      return { value: atLeast(BigInt(view.getUint32(at + 1)), 65_536n), next: at + 5 }
    case 0xcf:
      return { value: atLeast(view.getBigUint64(at + 1), 2n ** 32n), next: at + 9 }
    case 0xd0:
      return { value: -atLeast(BigInt(-view.getInt8(at + 1)), 33n), next: at + 2 }
    case 0xd1:
      return { value: -atLeast(BigInt(-view.getInt16(at + 1)), 129n), next: at + 3 }
    case 0xd2:
      return { value: -atLeast(BigInt(-view.getInt32(at + 1)), 32_769n), next: at + 5 }
    case 0xd3:
      return { value: -atLeast(-view.getBigInt64(at + 1), 2n ** 31n + 1n), next: at + 9 }
    default:
      throw new Error(`no number starts with ${head.toString(16)}`)
  }
}

function atLeast(magnitude: bigint, least: bigint): bigint {
  if (magnitude < least) throw new Error(`${magnitude} has a shorter form`)
  return magnitude
}

/** Parses the tokens as elements of one array and compares each. */
function expectNumbers(tokens: readonly string[], note: string): void {
  const text = Buffer.from(`[${tokens.join(',')}]`)
  const { status, errorOffset, value } = parser.parse(text)
  if (status !== 0)
    throw new Error(`${statusNames.get(status)} at ${text.subarray(errorOffset, errorOffset + 900)}, ${note}`)
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  let at = tokens.length <= 15 ? 1 : tokens.length <= 0xffff ? 3 : 5
  for (const token of tokens) {
    const { value, next } = readNumber(view, at)
    if (!Object.is(value, expected(token))) throw new Error(`${token} became ${typeof value} ${value}, ${note}`)
    at = next
  }
  expect(at).toBe(value.length)
}

const numberCount = Number(process.env.SLUICE_NUMBERS ?? 500_000)
const tokensAtOnce = 4000
const packed = Buffer.alloc(1_048_576)

/** The bytes of the JavaScript engine for the text that was parsed last. */
function expectSameAsReference(tokens: readonly string[], note: string): void {
  const text = Buffer.from(`[${tokens.join(',')}]`)
  const { value } = parser.parse(text)
  const { root } = parseExact(text, 0, text.length, 128)
  if (root === undefined) throw new Error(`the JavaScript engine refuses what the kernel takes, ${note}`)
  if (Buffer.compare(value, packed.subarray(0, packExact(packed, 0, root))) !== 0)
    throw new Error(`the engines store numbers unlike, ${note}`)
}

test('random numbers and hard ones are V8’s, in both engines', { timeout: 60_000 + numberCount / 10 }, () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  for (let done = 0; done < numberCount; done += tokensAtOnce) {
    const drawn = Array.from({ length: tokensAtOnce }, () => hardNumber(random))
    const tokens = drawn.filter((token) => Math.abs(Number(token)) <= largest)
    expect(tokens.length, `seed ${seed}`).toBeGreaterThan(tokensAtOnce * 0.8)
    expectNumbers(tokens, `seed ${seed}`)
    // The JavaScript engine is slower by far: a tenth of them.
    if (done % (10 * tokensAtOnce) === 0) expectSameAsReference(tokens, `seed ${seed}`)
  }
})

test('the middle between two doubles goes to the even one, anything beside it to its side', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const doubles = [
    0,
    5e-324,
    1e-323,
    2.2250738585072009e-308,
    2.2250738585072014e-308,
    1,
    2 ** 53,
    2 ** 53 - 1,
    2 ** 60,
  ]
  for (let i = 0; i < 600; i++) doubles.push(Math.abs(randomDouble(random)))
  for (let i = 0; i < 100; i++) doubles.push(doubleOf(random.below(2 ** 20), random.below(2 ** 32)))
  for (let i = 0; i < 300; i++) doubles.push((random.below(2 ** 32) + 0.5) * 2 ** random.below(60))
  for (const double of doubles) {
    const { mantissa, exponent } = middleAbove(double)
    const near = [mantissa, mantissa - 1n, mantissa + 1n]
    const tokens = near.map((decimal) => spell(random, decimal, exponent))
    // Far beyond the 768th digit, a single 1 still decides.
    const zeros = 10 ** 3
    tokens.push(spell(random, mantissa * 10n ** BigInt(zeros) + 1n, exponent - zeros))
    tokens.push(spell(random, mantissa * 10n ** 30n, exponent - 30))
    expectNumbers(
      tokens.filter((token) => Math.abs(Number(token)) <= largest),
      `seed ${seed}`,
    )
  }
})

test('edges of the integers and of the doubles are exact', () => {
  const powers = Array.from({ length: 65 }, (_, power) => 2n ** BigInt(power))
  const integers = powers.flatMap((power) => [power - 1n, power, power + 1n, -power, -power - 1n, 1n - power])
  expectNumbers(integers.map(String), 'powers of two')
  expectNumbers(
    integers.map((integer) => `${integer}.0`),
    'powers of two with a point',
  )
  expectNumbers(
    integers.map((integer) => `${integer}e0`),
    'powers of two with an exponent',
  )
  expectNumbers(
    integers.map((integer) => `${integer}.00e-0`),
    'powers of two with a fraction and an exponent',
  )
  expectNumbers(
    [
      '0',
      '-0',
      '0.0',
      '-0.0',
      '0e5',
      '-0e-5',
      '0.000',
      '-0.00e99999',
      '1e-400',
      '-1e-400',
      '0e999999999999',
      '1E2',
      '1e-0',
    ]
      .concat(['18446744073709551615', '18446744073709551616', '28446744073709551615', '99999999999999999999'])
      .concat(['-9223372036854775808', '-9223372036854775809', '9007199254740993.0', '-9007199254740993.0'])
      .concat([
        '4.9406564584124654e-324',
        '2.4703282292062327e-324',
        '2.4703282292062328e-324',
        '2.4703282292062329e-324',
      ])
      .concat([
        '1.7976931348623157e308',
        '1.7976931348623158e308',
        '-1.7976931348623158e308',
        '123456789012345678901234567890',
      ])
      .concat(['8.41e21', '9.5e-1', '0.1e1', '10.00', '1.00000000000000000000000', '0.99999999999999999999999'])
      .concat(['9007199254740992.5', '-9007199254740992.5', '9007199254740991.5', '1e15', '1e16', '1e22', '1e23']),
    'edges',
  )
})

test('a number of a quarter of a million digits costs one pass and is exact', () => {
  const long = (text: string) => expectNumbers([text], `${text.slice(0, 12)}… of ${text.length}`)
  long(`1${'0'.repeat(300)}.${'0'.repeat(250_000)}1`)
  long(`0.${'0'.repeat(250_000)}1e250001`)
  long(`${'1'.repeat(309)}.${'7'.repeat(250_000)}`)
  long(`9007199254740993.${'0'.repeat(250_000)}1`)
  long(`9007199254740993.${'0'.repeat(250_000)}`)
  long(`1.${'3'.repeat(261_000)}`)
  long(`0.${'0'.repeat(261_000)}`)
  long(`1e-${'0'.repeat(261_000)}5`)
})
