// Lines of NDJSON: where one ends, and whether there is anything on it. Loads may pass the end by 63 bytes; what is read
// there is never used.

/** Sixteen line ends. As a constant in the code they would be made anew for each use. */
const FEEDS: usize = memory.data<u64>([0x0a0a0a0a0a0a0a0a, 0x0a0a0a0a0a0a0a0a], 16)

/** Address of the next LF from `start` on, or `end`. */
export function lineEnd(start: usize, end: usize): usize {
  const feed = v128.load(FEEDS)
  for (let at = start; at < end; at += 64) {
    const first = i8x16.eq(v128.load(at), feed)
    const second = i8x16.eq(v128.load(at, 16), feed)
    const third = i8x16.eq(v128.load(at, 32), feed)
    const fourth = i8x16.eq(v128.load(at, 48), feed)
    if (!v128.any_true(v128.or(v128.or(first, second), v128.or(third, fourth)))) continue
    const low = (i8x16.bitmask(first) as u64) | ((i8x16.bitmask(second) as u64) << 16)
    const high = (i8x16.bitmask(third) as u64) | ((i8x16.bitmask(fourth) as u64) << 16)
    return min(at + (ctz(low | (high << 32)) as usize), end)
  }
  return end
}

/** True when the line holds nothing but space, tab and CR. */
// @ts-ignore: decorator
@inline export function isBlank(start: usize, end: usize): bool {
  // A record nearly always begins at once, and most of the rest is decided by its first byte too.
  return start == end || (load<u8>(start) <= 0x20 && isBlankToEnd(start, end))
}

function isBlankToEnd(start: usize, end: usize): bool {
  for (; start < end; start++) {
    const byte = load<u8>(start)
    if (byte != 0x20 && byte != 0x09 && byte != 0x0d) return false
  }
  return true
}
