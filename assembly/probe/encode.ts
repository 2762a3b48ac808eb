// What the tests of assembly/hash and assembly/encode call. Not part of the kernel.

import { lineEnd as findLineEnd, isBlank as holdsNothing } from '../lines'
import { recordBodyBytes as bodyBytes, writeRecord as write } from '../encode/record'
import { readVarint as read, varintBytes as count, varintEnd as end, writeVarint } from '../encode/varint'
import { hashHigh, hashLow, siphash } from '../hash/siphash'
import { xxh64 as hash } from '../hash/xxh64'

export { writeBatchHead as writeHead } from '../encode/batch'
export { indexBatch } from '../encode/scan'
export { crc32c } from '../hash/crc32c'
export { crc32cLong } from '../hash/crc32c-long'
export { murmur2 } from '../hash/murmur2'

export function sip(address: usize, bytes: usize, key: usize, out: usize): void {
  siphash(address, bytes, key)
  store<u64>(out, hashLow)
  store<u64>(out, hashHigh, 8)
}

export function xxh64(address: usize, bytes: usize, out: usize): void {
  store<u64>(out, hash(address, bytes))
}

export function varint(address: usize, value: u32): usize {
  return writeVarint(address, value)
}

export function varintBytes(value: u32): usize {
  return count(value)
}

export function readVarint(address: usize, limit: usize): i32 {
  return read(address, limit)
}

export function varintEnd(): usize {
  return end
}

export function recordBodyBytes(offsetDelta: u32, keyBytes: i32, valueBytes: u32): u32 {
  return bodyBytes(offsetDelta, keyBytes, valueBytes)
}

export function writeRecord(
  address: usize, body: u32, offsetDelta: u32, key: usize, keyBytes: i32, value: usize, valueBytes: u32,
): usize {
  return write(address, body, offsetDelta, key, keyBytes, value, valueBytes)
}

export function lineEnd(start: usize, limit: usize): usize {
  return findLineEnd(start, limit)
}

export function isBlank(start: usize, limit: usize): bool {
  return holdsNothing(start, limit)
}
