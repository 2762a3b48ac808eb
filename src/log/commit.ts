// Group commit: takes the slabs that waited while the last sync ran, drops what is known, gives out offsets, writes all
// batches one behind the other, syncs once, and only then says that they are durable. A commit is one file's: it never
// spans two segments. What always holds: outcomes are told after the sync; a commit that failed leaves offsets, commit
// number and dedupe table as they were; after a failed sync the file is never synced again.
import { performance } from 'node:perf_hooks'
import { commitStatus } from '../kernel/abi.ts'
import { readHeader, type Slab, writeHeader } from '../kernel/memory.ts'
import { commitBatchCountMax } from '../limits.ts'
import { appendZeros, beginCommit, finishCommit, keepTail } from './blocks.ts'
import { mark, rollBack, roomForKeys, rotateIfFull } from './dedupe.ts'
import { isFull } from './disk.ts'
import { nextCommit } from './format.ts'
import { judgeSlab, refuseSlab, type Verdicts } from './judge.ts'
import { noteOutage, tryRoll } from './outage.ts'
import { notePlace } from './places.ts'
import { abandonActive, quickBytes, roomBytes } from './roll.ts'
import { type ActiveFile, publishCommitted, type StreamLog } from './stream.ts'
import { writeBatches } from './write.ts'

/**
 * Commits the first slabs of `waiting`, as many as one commit takes, at least one. Returns how many; each of them is
 * durable or refused then, as its header's `commitStatus` says. `nowMs` is a clock that never goes back.
 */
export function commitSlabs(log: StreamLog, waiting: readonly Slab[], nowMs: number): number {
  if (log.dedupe !== undefined) rotateIfFull(log.dedupe)
  const group = waiting.slice(0, groupLength(log, waiting))
  const marked = log.dedupe === undefined ? 0 : mark(log.dedupe)
  const judged = judgeGroup(log, group)
  const writes = judged.filter((verdicts) => verdicts.acceptedCount > 0)
  const failure = writes.length === 0 ? commitStatus.COMMITTED : makeDurable(log, writes, nowMs)
  if (failure !== commitStatus.COMMITTED) {
    if (log.dedupe !== undefined) rollBack(log.dedupe, marked)
    for (const slab of group) refuseSlab(slab, failure)
  }
  return group.length
}

/** As many slabs as fit in the file at hand, in a new one if not even the first does, and in the dedupe table. */
function groupLength(log: StreamLog, waiting: readonly Slab[]): number {
  const first = readHeader(waiting[0]!, 'batchBytes')
  let bytes = roomBytes(log) >= first ? roomBytes(log) : quickBytes(log)
  let keys = log.dedupe === undefined ? Number.POSITIVE_INFINITY : roomForKeys(log.dedupe)
  let length = 0
  while (length < waiting.length && length < commitBatchCountMax) {
    bytes -= readHeader(waiting[length]!, 'batchBytes')
    keys -= readHeader(waiting[length]!, 'encodedCount')
    if (bytes < 0 || keys < 0) break
    length++
  }
  return length
}

function judgeGroup(log: StreamLog, group: readonly Slab[]): Verdicts[] {
  let nextOffset = log.nextOffset
  return group.map((slab) => {
    const verdicts = judgeSlab(log.dedupe, slab, nextOffset)
    if (verdicts.acceptedCount > 0) nextOffset += readHeader(slab, 'encodedCount')
    writeHeader(slab, 'commitStatus', commitStatus.COMMITTED)
    return verdicts
  })
}

/** Writes and syncs; on success the log has moved on. Returns a `commitStatus`. */
function makeDurable(log: StreamLog, writes: readonly Verdicts[], nowMs: number): number {
  const bytes = writes.reduce((sum, { keptBytes }) => sum + keptBytes, 0)
  if (roomBytes(log) < bytes && !tryRoll(log, nowMs)) return refusal(log)
  const active = log.active!
  try {
    writeBatches(log, active, writes)
  } catch (error) {
    cutBack(log, active, bytes, error)
    noteOutage(log, error, nowMs)
    return refusal(log)
  }
  try {
    const startedMs = performance.now()
    log.disk.sync(active.file)
    log.syncMsTotal += performance.now() - startedMs
  } catch (error) {
    abandonActive(log)
    noteOutage(log, error, nowMs)
    return refusal(log)
  }
  moveOn(log, active, writes, bytes)
  return commitStatus.COMMITTED
}

function refusal(log: StreamLog): number {
  return log.outage?.code === 'STORAGE_FULL' ? commitStatus.STORAGE_FULL : commitStatus.LOG_UNAVAILABLE
}

// On a full disk the file is as good as it was: what was written of the commit goes, so that nothing of it is ever taken
// for a part of the next one, which will have the same number. Any other failed write ends the file.
function cutBack(log: StreamLog, active: ActiveFile, bytes: number, error: unknown): void {
  if (!isFull(error)) {
    abandonActive(log)
    return
  }
  try {
    beginCommit(log.staging, active)
    appendZeros(log, active, bytes)
    finishCommit(log, active)
    log.disk.sync(active.file)
  } catch (second) {
    log.notices.push(`${active.segment.path} is left: ${second instanceof Error ? second.message : String(second)}`)
    abandonActive(log)
  }
}

function moveOn(log: StreamLog, active: ActiveFile, writes: readonly Verdicts[], bytes: number): void {
  const { segment } = active
  let position = segment.bytes
  for (const { baseOffset, keptBytes } of writes) {
    notePlace(segment.places, baseOffset - segment.baseOffset, position)
    position += keptBytes
  }
  const last = writes.at(-1)!
  log.nextOffset = last.baseOffset + readHeader(last.slab, 'encodedCount')
  log.nextCommit = nextCommit(log.nextCommit)
  log.commitCount++
  log.commitBytesMean += (bytes - log.commitBytesMean) / 8
  log.outage = undefined
  segment.bytes += bytes
  keepTail(log.staging, active)
  segment.endOffset = log.nextOffset
  publishCommitted(log)
}
