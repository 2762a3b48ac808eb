// One round of a slab: from the position it resumes at, every record is checked, hashed, encoded and described, until the
// input is used up or the next record might not fit into the descriptors, the detail text or the output. Then the batch
// gets its head. The layouts are in docs/formats.md.
// Refuses a slab whose header or chunk table points outside of it. A record is either done completely or left for the next
// round; nothing is written for one that is left. The first record of a round always fits.

import {
  BAD_SLAB, CHUNK_BYTES, CHUNK_LINES, CHUNK_MSGPACK, CHUNK_RECORD, CHUNK_TABLE_OFFSET, DESCRIPTORS_OFFSET, DESCRIPTOR_BYTES,
  DETAIL_OFFSET, ENCODED, INPUT_OFFSET, KEY_BYTES_MAX, KEY_MISSING, OK, OUTPUT_OFFSET, PROGRAM_FLAG_VALUE_JSON,
  SCHEMA_INVALID, SCRATCH_VALUE, SLAB_CHUNK_COUNT_MAX, SLAB_DETAIL_BYTES, SLAB_INPUT_BYTES, SLAB_OUTPUT_BYTES,
  SLAB_RECORD_COUNT_MAX,
} from './abi'
import { checkedEnd, checkPacked, checkRecord, refusedOffset } from './check'
import { BATCH_HEAD_BYTES, writeBatchHead } from './encode/batch'
import { recordBodyBytes, valueHash, writeRecord } from './encode/record'
import { varintBytes } from './encode/varint'
import { hashHigh, hashLow, siphash } from './hash/siphash'
import { valueEnd, valueStart } from './json/parse'
import { isBlank, lineEnd } from './lines'
import { errorList, errorListBytes, firstLocation, firstPointer, firstPointerBytes } from './schema/errors'
import { extractKey, keyBytes as foundKeyBytes, keyStart as foundKey } from './schema/key'
import { claimScratch } from './scratch'

// The round at hand. Set anew by every call of `runSlab`.
let slab: usize = 0
let program: usize = 0
let secret: usize = 0
let scratch: usize = 0
let recordCount: u32 = 0
let encodedCount: u32 = 0
let outputEnd: usize = 0
let detailEnd: usize = 0

// Of the chunk at hand: how many errors of a record are listed; 0: the first, without a list.
let errorsMax: u32 = 0

// The key of the record at hand; −1 bytes: none.
let key: usize = 0
let keyBytes: i32 = -1

/** Runs a round. Returns OK or BAD_SLAB; what became of each record is in its descriptor. */
export function runSlab(slabAt: usize, programAt: usize, secretAt: usize, scratchAt: usize): i32 {
  slab = slabAt, program = programAt, secret = secretAt, scratch = scratchAt
  recordCount = 0
  encodedCount = 0
  outputEnd = slab + OUTPUT_OFFSET + BATCH_HEAD_BYTES
  detailEnd = slab + DETAIL_OFFSET

  const chunkCount = load<u32>(slab, 4)
  const sealedAtMs = load<f64>(slab, 32)
  if (chunkCount > SLAB_CHUNK_COUNT_MAX || !(sealedAtMs >= 0 && sealedAtMs < 9007199254740992)) return BAD_SLAB
  forgetCounts(chunkCount)
  claimScratch(scratch)

  let resumeOffset: usize = load<u32>(slab, 16)
  for (let index = load<u32>(slab, 12); index < chunkCount; index++) {
    const chunk = slab + CHUNK_TABLE_OFFSET + (index as usize) * CHUNK_BYTES
    if (!isSound(chunk, resumeOffset)) return BAD_SLAB
    const firstRecord = recordCount
    const left = runChunk(chunk, resumeOffset)
    store<u32>(chunk, firstRecord, 12)
    store<u32>(chunk, recordCount - firstRecord, 16)
    if (left != 0) return finish(index, (left - slab) as u32 - load<u32>(chunk), sealedAtMs)
    resumeOffset = 0
  }
  return finish(chunkCount, 0, sealedAtMs)
}

/** Chunks that this round does not reach have no records in it. */
function forgetCounts(chunkCount: u32): void {
  const end = slab + CHUNK_TABLE_OFFSET + (chunkCount as usize) * CHUNK_BYTES
  for (let chunk = slab + CHUNK_TABLE_OFFSET; chunk < end; chunk += CHUNK_BYTES) store<u64>(chunk, 0, 12)
}

function isSound(chunk: usize, resumeOffset: usize): bool {
  const start: usize = load<u32>(chunk)
  const bytes: usize = load<u32>(chunk, 4)
  const kind: i32 = load<u16>(chunk, 8)
  const givenBytes: usize = load<u16>(chunk, 10)
  if (start < INPUT_OFFSET || start - INPUT_OFFSET > SLAB_INPUT_BYTES) return false
  if (bytes > SLAB_INPUT_BYTES - (start - INPUT_OFFSET) || givenBytes > start - INPUT_OFFSET) return false
  if (kind == CHUNK_LINES) return givenBytes == 0 && resumeOffset <= bytes
  if (resumeOffset != 0) return false
  // A stream that stores records as received has nothing to make of one that is no JSON.
  return kind == CHUNK_RECORD || (kind == CHUNK_MSGPACK && (load<u32>(program, 16) & PROGRAM_FLAG_VALUE_JSON) == 0)
}

/** Returns 0 when the chunk is done, or the address of the record that must wait for the next round. */
// @ts-ignore: decorator
@inline function runChunk(chunk: usize, resumeOffset: usize): usize {
  const start = slab + load<u32>(chunk)
  const end = start + load<u32>(chunk, 4)
  errorsMax = load<u32>(chunk, 20)
  if (load<u16>(chunk, 8) == CHUNK_LINES) return runLines(start + resumeOffset, end)
  const given = load<u16>(chunk, 10) as i32
  return runRecord(start, end, given, load<u16>(chunk, 8) == CHUNK_MSGPACK) ? 0 : start
}

function runLines(start: usize, end: usize): usize {
  while (start < end) {
    const stop = lineEnd(start, end)
    if (!isBlank(start, stop) && !runRecord(start, stop, 0, false)) return start
    start = stop + 1
  }
  return 0
}

/** Does one record. False: it is left for the next round. */
function runRecord(start: usize, end: usize, givenKeyBytes: i32, isPacked: bool): bool {
  if (recordCount == SLAB_RECORD_COUNT_MAX) return false
  const descriptor = slab + DESCRIPTORS_OFFSET + (recordCount as usize) * DESCRIPTOR_BYTES
  let status = isPacked
    ? checkPacked(start, end, program, scratch, errorsMax)
    : checkRecord(start, end, program, scratch, errorsMax)
  if (status != OK) {
    if (!describeRefusal(descriptor, status, refusedOffset)) return false
  } else if (findKey(start, givenKeyBytes) != OK) {
    status = KEY_MISSING
    describeRefusal(descriptor, status, 0)
  } else {
    status = ENCODED
    if (!encode(descriptor)) return false
  }
  store<u32>(descriptor, (start - slab) as u32)
  store<u32>(descriptor, (end - start) as u32, 4)
  store<u16>(descriptor, status, 8)
  recordCount++
  return true
}

/** Sets `key` and `keyBytes`: the bytes given right before the record, else what the program finds in it, else none. */
// @ts-ignore: decorator
@inline function findKey(start: usize, givenBytes: i32): i32 {
  if (givenBytes > 0) {
    key = start - (givenBytes as usize)
    keyBytes = givenBytes
    return (givenBytes as u32) <= keyBytesMax() ? OK : KEY_MISSING
  }
  keyBytes = -1
  if (load<u32>(program, 40) == 0) return OK
  if (extractKey(scratch + SCRATCH_VALUE, checkedEnd, program, scratch) != OK) return KEY_MISSING
  key = foundKey
  keyBytes = foundKeyBytes
  return OK
}

function keyBytesMax(): u32 {
  return min(load<u32>(program, 28), KEY_BYTES_MAX as u32)
}

/** Appends the record to the batch and describes it. False when the output has no room for it. */
// @ts-ignore: decorator
@inline function encode(descriptor: usize): bool {
  const isJson = (load<u32>(program, 16) & PROGRAM_FLAG_VALUE_JSON) != 0
  const value = isJson ? valueStart : scratch + SCRATCH_VALUE
  const valueBytes = ((isJson ? valueEnd : checkedEnd) - value) as u32
  const bodyBytes = recordBodyBytes(encodedCount, keyBytes, valueBytes)
  const start = outputEnd
  const bytes = varintBytes(bodyBytes) + (bodyBytes as usize)
  if (bytes > slab + OUTPUT_OFFSET + SLAB_OUTPUT_BYTES - start) return false

  if (keyBytes < 0) {
    store<u64>(descriptor, 0, 16)
    store<u64>(descriptor, 0, 24)
  } else {
    siphash(key, keyBytes, secret)
    store<u64>(descriptor, hashLow, 16)
    store<u64>(descriptor, hashHigh, 24)
  }
  outputEnd = writeRecord(start, bodyBytes, encodedCount, key, keyBytes, value, valueBytes)
  store<u64>(descriptor, valueHash, 32)
  encodedCount++

  store<u32>(descriptor, 0, 10)
  store<u16>(descriptor, 0, 14)
  store<u32>(descriptor, (start - slab - OUTPUT_OFFSET) as u32, 40)
  store<u32>(descriptor, bytes as u32, 44)
  store<u64>(descriptor, 0, 48)
  store<u64>(descriptor, 0, 56)
  return true
}

/** False when the detail part has no room for what is to be said about the record. */
function describeRefusal(descriptor: usize, status: i32, offset: i32): bool {
  const isSchema = status == SCHEMA_INVALID
  if (isSchema && !hasDetailRoom()) return false
  memory.fill(descriptor, 0, DESCRIPTOR_BYTES)
  store<u32>(descriptor, offset, 48)
  if (!isSchema) return true
  store<u32>(descriptor, firstLocation, 12)
  store<u16>(descriptor, firstPointerBytes as u16, 10)
  if (errorsMax == 0) {
    store<u32>(descriptor, addDetail(firstPointer, firstPointerBytes), 52)
  } else {
    detailEnd = align4(detailEnd)
    const list = addDetail(errorList, errorListBytes)
    store<u32>(descriptor, list, 40)
    store<u32>(descriptor, list + ((firstPointer - errorList) as u32), 52)
  }
  return true
}

/** Whether the pointer of the first error, or the list where one is asked for, fits behind the detail text so far. */
function hasDetailRoom(): bool {
  const limit = slab + DETAIL_OFFSET + SLAB_DETAIL_BYTES
  if (errorsMax != 0) return errorListBytes <= limit - align4(detailEnd)
  return (firstPointerBytes as usize) <= limit - detailEnd
}

/** Appends to the detail text; returns where, from the slab's start. */
function addDetail(from: usize, bytes: usize): u32 {
  const start = detailEnd
  // Exactly: the input begins right behind the detail part.
  memory.copy(start, from, bytes)
  detailEnd = start + bytes
  return (start - slab) as u32
}

// @ts-ignore: decorator
@inline function align4(address: usize): usize {
  return (address + 3) & ~3
}

function finish(resumeChunk: u32, resumeOffset: u32, sealedAtMs: f64): i32 {
  const batch = slab + OUTPUT_OFFSET
  // No record's value is needed any more, so its place is free.
  if (encodedCount != 0) writeBatchHead(batch, outputEnd, encodedCount, sealedAtMs as u64, scratch + SCRATCH_VALUE)
  store<u32>(slab, resumeChunk, 12)
  store<u32>(slab, resumeOffset, 16)
  store<u32>(slab, recordCount, 20)
  store<u32>(slab, encodedCount, 24)
  store<u32>(slab, encodedCount != 0 ? (outputEnd - batch) as u32 : 0, 28)
  store<u32>(slab, (detailEnd - slab - DETAIL_OFFSET) as u32, 44)
  return OK
}
