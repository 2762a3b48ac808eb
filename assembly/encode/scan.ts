// Reads a batch back: every record's key and value hashed again, for the log that rebuilds its tables on start. The bytes
// come from a disk, so nothing in them is believed: each length is checked against what is left before it is used, and a
// batch whose checksum or structure is wrong is refused as a whole.

import { BAD_BATCH, NO_ROOM } from '../abi'
import { crc32c } from '../hash/crc32c'
import { hashHigh, hashLow, siphash } from '../hash/siphash'
import { xxh64 } from '../hash/xxh64'
import { BATCH_HEAD_BYTES, CRC_FROM } from './batch'
import { readVarint, varintEnd } from './varint'

const ENTRY_BYTES: usize = 32

/**
 * Writes 32 bytes a record at `index`: u128 key hash (zero without a key), u64 value hash, u32 offset delta, u32 place of
 * the record from the batch's start. Returns the number of records, BAD_BATCH, or NO_ROOM when `indexBytes` is too small.
 */
export function indexBatch(batch: usize, batchBytes: usize, secret: usize, index: usize, indexBytes: usize): i32 {
  if (batchBytes < BATCH_HEAD_BYTES || !hasSoundHead(batch, batchBytes)) return BAD_BATCH
  const count = bswap<u32>(load<u32>(batch, 57))
  if ((count as u64) * (ENTRY_BYTES as u64) > (indexBytes as u64)) return NO_ROOM
  const end = batch + batchBytes
  const lastDelta = bswap<u32>(load<u32>(batch, 23)) as i32
  let previousDelta = -1
  let record = batch + BATCH_HEAD_BYTES
  for (let i: u32 = 0; i < count; i++) {
    const next = indexRecord(record, end, secret, index)
    if (next == 0) return BAD_BATCH
    const delta = load<i32>(index, 24)
    if (delta <= previousDelta || delta > lastDelta) return BAD_BATCH
    store<u32>(index, (record - batch) as u32, 28)
    previousDelta = delta
    record = next
    index += ENTRY_BYTES
  }
  return record == end ? (count as i32) : BAD_BATCH
}

function hasSoundHead(batch: usize, batchBytes: usize): bool {
  if (load<u8>(batch, 16) != 2 || bswap<u32>(load<u32>(batch, 8)) != ((batchBytes - 12) as u32)) return false
  return bswap<u32>(load<u32>(batch, 17)) == crc32c(batch + CRC_FROM, batchBytes - CRC_FROM)
}

/** Fills all of an entry but the place. Returns the record's end, or 0 when it is damaged. */
function indexRecord(record: usize, batchEnd: usize, secret: usize, entry: usize): usize {
  const bodyBytes = readVarint(record, batchEnd)
  const body = varintEnd
  if (body == 0 || bodyBytes < 2 || (bodyBytes as usize) > batchEnd - body) return 0
  const end = body + (bodyBytes as usize)
  // Attributes and timestamp delta are always zero in a batch of ours.
  if (load<u16>(body) != 0) return 0
  const delta = readVarint(body + 2, end)
  if (varintEnd == 0) return 0
  store<i32>(entry, delta, 24)

  const keyBytes = readVarint(varintEnd, end)
  let at = varintEnd
  if (at == 0 || keyBytes < -1 || keyBytes > ((end - at) as i32)) return 0
  if (keyBytes < 0) {
    memory.fill(entry, 0, 16)
  } else {
    siphash(at, keyBytes, secret)
    store<u64>(entry, hashLow)
    store<u64>(entry, hashHigh, 8)
    at += keyBytes
  }

  const valueBytes = readVarint(at, end)
  at = varintEnd
  if (at == 0 || valueBytes < 0 || valueBytes > ((end - at) as i32)) return 0
  store<u64>(entry, xxh64(at, valueBytes), 16)
  at += valueBytes
  // No headers: one zero byte is all that may be left.
  return at + 1 == end && load<u8>(at) == 0 ? end : 0
}
