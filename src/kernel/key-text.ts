// The key of a record as part of a JSON text, for hosts that have Node's Buffer. Nearly every key is plain ASCII, and then its
// JSON text is the bytes in the slab: they become a string in one call, without a copy, a decoder or an encoder.
import { findKey } from './descriptors.ts'
import type { Slab } from './memory.ts'

const { latin1Slice } = Buffer.prototype
const quote = 0x22
const backslash = 0x5c

/** The key of an encoded record when JSON writes it as it is between quotes; '' without one, undefined for other keys. */
export function plainKey(slab: Slab, index: number): string | undefined {
  const { start, end } = findKey(slab, index)
  const { bytes } = slab
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte < 0x20 || byte > 0x7e || byte === quote || byte === backslash) return undefined
  }
  return latin1Slice.call(bytes, start, end)
}
