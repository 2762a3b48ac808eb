// One round of a slab in plain JavaScript, as assembly/slab.ts does it: from the position it resumes at, every record is
// checked, hashed, encoded and described, until the input is used up or the next record might not fit into the descriptors,
// the detail text or the output. Then the batch gets its head.
// Refuses a slab whose header or chunk table points outside of it. A record is either done completely or left for the next
// round; nothing is counted for one that is left.
import {
  encodedRecordBytesMax,
  slabChunkCountMax,
  slabInputBytes,
  slabOutputBytes,
  slabRecordCountMax,
} from '../../limits.ts'
import {
  callStatus,
  chunk,
  chunkBytes,
  chunkKind,
  chunkTableOffset,
  descriptor,
  descriptorBytes,
  descriptorsOffset,
  detailOffset,
  header,
  inputOffset,
  outputOffset,
  recordStatus,
} from '../abi.ts'
import { batchHeadBytes, putBatchHead } from './batch.ts'
import { appendRecord, type Batch, type Entry, setKey } from './encode.ts'
import type { Memory } from './memory.ts'
import { checkPacked, checkRecord, makeVerdict, type Source, type Target, type Verdict } from './record.ts'
import { describeRefusal } from './refusal.ts'
import type { Stream } from './stream.ts'

/** The round at hand. Addresses are absolute. */
type Round = {
  readonly memory: Memory
  readonly stream: Stream
  readonly slab: number
  readonly batch: Batch
  readonly source: Source
  readonly target: Target
  readonly verdict: Verdict
  readonly entry: Entry
  recordCount: number
  detailEnd: number
  /** Of the chunk at hand: how many errors of a record are listed; 0: the first, without a list. */
  errorsMax: number
}

/** Values are packed here when the output may not have room for the longest encoding of the record. */
const scratch = new Uint8Array(encodedRecordBytesMax)
const sealedAtMsMax = 2 ** 53

/** Runs a round of the slab at `slab`. Returns OK or BAD_SLAB; what became of each record is in its descriptor. */
export function runSlab(memory: Memory, stream: Stream, secret: number, slab: number): number {
  const chunkCount = word(memory, slab + header.chunkCount)
  const sealedAtMs = memory.view.getFloat64(slab + header.sealedAtMs, true)
  if (chunkCount > slabChunkCountMax || !(sealedAtMs >= 0 && sealedAtMs < sealedAtMsMax)) return callStatus.BAD_SLAB
  forgetCounts(memory, slab, chunkCount)
  const round = startRound(memory, stream, secret, slab)
  let resumeOffset = word(memory, slab + header.resumeOffset)
  for (let index = word(memory, slab + header.resumeChunk); index < chunkCount; index++) {
    const at = slab + chunkTableOffset + index * chunkBytes
    if (!isSound(round, at, resumeOffset)) return callStatus.BAD_SLAB
    const firstRecord = round.recordCount
    const left = runChunk(round, at, resumeOffset)
    setWord(memory, at + chunk.firstRecord, firstRecord)
    setWord(memory, at + chunk.recordCount, round.recordCount - firstRecord)
    if (left >= 0) return finish(round, index, left - slab - word(memory, at + chunk.inputOffset), sealedAtMs)
    resumeOffset = 0
  }
  return finish(round, chunkCount, 0, sealedAtMs)
}

function startRound(memory: Memory, stream: Stream, secret: number, slab: number): Round {
  const start = slab + outputOffset
  return {
    memory,
    stream,
    slab,
    batch: {
      memory,
      secret,
      start,
      limit: start + slabOutputBytes,
      end: start + batchHeadBytes,
      recordCount: 0,
      headBytes: 0,
    },
    source: { memory, text: undefined, textStart: 0 },
    target: { bytes: scratch, at: 0 },
    verdict: makeVerdict(),
    entry: { keySource: scratch, keyStart: 0, keyBytes: -1, valueSource: scratch, valueStart: 0, valueEnd: 0 },
    recordCount: 0,
    detailEnd: slab + detailOffset,
    errorsMax: 0,
  }
}

/** Chunks that this round does not reach have no records in it. */
function forgetCounts(memory: Memory, slab: number, chunkCount: number): void {
  const end = slab + chunkTableOffset + chunkCount * chunkBytes
  for (let at = slab + chunkTableOffset; at < end; at += chunkBytes) {
    setWord(memory, at + chunk.firstRecord, 0)
    setWord(memory, at + chunk.recordCount, 0)
  }
}

function isSound({ memory, stream }: Round, at: number, resumeOffset: number): boolean {
  const start = word(memory, at + chunk.inputOffset) - inputOffset
  const bytes = word(memory, at + chunk.inputBytes)
  const kind = memory.halves[(at + chunk.kind) >> 1]
  const keyBytes = memory.halves[(at + chunk.keyBytes) >> 1]!
  if (start < 0 || start + bytes > slabInputBytes || keyBytes > start) return false
  if (kind === chunkKind.LINES) return keyBytes === 0 && resumeOffset <= bytes
  if (resumeOffset !== 0) return false
  // A stream that stores records as received has nothing to make of one that is no JSON.
  return kind === chunkKind.RECORD || (kind === chunkKind.MSGPACK && !stream.isJsonValue)
}

/** Returns −1 when the chunk is done, or the address of the record that must wait for the next round. */
function runChunk(round: Round, at: number, resumeOffset: number): number {
  const { memory } = round
  const start = round.slab + word(memory, at + chunk.inputOffset)
  const end = start + word(memory, at + chunk.inputBytes)
  const kind = memory.halves[(at + chunk.kind) >> 1]
  round.errorsMax = word(memory, at + chunk.errorsMax)
  if (kind === chunkKind.LINES) return runLines(round, start + resumeOffset, end)
  round.source.text = undefined
  const isPacked = kind === chunkKind.MSGPACK
  return runRecord(round, start, end, memory.halves[(at + chunk.keyBytes) >> 1]!, isPacked) ? -1 : start
}

function runLines(round: Round, start: number, end: number): number {
  const { source, memory } = round
  const text = memory.bytes.latin1Slice(start, end)
  source.text = text
  source.textStart = start
  for (let at = start; at < end; ) {
    const feed = text.indexOf('\n', at - start)
    const stop = feed < 0 ? end : start + feed
    if (!isBlank(memory.bytes, at, stop) && !runRecord(round, at, stop, 0, false)) return at
    at = stop + 1
  }
  return -1
}

/** True when the line holds nothing but space, tab and CR. */
function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  }
  return true
}

/** Does one record. False: it is left for the next round. */
function runRecord(round: Round, start: number, end: number, givenKeyBytes: number, isPacked: boolean): boolean {
  if (round.recordCount === slabRecordCountMax) return false
  const { memory, slab, verdict, errorsMax } = round
  const at = slab + descriptorsOffset + round.recordCount * descriptorBytes
  aim(round, end - start)
  if (isPacked) checkPacked(round.stream, memory, start, end, round.target, verdict, errorsMax)
  else checkRecord(round.stream, round.source, start, end, round.target, verdict, errorsMax)
  if (verdict.status === 0 && !findKey(round, start, givenKeyBytes)) {
    verdict.status = recordStatus.KEY_MISSING
    verdict.errorOffset = 0
  }
  if (verdict.status === 0) {
    setValue(round, start, end)
    if (!appendRecord(round.batch, round.entry, at)) return false
  } else {
    const detailEnd = describeRefusal(memory, slab, verdict, at, round.detailEnd)
    if (detailEnd < 0) return false
    round.detailEnd = detailEnd
  }
  setWord(memory, at + descriptor.inputOffset, start - slab)
  setWord(memory, at + descriptor.inputBytes, end - start)
  round.recordCount++
  return true
}

/** Has the value packed to where it will probably stay, or to scratch when that might not have room. */
function aim({ memory, batch, target }: Round, inputBytes: number): void {
  const at = batch.end + batch.headBytes
  const hasRoom = inputBytes * 3 + batchHeadBytes <= batch.limit - at
  target.bytes = hasRoom ? memory.bytes : scratch
  target.at = hasRoom ? at : 0
}

/** Sets the entry's key: the bytes given right before the record, else what the stream's pointers found, else none. */
function findKey({ memory, stream, verdict, entry }: Round, start: number, givenBytes: number): boolean {
  if (givenBytes > 0) {
    entry.keySource = memory.bytes
    entry.keyStart = start - givenBytes
    entry.keyBytes = givenBytes
    return givenBytes <= stream.keyBytesMax
  }
  entry.keyBytes = -1
  if (!stream.hasKey) return true
  if (verdict.key === undefined) return false
  setKey(entry, verdict.key)
  return true
}

/** Sets the entry's value: what was packed, or the record's own text without the white space around it. */
function setValue({ memory, stream, target, verdict, entry }: Round, start: number, end: number): void {
  entry.valueSource = stream.isJsonValue ? memory.bytes : target.bytes
  entry.valueStart = stream.isJsonValue ? start : target.at
  entry.valueEnd = stream.isJsonValue ? end : verdict.packedEnd
  if (!stream.isJsonValue) return
  while (memory.bytes[entry.valueStart]! <= 0x20) entry.valueStart++
  while (memory.bytes[entry.valueEnd - 1]! <= 0x20) entry.valueEnd--
}

function finish(
  { memory, slab, batch, recordCount, detailEnd }: Round,
  resumeChunk: number,
  resumeOffset: number,
  sealedAtMs: number,
): number {
  if (batch.recordCount > 0) putBatchHead(memory, batch.start, batch.end, batch.recordCount, sealedAtMs)
  setWord(memory, slab + header.resumeChunk, resumeChunk)
  setWord(memory, slab + header.resumeOffset, resumeOffset)
  setWord(memory, slab + header.recordCount, recordCount)
  setWord(memory, slab + header.encodedCount, batch.recordCount)
  setWord(memory, slab + header.batchBytes, batch.recordCount > 0 ? batch.end - batch.start : 0)
  setWord(memory, slab + header.detailBytes, detailEnd - slab - detailOffset)
  return callStatus.OK
}

function word(memory: Memory, at: number): number {
  return memory.words[at >> 2]!
}

function setWord(memory: Memory, at: number, value: number): void {
  memory.words[at >> 2] = value
}
