// Reads a batch back: every record's key and value hashed again. The bytes come from a disk, so nothing in them is believed:
// each length is checked against what is left before it is used, and a batch whose checksum or structure is wrong is refused
// as a whole.
import { callStatus } from '../abi.ts'
import { indexEntry } from '../engine.ts'
import { batchChecksum, batchHeadBytes } from './batch.ts'
import type { Memory } from './memory.ts'
import { sipHash128 } from './siphash.ts'
import { xxh64 } from './xxh64.ts'

/** Where a varint that was read ends; −1: it is cut or too long. */
type Varint = { end: number }

/** Fills the index; returns the number of records, BAD_BATCH, or NO_ROOM. Positions are addresses. */
export function indexBatch(
  memory: Memory,
  secret: number,
  batch: number,
  batchBytes: number,
  index: number,
  indexBytes: number,
): number {
  if (batchBytes < batchHeadBytes || !hasSoundHead(memory, batch, batchBytes)) return callStatus.BAD_BATCH
  const count = memory.view.getUint32(batch + 57)
  if (count * indexEntry.bytes > indexBytes) return callStatus.NO_ROOM
  const end = batch + batchBytes
  const lastDelta = memory.view.getInt32(batch + 23)
  let previousDelta = -1
  let record = batch + batchHeadBytes
  for (let i = 0; i < count; i++) {
    const entry = index + i * indexEntry.bytes
    const next = indexRecord(memory, secret, record, end, entry)
    const delta = memory.view.getInt32(entry + indexEntry.offsetDelta, true)
    if (next < 0 || delta <= previousDelta || delta > lastDelta) return callStatus.BAD_BATCH
    memory.view.setUint32(entry + indexEntry.recordOffset, record - batch, true)
    previousDelta = delta
    record = next
  }
  return record === end ? count : callStatus.BAD_BATCH
}

function hasSoundHead({ bytes, view }: Memory, batch: number, batchBytes: number): boolean {
  if (bytes[batch + 16] !== 2 || view.getUint32(batch + 8) !== batchBytes - 12) return false
  return view.getUint32(batch + 17) === batchChecksum({ bytes, view } as Memory, batch, batchBytes)
}

/** Fills all of an entry but the place; returns the record's end, or −1 when it is damaged. */
function indexRecord(memory: Memory, secret: number, record: number, batchEnd: number, entry: number): number {
  const { bytes, view } = memory
  const varint: Varint = { end: record }
  const bodyBytes = readVarint(bytes, varint, batchEnd)
  const end = varint.end + bodyBytes
  if (varint.end < 0 || bodyBytes < 2 || end > batchEnd) return -1
  // Attributes and timestamp delta are always zero in a batch of ours.
  if (bytes[varint.end] !== 0 || bytes[varint.end + 1] !== 0) return -1
  varint.end += 2
  const delta = readVarint(bytes, varint, end)
  if (varint.end < 0) return -1
  view.setInt32(entry + indexEntry.offsetDelta, delta, true)

  const keyBytes = readVarint(bytes, varint, end)
  if (varint.end < 0 || keyBytes < -1 || keyBytes > end - varint.end) return -1
  if (keyBytes < 0) bytes.fill(0, entry, entry + 16)
  else sipHash128(view, varint.end, keyBytes, secret, entry + indexEntry.keyHash)
  varint.end += Math.max(keyBytes, 0)

  const valueBytes = readVarint(bytes, varint, end)
  if (varint.end < 0 || valueBytes < 0 || valueBytes > end - varint.end) return -1
  xxh64(view, varint.end, valueBytes, entry + indexEntry.valueHash)
  // No headers: one zero byte is all that may be left.
  const last = varint.end + valueBytes
  return last + 1 === end && bytes[last] === 0 ? end : -1
}

/** Reads a varint of up to five bytes that must end before `end`, from `varint.end` on. */
function readVarint(bytes: Uint8Array, varint: Varint, end: number): number {
  let zigzag = 0
  let scale = 1
  for (let at = varint.end; at < end && scale < 2 ** 35; at++) {
    const byte = bytes[at]!
    zigzag += (byte & 0x7f) * scale
    scale *= 0x80
    if (byte < 0x80) {
      varint.end = zigzag < 2 ** 32 ? at + 1 : -1
      return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    }
  }
  varint.end = -1
  return 0
}
