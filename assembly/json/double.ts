// Decimal to double, correctly rounded: w × 10^q for a w of 64 bits. Small cases by one exact division or multiplication
// (William Clinger, 1990), all others by Daniel Lemire's algorithm ("Number Parsing at a Gigabyte per Second", Software:
// Practice and Experience 51(8), 2021), which needs no fallback for a w that is exact (Noble Mushtak and Daniel Lemire,
// "Fast Number Parsing Without Fallback", 2023).
// Doubles go as their 64 bits, without sign: nothing here may lose a −0.
import { POWER_MAX, POWER_MIN, POWERS } from './powers'

export const INFINITY_BITS: u64 = 0x7ff0000000000000
const MANTISSA_BITS: i32 = 52
const HIDDEN_BIT: u64 = 0x10000000000000

/** 10^0 … 10^22: the powers of ten that are doubles. */
export const TENS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
])

/** 10^`exponent`, for 0 … 22. */
@inline
function tenTo(exponent: i32): f64 {
  return load<f64>(TENS + (<usize>exponent << 3))
}

/** Bits of the double nearest to `w` × 10^`q`, ties to even; INFINITY_BITS when it is beyond the largest double. */
@inline
export function decimalToDouble(w: u64, q: i32): u64 {
  if (w <= 0x20000000000000 && q >= -22 && q <= 22) {
    const exact = <f64>w
    return reinterpret<u64>(q < 0 ? exact / tenTo(-q) : exact * tenTo(q))
  }
  if (w == 0 || q < POWER_MIN) return 0
  if (q > POWER_MAX) return INFINITY_BITS
  return lemire(w, q)
}

/** The high half of `a` × `b`: WebAssembly has no such multiplication, so four of 32 bits. */
@inline
function multiplyHigh(a: u64, b: u64): u64 {
  const low = (a & 0xffffffff) * (b & 0xffffffff)
  const middle = (a >> 32) * (b & 0xffffffff) + (low >> 32)
  const cross = (a & 0xffffffff) * (b >> 32) + (middle & 0xffffffff)
  return (a >> 32) * (b >> 32) + (middle >> 32) + (cross >> 32)
}

/** decimalToDouble for a `w` other than 0 and a `q` of the table. */
@inline
function lemire(w: u64, q: i32): u64 {
  const zeros = <i32>clz(w)
  w <<= zeros
  const power = POWERS + (<usize>(q - POWER_MIN) << 4)
  let high = multiplyHigh(w, load<u64>(power))
  let low = w * load<u64>(power)
  // Nine bits below the 55 that matter are all ones: the low half of the power could carry into them.
  if ((high & 0x1ff) == 0x1ff) {
    const more = multiplyHigh(w, load<u64>(power, 8))
    low += more
    if (low < more) high++
  }
  const upper = <i32>(high >> 63)
  const shift = upper + 64 - MANTISSA_BITS - 3
  let mantissa = high >> shift
  // 217706 / 2^16 is log2(10); the double's exponent is that of the product's top bit.
  let exponent = ((217706 * q) >> 16) + 63 + upper - zeros + 1023
  if (exponent <= 0) return subnormal(mantissa, exponent)
  // A product that is exact and ends in ½ is a tie; for these powers only can it be exact.
  if (low <= 1) if (q >= -4 && q <= 23 && (mantissa & 3) == 1 && mantissa << shift == high) mantissa &= ~1
  mantissa = (mantissa + (mantissa & 1)) >> 1
  // A carry out of the mantissa goes into the exponent by itself, and leaves a mantissa of 0.
  const bits = mantissa - HIDDEN_BIT + (<u64>exponent << MANTISSA_BITS)
  return bits < INFINITY_BITS ? bits : INFINITY_BITS
}

/** A result below the smallest normal double; ties cannot happen here. */
function subnormal(mantissa: u64, exponent: i32): u64 {
  if (1 - exponent >= 64) return 0
  mantissa >>= 1 - exponent
  // When rounding carries into the hidden bit, that bit is the exponent of the smallest normal double.
  return (mantissa + (mantissa & 1)) >> 1
}
