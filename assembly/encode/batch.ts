// The head of a Kafka record batch, magic 2, big-endian:
//
//    0  i64 baseOffset            0; the log sets it
//    8  i32 batchLength           bytes after this field
//   12  i32 partitionLeaderEpoch  0; the log sets it
//   16  i8  magic                 2
//   17  u32 crc                   CRC-32C of all bytes from 21 on
//   21  i16 attributes            0
//   23  i32 lastOffsetDelta
//   27  i64 baseTimestamp         Unix time in ms
//   35  i64 maxTimestamp          the same
//   43  i64 producerId            −1
//   51  i16 producerEpoch         −1
//   53  i32 baseSequence          −1
//   57  i32 recordCount
//   61  records

import { crc32cLong } from '../hash/crc32c-long'

export const BATCH_HEAD_BYTES: usize = 61
export const CRC_FROM: usize = 21

/** Completes the batch whose records are already at `batch` + 61 and end at `end`. `scratch`: CRC_SCRATCH_BYTES. */
export function writeBatchHead(batch: usize, end: usize, recordCount: u32, timestampMs: u64, scratch: usize): void {
  const timestamp = bswap<u64>(timestampMs)
  store<u64>(batch, 0)
  store<u32>(batch, bswap<u32>((end - batch - 12) as u32), 8)
  store<u32>(batch, 0, 12)
  store<u8>(batch, 2, 16)
  store<u16>(batch, 0, 21)
  store<u32>(batch, bswap<u32>(recordCount - 1), 23)
  store<u64>(batch, timestamp, 27)
  store<u64>(batch, timestamp, 35)
  store<u64>(batch, -1, 43)
  store<u16>(batch, -1, 51)
  store<u32>(batch, -1, 53)
  store<u32>(batch, bswap<u32>(recordCount), 57)
  const crc = crc32cLong(batch + CRC_FROM, end - batch - CRC_FROM, scratch)
  store<u32>(batch, bswap<u32>(crc), 17)
}
