// `multipleOf` in decimal, as people write numbers: 4.35 is a multiple of 0.01. The rule is docs/schema.md, "multipleOf".

/** The divisor's shortest decimal form: mantissa × 10^−places. */
type Divisor = { readonly value: number; readonly mantissa: number; readonly places: number; readonly whole: number }

/** Returns the test for one divisor. */
export function multipleOfTest(value: number): (dividend: number | bigint) => boolean {
  const divisor = divisorOf(value)
  const wholeBig = BigInt(divisor.whole)
  return (dividend) => {
    if (typeof dividend === 'bigint') return dividend % wholeBig === 0n
    if (Number.isInteger(dividend)) return dividend % divisor.whole === 0
    return isFractionMultiple(dividend, divisor)
  }
}

function isFractionMultiple(dividend: number, divisor: Divisor): boolean {
  const scaled = Math.floor(dividend / divisor.value + 0.5) * divisor.mantissa
  if (Math.abs(scaled) <= 2 ** 53 && divisor.places <= 22) return scaled / 10 ** divisor.places === dividend
  return Math.abs(dividend / divisor.value) >= 2 ** 53 || dividend % divisor.value === 0
}

function divisorOf(value: number): Divisor {
  const [, digits = '', fraction = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(value)) ?? []
  let mantissa = BigInt(digits + fraction)
  let places = fraction.length - Number(exponent)
  if (places < 0) {
    mantissa *= 10n ** BigInt(-places)
    places = 0
  }
  return {
    value,
    mantissa: Number(mantissa),
    places,
    whole: Number(mantissa / greatestCommonDivisor(mantissa, 10n ** BigInt(places))),
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b)
}
