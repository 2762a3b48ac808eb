// Lays the batches of a commit one behind the other into the active file. A batch that kept all its records is taken from
// its slab; one that lost some is put together anew in the log's own region, because the slab's output still has to tell the
// keys of those that were dropped. How bytes become blocks on the disk is not decided here, but in blocks.ts.
import { recordStatus } from '../kernel/abi.ts'
import { makeRecordHashes, readHashes, readStatus } from '../kernel/descriptors.ts'
import { readHeader, slabBatch } from '../kernel/memory.ts'
import { append, beginCommit, finishCommit } from './blocks.ts'
import { batchHeaderBytes, checkedFrom, placeBatch, shrinkBatch, writeChecksum } from './format.ts'
import type { Verdicts } from './judge.ts'
import type { ActiveFile, StreamLog } from './stream.ts'

const hashes = makeRecordHashes()

/** Writes the batches from the active segment's end on. Throws what the disk throws; then any part of it may be written. */
export function writeBatches(log: StreamLog, active: ActiveFile, writes: readonly Verdicts[]): void {
  beginCommit(log.staging, active)
  for (const verdicts of writes) {
    const batch = keptBatch(log, verdicts)
    placeBatch(batch, verdicts.baseOffset, log.nextCommit, verdicts === writes.at(-1))
    append(log, active, batch)
  }
  finishCommit(log, active)
}

function isWhole(verdicts: Verdicts): boolean {
  return verdicts.acceptedCount === readHeader(verdicts.slab, 'encodedCount')
}

function keptBatch({ region, engine }: StreamLog, verdicts: Verdicts): Uint8Array {
  if (isWhole(verdicts)) return slabBatch(verdicts.slab)
  const { keptBytes, acceptedCount } = verdicts
  const batch = region.batch.subarray(0, keptBytes)
  copyKept(verdicts, batch)
  shrinkBatch(batch, keptBytes, acceptedCount)
  writeChecksum(batch, engine.crc32c(region.batchAddress + checkedFrom, keptBytes - checkedFrom))
  return batch
}

/** Copies the header and the accepted records; neighbours go in one piece. */
function copyKept(verdicts: Verdicts, batch: Uint8Array): void {
  const { slab } = verdicts
  const source = slabBatch(slab)
  const count = readHeader(slab, 'recordCount')
  let runStart = 0
  let runEnd = batchHeaderBytes
  let written = 0
  for (let index = 0; index < count; index++) {
    if (readStatus(slab, index) !== recordStatus.ACCEPTED) continue
    readHashes(slab, index, hashes)
    if (hashes.outputOffset !== runEnd) {
      batch.set(source.subarray(runStart, runEnd), written)
      written += runEnd - runStart
      runStart = hashes.outputOffset
    }
    runEnd = hashes.outputOffset + hashes.outputBytes
  }
  batch.set(source.subarray(runStart, runEnd), written)
}
