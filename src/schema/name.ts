// Member names as entries and tokens hold them: the first 16 bytes of the MessagePack in a word, a longer name whole behind
// the item's tables (assembly/schema/program.ts draws both).
import { entryLayout } from './layout.ts'
import { putBytes, putU32, type Writer } from './writer.ts'

const wordBytes = 16

/** Writes word, mask, length and distance of a name at `at`; a long name stands whole at `text`. Returns the text's bytes. */
export function putName(writer: Writer, at: number, encoded: Uint8Array, text: number): number {
  const inWord = encoded.subarray(0, wordBytes)
  putBytes(writer, at + entryLayout.WORD, inWord)
  writer.bytes.fill(0xff, at + entryLayout.MASK, at + entryLayout.MASK + inWord.length)
  putU32(writer, at + entryLayout.NAME_BYTES, encoded.length)
  if (encoded.length <= wordBytes) return 0
  putU32(writer, at + entryLayout.NAME, text - at)
  putBytes(writer, text, encoded)
  return encoded.length
}

/** Bytes of the names that do not fit a word. */
export function longNameBytes(names: readonly Uint8Array[]): number {
  return names.reduce((bytes, name) => bytes + (name.length > wordBytes ? name.length : 0), 0)
}

/** First and last eight bytes of an encoded name in one word, as the kernel mixes them to hash it. */
export function nameWord(encoded: Uint8Array): bigint {
  const word = (from: number, to: number) =>
    encoded.subarray(from, to).reduceRight((bits, byte) => (bits << 8n) | BigInt(byte), 0n)
  if (encoded.length <= 8) return word(0, encoded.length)
  const last = word(encoded.length - 8, encoded.length)
  return word(0, 8) ^ BigInt.asUintN(64, (last << 29n) | (last >> 35n))
}
