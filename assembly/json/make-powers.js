// Writes powers.ts: 128 bits of every power of five that a double can need, as Lemire's algorithm wants them
// (Daniel Lemire, "Number Parsing at a Gigabyte per Second", 2021, appendix B): the top 128 bits, rounded down, but up
// from 5^-27 to 5^-1. Run with `node assembly/json/make-powers.js`; a test compares the two.
import { writeFileSync } from 'node:fs'

export const exponentMin = -342
export const exponentMax = 308

/** The 128 bits that stand for 5^exponent, as [high, low] 64-bit halves. */
export function powerOfFive(exponent) {
  if (exponent >= 0) {
    const power = 5n ** BigInt(exponent)
    const bits = BigInt(power.toString(2).length)
    return halves(bits > 128n ? power >> (bits - 128n) : power << (128n - bits))
  }
  const power = 5n ** BigInt(-exponent)
  const bits = BigInt(power.toString(2).length)
  const reciprocal = (1n << (bits + 127n)) / power
  return halves(exponent >= -27 ? reciprocal + 1n : reciprocal)
}

function halves(value) {
  return [value >> 64n, value & 0xffffffffffffffffn]
}

/** The text of powers.ts. */
export function powersSource() {
  const words = []
  for (let exponent = exponentMin; exponent <= exponentMax; exponent++) words.push(...powerOfFive(exponent))
  const texts = words.map((word) => `0x${word.toString(16).padStart(16, '0')}`)
  const lines = []
  for (let i = 0; i < texts.length; i += 6) lines.push(`  ${texts.slice(i, i + 6).join(', ')},`)
  return `// Powers of five from 5^${exponentMin} to 5^${exponentMax}, 128 bits each, the high half first: made by make-powers.js, which says how.

export const POWER_MIN: i32 = ${exponentMin}
export const POWER_MAX: i32 = ${exponentMax}

export const POWERS: usize = memory.data<u64>([
${lines.join('\n')}
])
`
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('powers.ts', import.meta.url), powersSource())
}
