// Decides what becomes of each record of a slab: accepted with the next offset, a duplicate of a record known, or in
// conflict with it. Writes that into the descriptors and the header's counts; nobody reads them before the commit is told.
// What it takes in, the caller takes back when the commit fails.
import { recordStatus } from '../kernel/abi.ts'
import {
  descriptorWords,
  hashesAt,
  readOutputBytes,
  readStatus,
  writeVerdict,
  writeVerdictWords,
} from '../kernel/descriptors.ts'

import { readHeader, type Slab, writeBaseOffset, writeHeader } from '../kernel/memory.ts'
import { admit, type Dedupe, isSameValue, offsetAt, touchKeys } from './dedupe.ts'

/** What a slab brings to its commit. */
export type Verdicts = {
  readonly slab: Slab
  readonly baseOffset: number
  acceptedCount: number
  duplicateCount: number
  conflictCount: number
  /** Bytes of the batch without the records that are not accepted. */
  keptBytes: number
}

const touchCount = 64

/** Judges the records of the slab, whose batch would start at `baseOffset`. Without a table every record is accepted. */
export function judgeSlab(dedupe: Dedupe | undefined, slab: Slab, baseOffset: number): Verdicts {
  const verdicts = {
    slab,
    baseOffset,
    acceptedCount: 0,
    duplicateCount: 0,
    conflictCount: 0,
    keptBytes: readHeader(slab, 'batchBytes'),
  }
  if (dedupe === undefined) acceptAll(verdicts)
  else judgeAll(verdicts, dedupe)
  writeHeader(slab, 'acceptedCount', verdicts.acceptedCount)
  writeHeader(slab, 'duplicateCount', verdicts.duplicateCount)
  writeHeader(slab, 'conflictCount', verdicts.conflictCount)
  writeBaseOffset(slab, baseOffset)
  return verdicts
}

function acceptAll(verdicts: Verdicts): void {
  const { slab, baseOffset } = verdicts
  const count = readHeader(slab, 'recordCount')
  for (let index = 0; index < count; index++) {
    if (readStatus(slab, index) !== recordStatus.ENCODED) continue
    writeVerdict(slab, index, recordStatus.ACCEPTED, baseOffset + verdicts.acceptedCount++)
  }
}

function judgeAll(verdicts: Verdicts, dedupe: Dedupe): void {
  const { slab } = verdicts
  const count = readHeader(slab, 'recordCount')
  let offset = verdicts.baseOffset
  for (let start = 0; start < count; start += touchCount) {
    const end = Math.min(count, start + touchCount)
    touchKeys(dedupe, slab.words, hashesAt(start), hashesAt(end), descriptorWords)
    offset += judgeStride(verdicts, dedupe, start, end, offset)
  }
  if (verdicts.acceptedCount === 0) verdicts.keptBytes = 0
}

/** Judges the records from `start` to `end`, of which the first encoded one would get `offset`. Returns how many are encoded. */
function judgeStride(verdicts: Verdicts, dedupe: Dedupe, start: number, end: number, offset: number): number {
  const { slab } = verdicts
  let low = offset >>> 0
  let high = Math.floor(offset / 2 ** 32)
  let encodedCount = 0
  for (let index = start; index < end; index++) {
    if (readStatus(slab, index) !== recordStatus.ENCODED) continue
    encodedCount++
    const place = admit(dedupe, slab.words, hashesAt(index), low, high)
    if (place < 0) {
      verdicts.acceptedCount++
      writeVerdictWords(slab, index, recordStatus.ACCEPTED, low, high)
    } else refuseKnown(verdicts, dedupe, index, place)
    low = (low + 1) >>> 0
    if (low === 0) high++
  }
  return encodedCount
}

function refuseKnown(verdicts: Verdicts, dedupe: Dedupe, index: number, place: number): void {
  const { slab } = verdicts
  const isDuplicate = isSameValue(dedupe, place, slab.words, hashesAt(index))
  if (isDuplicate) verdicts.duplicateCount++
  else verdicts.conflictCount++
  verdicts.keptBytes -= readOutputBytes(slab, index)
  const { foundIn } = dedupe
  const at = offsetAt(place)
  const status = isDuplicate ? recordStatus.DUPLICATE : recordStatus.CONFLICT
  writeVerdictWords(slab, index, status, foundIn[at]!, foundIn[at + 1]!)
}

/** Takes all verdicts back: nothing of the slab is in the log. */
export function refuseSlab(slab: Slab, status: number): void {
  const count = readHeader(slab, 'recordCount')
  for (let index = 0; index < count; index++) {
    const found = readStatus(slab, index)
    if (found === recordStatus.ACCEPTED || found === recordStatus.DUPLICATE || found === recordStatus.CONFLICT)
      writeVerdict(slab, index, recordStatus.ENCODED, 0)
  }
  writeHeader(slab, 'acceptedCount', 0)
  writeHeader(slab, 'duplicateCount', 0)
  writeHeader(slab, 'conflictCount', 0)
  writeHeader(slab, 'commitStatus', status)
}
