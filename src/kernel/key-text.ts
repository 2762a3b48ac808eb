// The key of a record as part of a JSON text, for hosts that have Node's Buffer. Nearly every key is plain ASCII, and then its
// JSON text is the bytes in the slab: they become a string in one call, or bytes of an answer, without a decoder
// or an encoder.
import { findKey } from './descriptors.ts'
import type { Slab } from './memory.ts'

const { latin1Slice } = Buffer.prototype
const quote = 0x22
const backslash = 0x5c

/** The key of an encoded record when JSON writes it as it is between quotes; '' without one, undefined for other keys. */
export function plainKey(slab: Slab, index: number): string | undefined {
  const { start, end } = findKey(slab, index)
  const { bytes } = slab
  for (let at = start; at < end; at++) if (!isPlain(bytes[at]!)) return undefined
  return latin1Slice.call(bytes, start, end)
}

/**
 * Copies the key of an encoded record to `into`, from `at` on, when it is plain and no longer than `bytesMax`. Returns how
 * long it is, 0 without one, −1 for other keys.
 */
export function copyPlainKey(slab: Slab, index: number, into: Uint8Array, at: number, bytesMax: number): number {
  const { start, end } = findKey(slab, index)
  const { bytes } = slab
  const length = end - start
  if (length > bytesMax) return -1
  for (let from = start, to = at; from < end; from++, to++) {
    const byte = bytes[from]!
    if (!isPlain(byte)) return -1
    into[to] = byte
  }
  return length
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e && byte !== quote && byte !== backslash
}
