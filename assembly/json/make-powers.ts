// Writes powers.ts: 128 bits of every power of five that a double can need, as Lemire's algorithm wants them (Daniel Lemire,
// "Number Parsing at a Gigabyte per Second", 2021, appendix B): the top 128 bits, rounded down, but up from 5^-27 to 5^-1.
// This file is for Node: `node assembly/json/make-powers.ts`. A test compares powers.ts with what it makes.
import { writeFileSync } from 'node:fs'

const exponentMin = -342
const exponentMax = 308

/** The 128 bits that stand for 5^`exponent`, as two halves of 64 bits, the high one first. */
function powerOfFive(exponent: number): [bigint, bigint] {
  const power = 5n ** BigInt(Math.abs(exponent))
  const bits = BigInt(power.toString(2).length)
  if (exponent >= 0) return halves(bits > 128n ? power >> (bits - 128n) : power << (128n - bits))
  const reciprocal = (1n << (bits + 127n)) / power
  return halves(exponent >= -27 ? reciprocal + 1n : reciprocal)
}

function halves(value: bigint): [bigint, bigint] {
  return [value >> 64n, value & 0xffffffffffffffffn]
}

/** The text of powers.ts. */
export function powersSource(): string {
  const words: string[] = []
  for (let exponent = exponentMin; exponent <= exponentMax; exponent++) {
    for (const half of powerOfFive(exponent)) words.push(`0x${half.toString(16).padStart(16, '0')}`)
  }
  const lines: string[] = []
  for (let i = 0; i < words.length; i += 6) lines.push(`  ${words.slice(i, i + 6).join(', ')},`)
  return `// Powers of five from 5^${exponentMin} to 5^${exponentMax}, 128 bits each, the high half first; made by make-powers.ts, which says how.

export const POWER_MIN: i32 = ${exponentMin}
export const POWER_MAX: i32 = ${exponentMax}

export const POWERS: usize = memory.data<u64>([
${lines.join('\n')}
])
`
}

if (import.meta.main) writeFileSync(new URL('powers.ts', import.meta.url), powersSource())
