// UTF-8 validation, sixteen bytes at a time: John Keiser and Daniel Lemire, "Validating UTF-8 In Less Than One Instruction
// Per Byte" (Software: Practice and Experience 51(5), 2021). Three lookups by nibble name the errors that two neighbouring
// bytes can make; a byte is wrong when all three agree on one.
//
// The bits of the tables:
//   01 TOO_SHORT      a lead byte followed by no continuation
//   02 TOO_LONG       a continuation behind ASCII
//   04 OVERLONG_3     E0 80…9F
//   08 TOO_LARGE      F4 90… and beyond, with 40: F5…FF
//   10 SURROGATE      ED A0…BF
//   20 OVERLONG_2     C0, C1
//   40 TOO_LARGE_1000 and OVERLONG_4: F0 80…8F
//   80 TWO_CONTS      a continuation behind a continuation: right only where a third or fourth byte is due

@inline
function highNibbles(bytes: v128): v128 {
  return v128.and(i16x8.shr_u(bytes, 4), i8x16.splat(0x0f))
}

/** Bits set where `chunk`, preceded by `before`, is no UTF-8. A sequence that goes on behind `chunk` is no error yet. */
@inline
export function utf8Errors(chunk: v128, before: v128): v128 {
  const before1 = v128.shuffle<u8>(before, chunk, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
  const before2 = v128.shuffle<u8>(before, chunk, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29)
  const before3 = v128.shuffle<u8>(before, chunk, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28)
  const high1 = v128.swizzle(
    i8x16(0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, -0x80, -0x80, -0x80, -0x80, 0x21, 0x01, 0x15, 0x49),
    highNibbles(before1),
  )
  const low1 = v128.swizzle(
    i8x16(-0x19, -0x5d, -0x7d, -0x7d, -0x75, -0x35, -0x35, -0x35, -0x35, -0x35, -0x35, -0x35, -0x35, -0x25, -0x35, -0x35),
    v128.and(before1, i8x16.splat(0x0f)),
  )
  const high2 = v128.swizzle(
    i8x16(0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, -0x1a, -0x52, -0x46, -0x46, 0x01, 0x01, 0x01, 0x01),
    highNibbles(chunk),
  )
  const named = v128.and(v128.and(high1, low1), high2)
  const third = i8x16.sub_sat_u(before2, i8x16.splat(0x60))
  const fourth = i8x16.sub_sat_u(before3, i8x16.splat(0x70))
  const due = v128.and(v128.or(third, fourth), i8x16.splat(-0x80))
  return v128.xor(named, due)
}

/** Sixteen bytes of ones, then sixteen of zeros: a load from `16 - n` on keeps the first n bytes of a chunk. */
const KEEP: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])

/** `chunk` with zeros behind its first `bytes` bytes, 0 to 15. */
@inline
export function keepBytes(chunk: v128, bytes: usize): v128 {
  return v128.and(chunk, v128.load(KEEP + 16 - bytes))
}

/**
 * Whether the bytes from `at` up to `end` are UTF-8. The byte at `end` must be ASCII: the closing quote, which shows a
 * sequence that was cut before it. Reads up to 16 bytes behind `end`.
 */
export function isUtf8(at: usize, end: usize): bool {
  let wrong = i64x2.splat(0)
  let before = i64x2.splat(0)
  while (end - at >= 16) {
    const chunk = v128.load(at)
    wrong = v128.or(wrong, utf8Errors(chunk, before))
    before = chunk
    at += 16
  }
  const rest = keepBytes(v128.load(at), end - at)
  wrong = v128.or(wrong, utf8Errors(rest, before))
  return !v128.any_true(wrong)
}

/**
 * Bytes of the well-formed sequence at `at` (Unicode 16.0, table 3-7), 0 when it is ill-formed or cut by `end`.
 */
export function sequenceBytes(at: usize, end: usize): usize {
  const lead = <u32>load<u8>(at)
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  const bytes: usize = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  if (end - at < bytes) return 0
  const second = <u32>load<u8>(at, 1)
  const lowest: u32 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80
  const highest: u32 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf
  if (second < lowest || second > highest) return 0
  if (bytes > 2 && (load<u8>(at, 2) & 0xc0) != 0x80) return 0
  if (bytes > 3 && (load<u8>(at, 3) & 0xc0) != 0x80) return 0
  return bytes
}
