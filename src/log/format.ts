// The bytes of a record batch (docs/formats.md, "Batch") as the log reads and patches them: header, commit number, records.
// It refuses whatever a batch of this log cannot be, before any length is used; it never throws and never looks past `end`.
// What the checksum says is not decided here: it covers all bytes from `checkedFrom` on.
import { slabOutputBytes, slabRecordCountMax } from '../limits.ts'

export const batchHeaderBytes = 61
/** First byte the checksum covers. What stands before it is checked by continuity instead. */
export const checkedFrom = 21

const at = {
  baseOffset: 0,
  batchLength: 8,
  epoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  recordCount: 57,
} as const

/** Bytes of a batch that `batchLength` does not count. */
const lengthEnd = 12
const recordBytesMin = 7
export const batchBytesMin = batchHeaderBytes + recordBytesMin

/** Commit numbers use 30 of the 31 bits of the leader epoch and start again from 0. */
const commitNumberCount = 2 ** 30

/** The commit after `commit`. */
export function nextCommit(commit: number): number {
  return (commit + 1) % commitNumberCount
}

/** How many commits after `earlier` the commit `later` is, going round. */
export function commitDistance(earlier: number, later: number): number {
  return (later - earlier + commitNumberCount) % commitNumberCount
}

/** Cuts a word to a commit number. */
export function asCommit(word: number): number {
  return word % commitNumberCount
}

export type BatchHeader = {
  baseOffset: number
  /** Bytes of the whole batch. */
  bytes: number
  commit: number
  /** Whether it is the last batch of its commit. */
  endsCommit: boolean
  crc: number
  /** The next batch's base offset. */
  endOffset: number
  timestampMs: number
  recordCount: number
}

export function makeBatchHeader(): BatchHeader {
  return {
    baseOffset: 0,
    bytes: 0,
    commit: 0,
    endsCommit: false,
    crc: 0,
    endOffset: 0,
    timestampMs: 0,
    recordCount: 0,
  }
}

/**
 * Reads the header at `start`. False when no batch of this log has such a header, or `end` is before its end.
 * A valid header says nothing about the records; those are the checksum's business.
 */
export function readBatchHeader(source: Uint8Array, start: number, end: number, header: BatchHeader): boolean {
  if (end - start < batchHeaderBytes || source[start + at.magic] !== 2) return false
  const epoch = readWord(source, start + at.epoch)
  const lastOffsetDelta = readWord(source, start + at.lastOffsetDelta)
  header.baseOffset = readLong(source, start + at.baseOffset)
  header.bytes = readWord(source, start + at.batchLength) + lengthEnd
  header.commit = (epoch & 0x7fff_ffff) >>> 1
  header.endsCommit = (epoch & 1) === 1
  header.crc = readWord(source, start + at.crc)
  header.endOffset = header.baseOffset + lastOffsetDelta + 1
  header.timestampMs = readLong(source, start + at.baseTimestamp)
  header.recordCount = readWord(source, start + at.recordCount)
  return (
    epoch < 2 ** 31 &&
    Number.isSafeInteger(header.endOffset) &&
    lastOffsetDelta < slabRecordCountMax &&
    header.recordCount >= 1 &&
    header.recordCount <= lastOffsetDelta + 1 &&
    header.bytes >= batchHeaderBytes + header.recordCount * recordBytesMin &&
    header.bytes <= slabOutputBytes
  )
}

/** Sets what the kernel left to the log. None of it is under the checksum. */
export function placeBatch(batch: Uint8Array, baseOffset: number, commit: number, endsCommit: boolean): void {
  writeWord(batch, at.baseOffset, Math.floor(baseOffset / 2 ** 32))
  writeWord(batch, at.baseOffset + 4, baseOffset >>> 0)
  writeWord(batch, at.epoch, commit * 2 + (endsCommit ? 1 : 0))
}

/** Sets length and record count of a batch that lost records. The checksum must be set anew afterwards. */
export function shrinkBatch(batch: Uint8Array, bytes: number, recordCount: number): void {
  writeWord(batch, at.batchLength, bytes - lengthEnd)
  writeWord(batch, at.recordCount, recordCount)
}

export function writeChecksum(batch: Uint8Array, crc: number): void {
  writeWord(batch, at.crc, crc)
}

/** Where a record's parts are, as positions in the source; `keyBytes` is −1 for a null key. */
export type RecordPlace = {
  offsetDelta: number
  keyStart: number
  keyBytes: number
  valueStart: number
  valueBytes: number
}

export function makeRecordPlace(): RecordPlace {
  return { offsetDelta: 0, keyStart: 0, keyBytes: -1, valueStart: 0, valueBytes: 0 }
}

/** Reads the record at `start`; returns the position behind it, or −1 when it is malformed or passes `end`. */
export function readRecord(source: Uint8Array, start: number, end: number, place: RecordPlace): number {
  let cursor = skipVarint(source, start, end)
  const length = varint
  if (cursor < 0 || length < 0 || length > end - cursor) return -1
  const recordEnd = cursor + length
  cursor = skipVarint(source, cursor + 1, recordEnd) // attributes and timestamp delta: both 0
  if (cursor < 0) return -1
  cursor = skipVarint(source, cursor, recordEnd)
  place.offsetDelta = varint
  if (cursor < 0 || varint < 0) return -1
  cursor = skipVarint(source, cursor, recordEnd)
  place.keyBytes = varint
  if (cursor < 0 || varint < -1 || varint > recordEnd - cursor) return -1
  place.keyStart = cursor
  cursor = skipVarint(source, cursor + Math.max(0, varint), recordEnd)
  place.valueBytes = varint
  if (cursor < 0 || varint < 0 || varint > recordEnd - cursor) return -1
  place.valueStart = cursor
  cursor = skipVarint(source, cursor + varint, recordEnd)
  return cursor === recordEnd && varint === 0 ? recordEnd : -1
}

// The value of the varint skipped last: a second result without an object a field.
let varint = 0

/** Reads a zigzag varint of 32 bits into `varint`; returns the position behind it, or −1. */
function skipVarint(source: Uint8Array, start: number, end: number): number {
  let raw = 0
  for (let cursor = start, shift = 0; cursor < end && shift < 35; shift += 7) {
    const byte = source[cursor++]!
    raw |= (byte & 0x7f) << shift
    if (byte < 0x80) {
      varint = (raw >>> 1) ^ -(raw & 1)
      return cursor
    }
  }
  return -1
}

function readWord(source: Uint8Array, start: number): number {
  return ((source[start]! << 24) | (source[start + 1]! << 16) | (source[start + 2]! << 8) | source[start + 3]!) >>> 0
}

// A negative number comes out beyond 2^63, which no caller takes for an offset.
function readLong(source: Uint8Array, start: number): number {
  return readWord(source, start) * 2 ** 32 + readWord(source, start + 4)
}

function writeWord(target: Uint8Array, start: number, value: number): void {
  target[start] = value >>> 24
  target[start + 1] = value >>> 16
  target[start + 2] = value >>> 8
  target[start + 3] = value
}
