// CRC-32C (Castagnoli, RFC 3720 appendix B.4) over a byte range, sixteen bytes a step.
// It refuses nothing. What always holds: the tables are derived from the polynomial when the module loads.
// Method: "slicing-by-16", after Kounavis and Berry, "A Systematic Approach to Building High Performance Software-Based CRC
// Generators" (2005). Node has no CRC-32C of its own: zlib.crc32 is the polynomial of gzip.

const polynomial = 0x82f63b78
const sliceCount = 16
const tables = makeTables()

/** Table k holds the checksum of each byte followed by k zero bytes. */
function makeTables(): Int32Array {
  const table = new Int32Array(sliceCount * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0)
    table[byte] = crc
  }
  for (let i = 256; i < table.length; i++) {
    const previous = table[i - 256]!
    table[i] = (previous >>> 8) ^ table[previous & 0xff]!
  }
  return table
}

/** Returns the CRC-32C of `bytes` bytes at `start`, unsigned. `source` and `view` are the same memory. */
export function crc32c(source: Uint8Array, view: DataView, start: number, bytes: number): number {
  const end = start + bytes
  let at = start
  let crc = -1
  for (; at + 16 <= end; at += 16) {
    const a = view.getInt32(at, true) ^ crc
    const b = view.getInt32(at + 4, true)
    const c = view.getInt32(at + 8, true)
    const d = view.getInt32(at + 12, true)
    crc = fold(a, 0xf00) ^ fold(b, 0xb00) ^ fold(c, 0x700) ^ fold(d, 0x300)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ tables[(crc ^ source[at]!) & 0xff]!
  return ~crc >>> 0
}

/** The checksum of four bytes; `last` is where the table of the first of them starts. */
function fold(word: number, last: number): number {
  return (
    tables[last + (word & 0xff)]! ^
    tables[last - 0x100 + ((word >>> 8) & 0xff)]! ^
    tables[last - 0x200 + ((word >>> 16) & 0xff)]! ^
    tables[last - 0x300 + (word >>> 24)]!
  )
}
