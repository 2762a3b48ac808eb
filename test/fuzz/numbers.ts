// Numbers for fuzzing: of every length and size, and those that are hard to round: the middle between two doubles and what is
// just beside it, subnormals, digits by the hundred, the neighbours of 2^53 and of the ends of 64 bits.
import type { Random } from '../fixtures/random.ts'

const bits = new DataView(new ArrayBuffer(8))

/** The double of these bits. */
export function doubleOf(high: number, low: number): number {
  bits.setUint32(0, high)
  bits.setUint32(4, low)
  return bits.getFloat64(0)
}

/** Any finite double, each as likely as any other. */
export function randomDouble(random: Random): number {
  const value = doubleOf(random.below(2 ** 32), random.below(2 ** 32))
  return Number.isFinite(value) ? value : randomDouble(random)
}

const digits = (random: Random, count: number) => {
  let text = ''
  for (let left = count; left > 0; left -= 9) {
    const some = Math.min(left, 9)
    text += String(random.below(10 ** some)).padStart(some, '0')
  }
  return text
}
const noZero = (text: string) => text.replace(/^0+(?=\d)/, '')

/** The middle between a double ≥ 0 and the next one, as all its decimal digits and an exponent. */
export function middleAbove(value: number): { mantissa: bigint; exponent: number } {
  bits.setFloat64(0, value)
  const biased = bits.getUint32(0) >>> 20
  const fraction = bits.getBigUint64(0) & 0xfffffffffffffn
  const doubled = 2n * (biased === 0 ? fraction : fraction | 0x10000000000000n) + 1n
  const power = Math.max(biased, 1) - 1076
  if (power >= 0) return { mantissa: doubled << BigInt(power), exponent: 0 }
  return { mantissa: doubled * 5n ** BigInt(-power), exponent: power }
}

/** A decimal spelled with the point somewhere in it and the exponent made to fit. */
export function spell(random: Random, mantissa: bigint, exponent: number): string {
  const text = mantissa.toString()
  const point = 1 + random.below(text.length)
  const fraction = text.slice(point)
  return `${text.slice(0, point)}${fraction && `.${fraction}`}e${exponent + fraction.length}`
}

/** The middle above some double of ordinary size, exactly, or one in its last digit or far behind beside it. */
function nearMiddle(random: Random): string {
  const { mantissa, exponent } = middleAbove(
    doubleOf(((1023 - 80 + random.below(200)) << 20) | random.below(2 ** 20), random.below(2 ** 32)),
  )
  const zeros = random.below(3) === 0 ? random.below(600) : 0
  return spell(random, mantissa * 10n ** BigInt(zeros) + BigInt(random.below(3) - 1), exponent - zeros)
}

/** The middle above any double, the subnormals among them: up to 770 digits. */
function anyMiddle(random: Random): string {
  const { mantissa, exponent } = middleAbove(
    Math.abs(random.below(3) === 0 ? doubleOf(random.below(2 ** 20), random.below(2 ** 32)) : randomDouble(random)),
  )
  return spell(random, mantissa + BigInt(random.below(3) - 1), exponent)
}

const edges = [53n, 54n, 55n, 62n, 63n, 64n, 65n].map((power) => 2n ** power)

function nearEdge(random: Random): string {
  const whole = random.pick(edges) + BigInt(random.below(9) - 4)
  return `${random.pick(['', '-'])}${whole}${random.pick(['', '', '.0', '.5', '.25', 'e0', '.50000000000000000000001'])}`
}

const common: readonly ((random: Random) => string)[] = [
  (random) => String(randomDouble(random)),
  (random) => randomDouble(random).toPrecision(17),
  (random) => randomDouble(random).toPrecision(18 + random.below(20)),
  (random) => randomDouble(random).toExponential(random.below(20)),
  (random) => String(doubleOf(random.below(2) << 20, random.below(2 ** 32))),
  (random) => `${random.below(100_000)}.${digits(random, 1 + random.below(3))}`,
  (random) => `${random.below(200)}.${digits(random, 8 + random.below(12))}`,
  (random) => `${random.pick(['', '-'])}${noZero(digits(random, 1 + random.below(22)))}`,
  (random) => `${random.pick(['', '-'])}${noZero(digits(random, 1 + random.below(22)))}e${random.below(40) - 20}`,
  (random) =>
    `${noZero(digits(random, 1 + random.below(30)))}.${digits(random, 1 + random.below(30))}E${random.below(640) - 360}`,
  (random) => `${random.below(2)}.${digits(random, 1 + random.below(40))}e+${random.below(309)}`,
  (random) => `-0.${'0'.repeat(random.below(30))}${digits(random, 1 + random.below(25))}`,
  nearEdge,
  nearMiddle,
]

/** A number's text; nearly all are within the doubles' range. */
export function hardNumber(random: Random): string {
  if (random.below(200) > 0) return random.pick(common)(random)
  if (random.below(2) === 0) return anyMiddle(random)
  return `${random.below(10)}.${digits(random, 1 + random.below(800))}e${random.below(600) - 300}`
}
