// White space between tokens: space, tab, line feed, carriage return (RFC 8259 section 2), sixteen bytes at a time.
import { spaceLanes } from './lanes'

export const SPACE_BYTE: u32 = 0x20

/** Maps 9, 10 and 13, but no other number below sixteen, to itself. */
const CONTROLS: usize = memory.data<u8>([1, 0, 0, 0, 0, 0, 0, 0, 0, 9, 10, 0, 0, 13, 0, 0])

@inline
export function controlLanes(): v128 {
  return v128.load(CONTROLS)
}

/** How many of the sixteen bytes of `chunk` are white space before the first that is none. */
@inline
export function spaceBytes(chunk: v128, spaces: v128, controls: v128): usize {
  // A swizzle by a byte of sixteen or more is 0, which is not that byte.
  const space = v128.or(i8x16.eq(chunk, spaces), i8x16.eq(chunk, i8x16.swizzle(controls, chunk)))
  return ctz(~i8x16.bitmask(space) | 0x10000)
}

/**
 * Returns the address of the first byte from `at` on that is no white space, `end` when there is none.
 * Reads up to 16 bytes behind `end`.
 */
export function skipSpace(at: usize, end: usize): usize {
  const spaces = spaceLanes()
  const controls = controlLanes()
  while (at < end) {
    const bytes = spaceBytes(v128.load(at), spaces, controls)
    at += bytes
    if (bytes < 16) return min(at, end)
  }
  return end
}
