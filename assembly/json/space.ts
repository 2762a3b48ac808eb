// White space between tokens: space, tab, line feed, carriage return (RFC 8259 section 2), sixteen bytes at a time.

/**
 * Returns the address of the first byte from `at` on that is no white space, `end` when there is none.
 * Reads up to 16 bytes behind `end`.
 */
export function skipSpace(at: usize, end: usize): usize {
  while (at < end) {
    const chunk = v128.load(at)
    const space = v128.or(
      v128.or(i8x16.eq(chunk, i8x16.splat(0x20)), i8x16.eq(chunk, i8x16.splat(0x0a))),
      v128.or(i8x16.eq(chunk, i8x16.splat(0x0d)), i8x16.eq(chunk, i8x16.splat(0x09))),
    )
    const other = ~i8x16.bitmask(space) & 0xffff
    if (other != 0) return min(at + ctz(other), end)
    at += 16
  }
  return end
}
