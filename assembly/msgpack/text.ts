// UTF-8 between two addresses, with anything behind it.
import { sequenceBytes } from '../json/utf8'

/** The first byte of the first ill-formed or cut sequence, or 0. Reads up to 15 bytes behind `end`. */
export function illFormedAt(at: usize, end: usize): usize {
  while (at < end) {
    if (end - at >= 16 && !i8x16.bitmask(v128.load(at))) {
      at += 16
      continue
    }
    const bytes = sequenceBytes(at, end)
    if (bytes == 0) return at
    at += bytes
  }
  return 0
}
