// Kafka's record batch, magic 2 (docs/formats.md, "Batch"): sizes first, then bytes, so that the caller can say no while
// there is nothing to undo. Varints are zigzag, as in Protocol Buffers; ours are never negative but for a null key's −1.
import { crc32c } from './crc32c.ts'
import type { Memory } from './memory.ts'

export const batchHeadBytes = 61
/** The checksum covers everything from here on. */
const checkedFrom = 21

export function varintBytes(value: number): number {
  if (value < 0x40) return 1
  if (value < 0x2000) return 2
  if (value < 0x100000) return 3
  return value < 0x8000000 ? 4 : 5
}

/** Writes a non-negative number below 2^31; returns the position after it. */
export function putVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value * 2
  let end = at
  while (rest >= 0x80) {
    target[end++] = rest | 0x80
    rest = Math.floor(rest / 0x80)
  }
  target[end] = rest
  return end + 1
}

/** What a record's length field says. `keyBytes` −1: no key. */
export function recordBodyBytes(offsetDelta: number, keyBytes: number, valueBytes: number): number {
  const key = keyBytes < 0 ? 1 : varintBytes(keyBytes) + keyBytes
  return 3 + varintBytes(offsetDelta) + key + varintBytes(valueBytes) + valueBytes
}

/** Writes all of a record before its key's bytes, or for `keyBytes` −1 before its value's length. */
export function putRecordHead(
  target: Uint8Array,
  start: number,
  bodyBytes: number,
  offsetDelta: number,
  keyBytes: number,
): number {
  const at = putVarint(target, start, bodyBytes)
  target[at] = 0
  target[at + 1] = 0
  const keyAt = putVarint(target, at + 2, offsetDelta)
  if (keyBytes >= 0) return putVarint(target, keyAt, keyBytes)
  target[keyAt] = 1
  return keyAt + 1
}

/** Completes the batch at `batch` whose records end at `end`. */
export function putBatchHead(
  memory: Memory,
  batch: number,
  end: number,
  recordCount: number,
  timestampMs: number,
): void {
  const { view } = memory
  const timestamp = BigInt(Math.floor(timestampMs))
  view.setBigInt64(batch, 0n)
  view.setInt32(batch + 8, end - batch - 12)
  view.setInt32(batch + 12, 0)
  view.setInt8(batch + 16, 2)
  view.setInt16(batch + 21, 0)
  view.setInt32(batch + 23, recordCount - 1)
  view.setBigInt64(batch + 27, timestamp)
  view.setBigInt64(batch + 35, timestamp)
  view.setBigInt64(batch + 43, -1n)
  view.setInt16(batch + 51, -1)
  view.setInt32(batch + 53, -1)
  view.setInt32(batch + 57, recordCount)
  view.setUint32(batch + 17, batchChecksum(memory, batch, end - batch))
}

/** The CRC-32C a batch should carry. */
export function batchChecksum(memory: Memory, batch: number, batchBytes: number): number {
  return crc32c(memory.bytes, memory.view, batch + checkedFrom, batchBytes - checkedFrom)
}
