// Gives a stream its next file: a spare made beforehand, or a small one made on the spot. The name is durable before a
// record goes into the file. A file that failed is left and never synced again; its successor starts at the first offset
// that was not committed, and so says where the failed one ends.
import { basename, dirname } from 'node:path'
import { segmentBytesMin } from '../limits.ts'
import { floorBlock, makeTailBlock, openBlocks, zeroBlocks } from './blocks.ts'
import { blockBytes, errorCode } from './disk.ts'
import { makeSegment, sparePath } from './segment.ts'
import { type ActiveFile, publishSegments, type StreamLog } from './stream.ts'

/** Bytes of a file made on the spot: few, because a commit waits for it. */
export function quickBytes(log: StreamLog): number {
  return Math.min(log.settings.segmentBytes, segmentBytesMin)
}

/** Bytes that a commit may have without a new file; 0 without a file. */
export function roomBytes(log: StreamLog): number {
  return log.active === undefined ? 0 : log.active.capacityBytes - log.active.segment.bytes
}

/** Makes the next file the active one. Throws what the disk throws; the log is as before then, but for a spare less. */
export function rollSegment(log: StreamLog): void {
  const { disk, settings } = log
  const last = log.segments.at(-1)
  const bytesBefore = last === undefined ? 0 : last.bytesBefore + last.bytes
  const segment = makeSegment(settings.directory, log.nextOffset, bytesBefore)
  const spare = log.spares.shift() ?? makeQuick(log)
  // A retired segment starts with a batch. Zeros say that nothing was written yet.
  const file = openBlocks(log, spare, (opened) => zeroBlocks(log, opened, blockBytes))
  try {
    const capacityBytes = makeWhole(log, file)
    disk.sync(file)
    // From here on the new name says where the file before it ends, whether or not it turns out to be durable.
    finishActive(log)
    disk.rename(spare, segment.path)
    disk.syncDirectory(settings.directory)
    activate(log, { file, segment, capacityBytes, tail: makeTailBlock() })
  } catch (error) {
    disk.close(file)
    throw error
  }
}

// A retired file was cut to its batches: what is left of its last block goes as well, because bytes of old batches behind
// the last whole block would stand where the end mark of a full file belongs. A short one is made as long as a quick one,
// which is what a commit may count on.
function makeWhole(log: StreamLog, file: number): number {
  const bytes = log.disk.sizeBytes(file)
  const whole = Math.max(floorBlock(bytes), quickBytes(log))
  if (whole !== bytes) log.disk.truncate(file, whole)
  return whole
}

function activate(log: StreamLog, next: ActiveFile): void {
  // The empty segment of a file that failed has the name of its successor, which has taken its place.
  if (log.segments.at(-1)?.baseOffset === next.segment.baseOffset) log.segments.pop()
  log.segments.push(next.segment)
  log.active = next
  publishSegments(log)
}

// Cut to its batches, a closed segment is a Kafka segment file to the last byte. Recovery takes it either way, so a disk
// that refuses this costs nothing but that.
function finishActive(log: StreamLog): void {
  const { active, disk } = log
  if (active === undefined) return
  try {
    disk.truncate(active.file, active.segment.bytes)
  } catch (error) {
    log.notices.push(`${active.segment.path} was not cut to its ${active.segment.bytes} bytes: ${errorCode(error)}`)
  }
  abandonActive(log)
}

function makeQuick(log: StreamLog): string {
  const { disk, settings } = log
  const number = log.spareNumber++
  const path = sparePath(settings.directory, number)
  disk.close(disk.open(path, 'create'))
  try {
    const file = openBlocks(log, path, (opened) => {
      zeroBlocks(log, opened, quickBytes(log))
      disk.sync(opened)
    })
    disk.close(file)
    return path
  } catch (error) {
    discard(log, path)
    throw error
  }
}

/** Leaves the active file for good, after a write or a sync of it failed. */
export function abandonActive(log: StreamLog): void {
  const { active } = log
  if (active === undefined) return
  log.active = undefined
  try {
    log.disk.close(active.file)
  } catch (error) {
    log.notices.push(`${active.segment.path} failed to close as well: ${errorCode(error)}`)
  }
}

// What cannot be removed now is removed on the next start.
export function discard(log: StreamLog, path: string): void {
  try {
    if (log.disk.list(dirname(path)).includes(basename(path))) log.disk.unlink(path)
  } catch (error) {
    log.notices.push(`${path} could not be removed: ${errorCode(error)}`)
  }
}
