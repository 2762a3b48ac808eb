// Lays the batches of a commit one behind the other into the active file. A batch that kept all its records is written
// from its slab; one that lost some is put together anew in the log's own region, because the slab's output still has to
// tell the keys of those that were dropped. Behind the last batch go zeros, so that a start can tell the end of the log from
// a torn write also where a retired file is used again.
import { recordStatus } from '../kernel/abi.ts'
import { makeRecordHashes, readHashes, readStatus } from '../kernel/descriptors.ts'
import { readHeader, slabBatch } from '../kernel/memory.ts'
import { writeFully } from './disk.ts'
import { batchHeaderBytes, checkedFrom, placeBatch, shrinkBatch, writeChecksum } from './format.ts'
import type { Verdicts } from './judge.ts'
import type { ActiveFile, StreamLog } from './stream.ts'

const endMark = new Uint8Array(batchHeaderBytes)
const hashes = makeRecordHashes()

/** Writes the batches from the active segment's end on. Throws what the disk throws; then any part of it may be written. */
export function writeBatches(log: StreamLog, active: ActiveFile, writes: readonly Verdicts[]): void {
  let position = active.segment.bytes
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let regionUsed = 0
  const flush = () => {
    writeFully(log.disk, active.file, pending, position)
    position += pendingBytes
    pending = []
    pendingBytes = 0
    regionUsed = 0
  }
  for (const verdicts of writes) {
    if (regionUsed + regionBytes(verdicts) > log.region.batch.length) flush()
    const batch = keptBatch(log, verdicts, regionUsed)
    placeBatch(batch, verdicts.baseOffset, log.nextCommit, verdicts === writes.at(-1))
    pending.push(batch)
    pendingBytes += batch.length
    regionUsed += regionBytes(verdicts)
  }
  const room = active.capacityBytes - position - pendingBytes
  pending.push(endMark.subarray(0, Math.min(room, endMark.length)))
  flush()
}

function isWhole(verdicts: Verdicts): boolean {
  return verdicts.acceptedCount === readHeader(verdicts.slab, 'encodedCount')
}

function regionBytes(verdicts: Verdicts): number {
  return isWhole(verdicts) ? 0 : verdicts.keptBytes
}

function keptBatch(log: StreamLog, verdicts: Verdicts, regionStart: number): Uint8Array {
  if (isWhole(verdicts)) return slabBatch(verdicts.slab)
  const { region, engine } = log
  const batch = region.batch.subarray(regionStart, regionStart + verdicts.keptBytes)
  copyKept(verdicts, batch)
  shrinkBatch(batch, verdicts.keptBytes, verdicts.acceptedCount)
  const address = region.batchAddress + regionStart
  writeChecksum(batch, engine.crc32c(address + checkedFrom, verdicts.keptBytes - checkedFrom))
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
