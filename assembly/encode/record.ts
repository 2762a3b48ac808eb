// One record in Kafka's record format, version 2:
//
//   varint length            of all that follows
//   i8     attributes        0
//   varint timestampDelta    0
//   varint offsetDelta
//   varint keyLength         −1 for no key
//          key
//   varint valueLength
//          value
//   varint headerCount       0
//
// Sizes are known before the first byte is written, so the caller can say no while there is nothing to undo.

import { copyWithXxh64 } from '../hash/xxh64'
import { copyWide } from './copy'
import { varintBytes, writeVarint } from './varint'

/** The length field's value: bytes of the record after it. `keyBytes` −1: no key. */
// @ts-ignore: decorator
@inline export function recordBodyBytes(offsetDelta: u32, keyBytes: i32, valueBytes: u32): u32 {
  const key = keyBytes < 0 ? 1 : (varintBytes(keyBytes) as u32) + (keyBytes as u32)
  return 3 + (varintBytes(offsetDelta) as u32) + key + (varintBytes(valueBytes) as u32) + valueBytes
}

/** XXH64 of the last record's value. */
export let valueHash: u64 = 0

/**
 * Writes a record whose body is `bodyBytes` long, sets `valueHash` and returns its end. Up to 31 bytes behind the end are overwritten, and
 * as many are read behind key and value.
 */
// @ts-ignore: decorator
@inline export function writeRecord(
  address: usize, bodyBytes: u32, offsetDelta: u32, key: usize, keyBytes: i32, value: usize, valueBytes: u32,
): usize {
  address = writeVarint(address, bodyBytes)
  store<u16>(address, 0)
  address = writeVarint(address + 2, offsetDelta)
  if (keyBytes < 0) {
    store<u8>(address++, 1)
  } else {
    address = writeVarint(address, keyBytes)
    copyWide(address, key, keyBytes)
    address += keyBytes
  }
  address = writeVarint(address, valueBytes)
  valueHash = copyWithXxh64(address, value, valueBytes)
  address += valueBytes
  store<u8>(address, 0)
  return address + 1
}
