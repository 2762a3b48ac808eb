// Unsigned integers of up to BIGNUM_WORDS words of 32 bits, in memory, the lowest word first: only what the comparison of a
// decimal with the middle between two doubles needs. The caller owns the bound: 769 digits and any power of five or two
// that goes with a double's exponent stay below 4,096 bits.
//
// A bignum:
//   0  u32  words in use; the highest is not 0
//   4  u32 × words

export const BIGNUM_BYTES: usize = 1024

/** Sets the bignum to a value of 64 bits. */
export function setBignum(big: usize, value: u64): void {
  store<u64>(big, value, 4)
  store<u32>(big, value == 0 ? 0 : value > 0xffffffff ? 2 : 1)
}

/** big = big × factor + addend. */
export function multiplyAdd(big: usize, factor: u32, addend: u32): void {
  const words = <usize>load<u32>(big)
  const end = big + 4 + (words << 2)
  let carry = <u64>addend
  for (let at = big + 4; at < end; at += 4) {
    carry += <u64>load<u32>(at) * factor
    store<u32>(at, <u32>carry)
    carry >>= 32
  }
  if (carry == 0) return
  store<u32>(end, <u32>carry)
  store<u32>(big, <u32>words + 1)
}

/** big = big × 5^exponent. */
export function multiplyPowerOfFive(big: usize, exponent: i32): void {
  // 5^13 is the highest that fits 32 bits.
  while (exponent >= 13) {
    multiplyAdd(big, 1220703125, 0)
    exponent -= 13
  }
  let rest: u32 = 1
  while (exponent-- > 0) rest *= 5
  multiplyAdd(big, rest, 0)
}

/** big = big × 2^bits. */
export function shiftLeft(big: usize, bits: i32): void {
  multiplyAdd(big, (<u32>1) << (bits & 31), 0)
  const words = <usize>load<u32>(big)
  const moved = <usize>(bits >> 5)
  if (moved == 0 || words == 0) return
  memory.copy(big + 4 + (moved << 2), big + 4, words << 2)
  memory.fill(big + 4, 0, moved << 2)
  store<u32>(big, <u32>(words + moved))
}

/** Negative, 0 or positive as `a` is less than, equal to or greater than `b`. */
export function compareBignums(a: usize, b: usize): i32 {
  const words = <usize>load<u32>(a)
  const difference = <i32>words - <i32>load<u32>(b)
  if (difference != 0) return difference
  for (let i = words << 2; i > 0; i -= 4) {
    const left = load<u32>(a + i)
    const right = load<u32>(b + i)
    if (left != right) return left < right ? -1 : 1
  }
  return 0
}
