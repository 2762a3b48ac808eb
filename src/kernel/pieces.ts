// Cuts NDJSON into pieces that fit a slab, between lines. A line that fits none is a piece of its own kind.
// What always holds: the pieces are the input, in order, and no line is in two of them.

export type Piece =
  /** Whole lines; the last one may lack its LF. */
  | { readonly kind: 'lines'; readonly bytes: Uint8Array }
  /** One line that is longer than a piece, and no white space. */
  | { readonly kind: 'long' }

const lf = 0x0a

/** Pieces of at most `bytesMax` bytes. */
export function* cutLines(input: Uint8Array, bytesMax: number): Generator<Piece> {
  for (let start = 0; start < input.length; ) {
    const full = start + bytesMax
    const end = full >= input.length ? input.length : input.lastIndexOf(lf, full - 1) + 1
    if (end > start) {
      yield { kind: 'lines', bytes: input.subarray(start, end) }
      start = end
      continue
    }
    const feed = input.indexOf(lf, full)
    const lineEnd = feed < 0 ? input.length : feed
    if (!isBlank(input, start, lineEnd)) yield { kind: 'long' }
    start = lineEnd + 1
  }
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  }
  return true
}
