// Strings sixteen bytes at a time: which of them are not just copied. The vectors to compare with come from memory: as
// constants in the code they would be made anew at each use.

export const QUOTE: u32 = 0x22
export const BACKSLASH: u32 = 0x5c

/** Sixteen times space, quote and backslash. */
export const LANES: usize = memory.data<u8>([
  32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34,
  34, 34, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92,
])

@inline
export function spaceLanes(): v128 {
  return v128.load(LANES)
}

@inline
export function quoteLanes(): v128 {
  return v128.load(LANES, 16)
}

@inline
export function backslashLanes(): v128 {
  return v128.load(LANES, 32)
}

/** Lanes that end a run of a string's own bytes: quote, backslash, control characters. */
@inline
export function stopLanes(chunk: v128, spaces: v128, quotes: v128, backslashes: v128): i32 {
  return i8x16.bitmask(
    v128.or(i8x16.lt_u(chunk, spaces), v128.or(i8x16.eq(chunk, quotes), i8x16.eq(chunk, backslashes))),
  )
}

/** Lanes that are not plain: those of stopLanes, and all beyond ASCII. */
@inline
export function unusualLanes(chunk: v128, spaces: v128, quotes: v128, backslashes: v128): i32 {
  // As signed bytes, control characters and everything beyond ASCII are less than a space.
  return i8x16.bitmask(
    v128.or(i8x16.lt_s(chunk, spaces), v128.or(i8x16.eq(chunk, quotes), i8x16.eq(chunk, backslashes))),
  )
}
