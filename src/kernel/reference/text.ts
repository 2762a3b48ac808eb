// What a look at the bytes of a record tells before it is parsed: how many quotes, and whether all of it is ASCII.
// Four bytes a step, on plain 32-bit integers.

/** Set in the result of `scanText` when a byte is not ASCII; the rest is the number of quotes. */
export const notAscii = 0x40000000

/** Returns the number of quotes in `start` … `end`, and `notAscii` if any byte is not. */
export function scanText(view: DataView, start: number, end: number): number {
  let quotes = 0
  let high = 0
  let at = start
  while (at + 4 <= end) {
    // Each lane counts for itself, and overflows after 255 words.
    const blockEnd = Math.min(end - 3, at + 255 * 4)
    let lanes = 0
    for (; at < blockEnd; at += 4) {
      const word = view.getInt32(at, true)
      high |= word
      const other = word ^ 0x22222222
      // The top bit of a lane is clear exactly where the byte was a quote.
      lanes += (~(((other & 0x7f7f7f7f) + 0x7f7f7f7f) | other) & 0x80808080) >>> 7
    }
    quotes += (lanes & 0xff) + ((lanes >>> 8) & 0xff) + ((lanes >>> 16) & 0xff) + (lanes >>> 24)
  }
  for (; at < end; at++) {
    const byte = view.getUint8(at)
    high |= byte
    if (byte === 0x22) quotes++
  }
  return high & 0x80808080 ? quotes | notAscii : quotes
}
