// Puts a checked record into the batch of a round: key and value framed as Kafka has it, both hashed into the descriptor.
// It says no, while there is nothing to undo, when the output has no room: the record then waits for the next round.
// What always holds: what is written stays before `end`.
import { keyBytesMax } from '../../limits.ts'
import { descriptor, recordStatus } from '../abi.ts'
import { putRecordHead, putVarint, recordBodyBytes, varintBytes } from './batch.ts'
import type { Memory } from './memory.ts'
import { sipHash128 } from './siphash.ts'
import { xxh64 } from './xxh64.ts'

/** The batch of a round; addresses are absolute. */
export type Batch = {
  readonly memory: Memory
  readonly secret: number
  /** Where the batch begins, and where the output ends. */
  readonly start: number
  readonly limit: number
  end: number
  recordCount: number
  /** Bytes before the value in the last record. A value packed that far behind `end` stays if its own head is as long. */
  headBytes: number
}

/** What is put into the batch. `keyBytes` −1: no key. */
export type Entry = {
  keySource: Uint8Array
  keyStart: number
  keyBytes: number
  valueSource: Uint8Array
  valueStart: number
  valueEnd: number
}

const keyText = new Uint8Array(keyBytesMax)
const textEncoder = new TextEncoder()

/** Sets the entry's key to a text of at most `keyBytesMax` bytes. */
export function setKey(entry: Entry, text: string): void {
  entry.keySource = keyText
  entry.keyStart = 0
  entry.keyBytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    keyText[i] = unit
    if (unit >= 0x80) {
      entry.keyBytes = textEncoder.encodeInto(text, keyText).written
      return
    }
  }
}

/** Appends a record and fills its descriptor but for the place of its input. False: there is no room. */
export function appendRecord(batch: Batch, entry: Entry, at: number): boolean {
  const { memory, end } = batch
  const { keyBytes, valueSource, valueStart } = entry
  const valueBytes = entry.valueEnd - valueStart
  const bodyBytes = recordBodyBytes(batch.recordCount, keyBytes, valueBytes)
  const recordBytes = varintBytes(bodyBytes) + bodyBytes
  if (recordBytes > batch.limit - end) return false
  const valueAt = end + recordBytes - valueBytes - 1
  // The value first: it may stand where the head will be.
  if (valueSource !== memory.bytes) memory.bytes.set(valueSource.subarray(valueStart, entry.valueEnd), valueAt)
  else if (valueStart !== valueAt) memory.bytes.copyWithin(valueAt, valueStart, entry.valueEnd)
  memory.bytes[valueAt + valueBytes] = 0
  const keyAt = putRecordHead(memory.bytes, end, bodyBytes, batch.recordCount, keyBytes)
  for (let i = 0; i < keyBytes; i++) memory.bytes[keyAt + i] = entry.keySource[entry.keyStart + i]!
  putVarint(memory.bytes, keyAt + Math.max(keyBytes, 0), valueBytes)
  describe(batch, at, end - batch.start, recordBytes)
  if (keyBytes >= 0) sipHash128(memory.view, keyAt, keyBytes, batch.secret, at + descriptor.keyHash)
  xxh64(memory.view, valueAt, valueBytes, at + descriptor.valueHash)
  batch.headBytes = valueAt - end
  batch.end = end + recordBytes
  batch.recordCount++
  return true
}

function describe({ memory }: Batch, at: number, outputOffset: number, outputBytes: number): void {
  memory.words.fill(0, at >> 2, (at + 64) >> 2)
  memory.halves[(at + descriptor.status) >> 1] = recordStatus.ENCODED
  memory.words[(at + descriptor.outputOffset) >> 2] = outputOffset
  memory.words[(at + descriptor.outputBytes) >> 2] = outputBytes
}
