// Descriptors: one record each in a slab, as the host reads and the log writes them (docs/formats.md). Fields are read
// into an object the caller keeps, so that a million records a second leave no garbage.
// Meaningful only after the kernel's round, below `recordCount`; nothing here checks that.
import { assert } from '../assert.ts'
import {
  descriptor,
  descriptorBytes,
  descriptorsOffset,
  errorBytes,
  errorEntry,
  errorList,
  outputOffset,
  type RecordStatus,
} from './abi.ts'
import { readLong, type Slab, writeLong } from './memory.ts'

/** A descriptor's fields for who answers. Made once, filled once a record. */
export type RecordFields = {
  status: RecordStatus
  inputOffset: number
  inputBytes: number
  locationIndex: number
  errorOffset: number
  /** From the log; meaningful when accepted, duplicate or conflict. */
  offset: number
}

export function makeRecordFields(): RecordFields {
  return { status: 1, inputOffset: 0, inputBytes: 0, locationIndex: 0, errorOffset: 0, offset: 0 }
}

export function readRecord(slab: Slab, index: number, fields: RecordFields): void {
  const { words } = slab
  const at = descriptorAt(index)
  fields.status = readStatus(slab, index)
  fields.inputOffset = words[(at + descriptor.inputOffset) >> 2]!
  fields.inputBytes = words[(at + descriptor.inputBytes) >> 2]!
  fields.locationIndex = words[(at + descriptor.locationIndex) >> 2]!
  fields.errorOffset = words[(at + descriptor.errorOffset) >> 2]!
  fields.offset = readLong(slab, at + descriptor.offset)
}

export function readStatus(slab: Slab, index: number): RecordStatus {
  return slab.halves[(descriptorAt(index) + descriptor.status) >> 1] as RecordStatus
}

/** The log's verdict on a record: accepted, duplicate or conflict, and at which offset. */
export function writeVerdict(slab: Slab, index: number, status: RecordStatus, offset: number): void {
  const at = descriptorAt(index)
  slab.halves[(at + descriptor.status) >> 1] = status
  writeLong(slab, at + descriptor.offset, offset)
}

/** The same verdict, its offset in two words. */
export function writeVerdictWords(slab: Slab, index: number, status: RecordStatus, low: number, high: number): void {
  const at = descriptorAt(index)
  slab.halves[(at + descriptor.status) >> 1] = status
  slab.words[(at + descriptor.offset) >> 2] = low
  slab.words[(at + descriptor.offset + 4) >> 2] = high
}

/** Words from a descriptor to the next. */
export const descriptorWords = descriptorBytes >> 2

assert(descriptor.valueHash === descriptor.keyHash + 16, 'the hashes stand side by side')

/** Where in `slab.words` the six words of a record's hashes stand: of its key four, of its value two. */
export function hashesAt(index: number): number {
  return (descriptorAt(index) + descriptor.keyHash) >> 2
}

/** Bytes of an encoded record in the batch. */
export function readOutputBytes(slab: Slab, index: number): number {
  return slab.words[(descriptorAt(index) + descriptor.outputBytes) >> 2]!
}

/** A descriptor's hashes and its place in the batch, for the log. Made once, filled once a record. */
export type RecordHashes = {
  key0: number
  key1: number
  key2: number
  key3: number
  value0: number
  value1: number
  outputOffset: number
  outputBytes: number
}

export function makeRecordHashes(): RecordHashes {
  return { key0: 0, key1: 0, key2: 0, key3: 0, value0: 0, value1: 0, outputOffset: 0, outputBytes: 0 }
}

export function readHashes(slab: Slab, index: number, hashes: RecordHashes): void {
  const { words } = slab
  const at = descriptorAt(index) >> 2
  hashes.key0 = words[at + (descriptor.keyHash >> 2)]!
  hashes.key1 = words[at + (descriptor.keyHash >> 2) + 1]!
  hashes.key2 = words[at + (descriptor.keyHash >> 2) + 2]!
  hashes.key3 = words[at + (descriptor.keyHash >> 2) + 3]!
  hashes.value0 = words[at + (descriptor.valueHash >> 2)]!
  hashes.value1 = words[at + (descriptor.valueHash >> 2) + 1]!
  hashes.outputOffset = words[at + (descriptor.outputOffset >> 2)]!
  hashes.outputBytes = words[at + (descriptor.outputBytes >> 2)]!
}

/** A copy of the record's own bytes. */
export function recordBytes(slab: Slab, index: number): Uint8Array {
  const at = descriptorAt(index) >> 2
  const start = slab.words[at + (descriptor.inputOffset >> 2)]!
  return slab.bytes.slice(start, start + slab.words[at + (descriptor.inputBytes >> 2)]!)
}

/** JSON pointer of the value the schema refused; '' for the record itself. */
export function recordPointer(slab: Slab, index: number): string {
  const at = descriptorAt(index)
  const start = slab.words[(at + descriptor.detailOffset) >> 2]!
  const bytes = slab.halves[(at + descriptor.detailBytes) >> 1]!
  return text(slab, start, bytes)
}

/** One thing that the schema refuses in a record. */
export type ListedError = {
  readonly locationIndex: number
  /** Byte offset in the record. */
  readonly errorOffset: number
  /** JSON pointer of the value. */
  readonly pointer: string
}

/** All that the schema refuses in a record, as far as was asked for. */
export type ErrorList = {
  readonly errors: readonly ListedError[]
  /** There may be more than are listed. */
  readonly isCut: boolean
}

/** The errors of a record that the schema refused; undefined: its chunk did not ask for them. */
export function recordErrors(slab: Slab, index: number): ErrorList | undefined {
  const start = slab.words[(descriptorAt(index) + descriptor.errorListOffset) >> 2]!
  if (start === 0) return undefined
  const word = (at: number) => slab.words[(start + at) >> 2]!
  const errors: ListedError[] = []
  for (let left = word(errorList.errorCount), at: number = errorList.errors; left > 0; left--, at += errorBytes) {
    errors.push({
      locationIndex: word(at + errorEntry.locationIndex),
      errorOffset: word(at + errorEntry.errorOffset),
      pointer: text(slab, start + word(at + errorEntry.pointerOffset), word(at + errorEntry.pointerBytes)),
    })
  }
  return { errors, isCut: word(errorList.isCut) !== 0 }
}

/** The key of an encoded record, from its Kafka form; '' without one. */
export function recordKey(slab: Slab, index: number): string {
  const { start, end } = findKey(slab, index)
  return start === end ? '' : text(slab, start, end - start)
}

const keyRange = { start: 0, end: 0 }

/** Where in the slab the key of an encoded record is; `start` is `end` without one. Valid until the next call. */
export function findKey(slab: Slab, index: number): { readonly start: number; readonly end: number } {
  const at = outputOffset + slab.words[(descriptorAt(index) + descriptor.outputOffset) >> 2]!
  // length, attributes, timestamp delta (both 0, one byte each), offset delta, then the key's length
  const keyLength = skipVarint(slab, skipVarint(slab, at) + 2)
  keyRange.start = skipVarint(slab, keyLength)
  keyRange.end = keyRange.start + Math.max(unzigzag(slab, keyLength), 0)
  return keyRange
}

/** A copy of the value of an encoded record: MessagePack, or its own bytes in a stream with `value: 'json'`. */
export function recordValue(slab: Slab, index: number): Uint8Array {
  const at = outputOffset + slab.words[(descriptorAt(index) + descriptor.outputOffset) >> 2]!
  const keyLength = skipVarint(slab, skipVarint(slab, at) + 2)
  const valueLength = skipVarint(slab, keyLength) + Math.max(unzigzag(slab, keyLength), 0)
  const start = skipVarint(slab, valueLength)
  return slab.bytes.slice(start, start + unzigzag(slab, valueLength))
}

// A decoder takes no shared memory, so it is given a copy. A byte order mark is text like any other.
const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true })

function text(slab: Slab, start: number, bytes: number): string {
  return textDecoder.decode(slab.bytes.slice(start, start + bytes))
}

function skipVarint(slab: Slab, at: number): number {
  while (slab.bytes[at]! >= 0x80) at++
  return at + 1
}

function unzigzag(slab: Slab, at: number): number {
  let value = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = slab.bytes[at++]!
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  return (value >>> 1) ^ -(value & 1)
}

function descriptorAt(index: number): number {
  return descriptorsOffset + index * descriptorBytes
}
