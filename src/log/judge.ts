// Decides what becomes of each record of a slab: accepted with the next offset, a duplicate of a record known, or in
// conflict with it. Writes that into the descriptors and the header's counts; nobody reads them before the commit is told.
// What it takes in, the caller takes back when the commit fails.
import { recordStatus } from '../kernel/abi.ts'
import { makeRecordHashes, type RecordHashes, readHashes, readStatus, writeVerdict } from '../kernel/descriptors.ts'
import { readHeader, type Slab, writeBaseOffset, writeHeader } from '../kernel/memory.ts'
import { type Dedupe, insert, lookUp, touch } from './dedupe.ts'

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
const hashes = makeRecordHashes()

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
    for (let index = start; index < end; index++) {
      readHashes(slab, index, hashes)
      touch(dedupe, hashes)
    }
    for (let index = start; index < end; index++) {
      if (readStatus(slab, index) !== recordStatus.ENCODED) continue
      readHashes(slab, index, hashes)
      judgeRecord(verdicts, dedupe, index, hashes, offset++)
    }
  }
  if (verdicts.acceptedCount === 0) verdicts.keptBytes = 0
}

function judgeRecord(verdicts: Verdicts, dedupe: Dedupe, index: number, hash: RecordHashes, offset: number): void {
  if (!lookUp(dedupe, hash)) {
    insert(dedupe, hash, offset)
    verdicts.acceptedCount++
    writeVerdict(verdicts.slab, index, recordStatus.ACCEPTED, offset)
    return
  }
  if (dedupe.foundSameValue) verdicts.duplicateCount++
  else verdicts.conflictCount++
  verdicts.keptBytes -= hash.outputBytes
  const status = dedupe.foundSameValue ? recordStatus.DUPLICATE : recordStatus.CONFLICT
  writeVerdict(verdicts.slab, index, status, dedupe.foundOffset)
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
