// Opens a stream's log: walks every batch of every segment with the decoder that reading uses, checks that offsets and
// commits go on without a gap, rebuilds the dedupe table, and mends the end (tail.ts). Damage anywhere else stops the start:
// LOG_DAMAGED names the file, the byte and what to do, and nothing was changed. It deletes no segment.
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { SluiceError } from '../errors.ts'
import { makeIndexFields, readIndexEntry } from '../kernel/log-region.ts'
import { slabOutputBytes } from '../limits.ts'
import { floorBlock, makeTailBlock, openBlocks, readTail } from './blocks.ts'
import { keyCount, makeDedupe, replay, rotateIfFull } from './dedupe.ts'
import type { Disk } from './disk.ts'
import { asCommit, nextCommit } from './format.ts'
import type { RecoveryReport } from './log.ts'
import { notePlace } from './places.ts'
import { quickBytes } from './roll.ts'
import { type BatchCheck, followOn, nextBatch, openScan, type Scan } from './scan.ts'
import {
  isFilling,
  isSpare,
  makeSegment,
  type Segment,
  type SegmentFile,
  segmentFiles,
  spareNumber,
} from './segment.ts'
import { spareCountMax } from './spare.ts'
import {
  type LogParts,
  publishCommitted,
  publishSegments,
  type StreamLog,
  type StreamSettings,
  startOffset,
} from './stream.ts'
import { type Mended, mendTail, type Tail } from './tail.ts'

const windowBytes = 4 * slabOutputBytes
/** Directories whose names may be new: the stream's, `log`, the data directory. */
const madeLevels = 3

/** The opened log, and what was found and mended. How a log without a file will write is not known yet. */
export type Recovered = { readonly log: StreamLog; readonly report: Omit<RecoveryReport, 'directWrites'> }

/** @throws SluiceError LOG_DAMAGED as told above; otherwise what the disk throws. */
export function recoverStream(parts: LogParts, settings: StreamSettings): Recovered {
  const startedMs = performance.now()
  const log = makeStreamLog(parts, settings)
  makeStreamDirectory(parts.disk, settings.directory)
  const names = parts.disk.list(settings.directory)
  const files = segmentFiles(settings.directory, names)
  const walk = startWalk(log)
  for (const [index, file] of files.entries()) walkSegment(walk, file, files[index + 1])
  const mended = walk.tail === undefined ? { tornBytes: 0, tornCopy: undefined } : mendTail(walk.tail)
  if (walk.tail !== undefined) openTail(log, walk.tail)
  collectSpares(log, names)
  // A name that was seen may be in the system's memory only, like the last commit.
  parts.disk.syncDirectory(settings.directory)
  publishSegments(log)
  publishCommitted(log)
  return { log, report: reportOf(walk, mended, performance.now() - startedMs) }
}

function makeStreamDirectory(disk: Disk, directory: string): void {
  disk.makeDirectory(directory)
  for (let path = directory, level = 0; level < madeLevels; level++) {
    path = dirname(path)
    disk.syncDirectory(path)
  }
}

function makeStreamLog(parts: LogParts, settings: StreamSettings): StreamLog {
  return {
    ...parts,
    settings,
    dedupe: settings.dedupeKeyCountMax === undefined ? undefined : makeDedupe(settings.dedupeKeyCountMax),
    segments: [],
    active: undefined,
    isDirect: true,
    outage: undefined,
    nextOffset: 0,
    nextCommit: firstCommit(parts),
    drainedOffset: 0,
    spares: [],
    spareNumber: 0,
    draft: undefined,
    filling: undefined,
    spareAtMs: 0,
    retireAtMs: 0,
    notices: [],
    commitCount: 0,
    commitBytesMean: 0,
    syncMsTotal: 0,
  }
}

/** The number of a log's first commit: derived from the data directory's secret, so that no client knows it. */
function firstCommit({ engine, region }: LogParts): number {
  const text = new TextEncoder().encode('first commit')
  region.batch.set(text)
  engine.hashKey(region.batchAddress, text.length, region.indexAddress)
  return asCommit(region.index[0]!)
}

type Walk = {
  readonly log: StreamLog
  window: Uint8Array
  readonly check: BatchCheck
  recordCount: number
  tail: Tail | undefined
}

function startWalk(log: StreamLog): Walk {
  return { log, window: new Uint8Array(0), check: kernelCheck(log), recordCount: 0, tail: undefined }
}

/** Lays the batch where the kernel can read it, which checks the checksum and every record, and hashes the records. */
function kernelCheck({ engine, region }: LogParts): BatchCheck {
  const { batch, batchAddress, indexAddress, indexBytes } = region
  return (source, start, header) => {
    batch.set(source.subarray(start, start + header.bytes))
    return engine.indexBatch(batchAddress, header.bytes, indexAddress, indexBytes) === header.recordCount
  }
}

function walkSegment(walk: Walk, { baseOffset }: SegmentFile, next: SegmentFile | undefined): void {
  const { log, check } = walk
  const { disk, settings, segments } = log
  const before = segments.at(-1)
  const segment = makeSegment(
    settings.directory,
    baseOffset,
    before === undefined ? 0 : before.bytesBefore + before.bytes,
  )
  const file = disk.open(segment.path, next === undefined ? 'write' : 'read')
  const scan = openScan(disk, file, baseOffset, windowFor(walk, disk.sizeBytes(file)))
  if (walk.tail !== undefined) followOn(scan, walk.tail.scan)
  const tail = makeTail(walk, file, segment, scan)
  walk.tail = tail
  segments.push(segment)
  // What a file that failed holds beyond its successor's first offset was never acknowledged.
  const endOffset = next === undefined ? Number.POSITIVE_INFINITY : next.baseOffset
  for (let commit = -1; scan.nextOffset < endOffset && nextBatch(scan, check, true) === 'batch'; commit = scan.commit) {
    tail.batchStart = scan.position - scan.header.bytes
    if (scan.commit !== commit) tail.commitStart = tail.batchStart
    takeBatch(walk, tail)
  }
  segment.bytes = scan.position
  segment.endOffset = scan.nextOffset
  if (next === undefined) return
  disk.close(file)
  if (scan.nextOffset !== endOffset) throw broken(tail, next)
}

/** Room to read a file of so many bytes in long strides. */
function windowFor(walk: Walk, bytes: number): Uint8Array {
  if (walk.window.length < Math.min(bytes, windowBytes)) walk.window = new Uint8Array(Math.min(bytes, windowBytes))
  return walk.window
}

function makeTail({ log, tail }: Walk, file: number, segment: Segment, scan: Scan): Tail {
  const { disk, settings, nextCommit } = log
  const { directory } = settings
  return {
    disk,
    directory,
    file,
    segment,
    scan,
    commitStart: 0,
    batchStart: 0,
    firstCommit: nextCommit,
    commitIsSure: tail !== undefined,
  }
}

function takeBatch(walk: Walk, tail: Tail): void {
  const { dedupe, region } = walk.log
  const { header } = tail.scan
  notePlace(tail.segment.places, header.baseOffset - tail.segment.baseOffset, tail.batchStart)
  tail.commitIsSure ||= tail.batchStart > 0
  walk.recordCount += header.recordCount
  if (dedupe === undefined) return
  rotateIfFull(dedupe)
  for (let entry = 0; entry < header.recordCount; entry++) {
    readIndexEntry(region, entry, fields)
    replay(dedupe, fields, header.baseOffset + fields.offsetDelta)
  }
}

const fields = makeIndexFields()

/** The segment does not reach up to the next one, or passes over its start. */
function broken({ segment, scan }: Tail, next: SegmentFile): SluiceError {
  return new SluiceError(
    'LOG_DAMAGED',
    `${segment.path} is damaged at byte ${scan.position}: the batch with offset ${scan.nextOffset} is not readable, and the ` +
      `next segment, ${next.path}, starts at offset ${next.baseOffset}. If a file is missing between the two, put it back; ` +
      `otherwise restore this one from a copy. Nothing was changed.`,
    { file: segment.path, byteOffset: scan.position, offset: scan.nextOffset },
  )
}

function openTail(log: StreamLog, { disk, file, segment, scan }: Tail): void {
  log.nextOffset = scan.nextOffset
  log.nextCommit = scan.commit < 0 ? log.nextCommit : nextCommit(scan.commit)
  const bytes = disk.sizeBytes(file)
  const capacityBytes = floorBlock(bytes)
  // Old bytes behind the last whole block would stand where the end mark of a full file belongs.
  const keptBytes = Math.max(capacityBytes, segment.bytes)
  if (bytes !== keptBytes) cutFile(disk, file, keptBytes)
  disk.close(file)
  // A file without room, cut to its batches as a rule, is a closed segment; the next one is made at once.
  if (segment.bytes >= capacityBytes) return
  const tail = makeTailBlock()
  const opened = openBlocks(log, segment.path, (again) => readTail(log, again, segment.bytes, tail))
  log.active = { file: opened, segment, capacityBytes, tail }
}

function cutFile(disk: Disk, file: number, bytes: number): void {
  disk.truncate(file, bytes)
  disk.sync(file)
}

/** Takes over spare files of an earlier run, and removes what it had not finished. */
function collectSpares(log: StreamLog, names: readonly string[]): void {
  const { disk, settings, spares } = log
  for (const name of names) {
    const path = join(settings.directory, name)
    if (isSpare(name) || isFilling(name)) log.spareNumber = Math.max(log.spareNumber, spareNumber(name) + 1)
    if (isFilling(name) || (isSpare(name) && !isUseful(log, path))) disk.unlink(path)
    else if (isSpare(name)) spares.push(path)
  }
}

function isUseful(log: StreamLog, path: string): boolean {
  if (log.spares.length === spareCountMax) return false
  const file = log.disk.open(path, 'read')
  const bytes = log.disk.sizeBytes(file)
  log.disk.close(file)
  return bytes >= quickBytes(log)
}

function reportOf(walk: Walk, mended: Mended, recoveryMs: number): Recovered['report'] {
  const { log } = walk
  return {
    stream: log.settings.name,
    segmentCount: log.segments.length,
    nextOffset: log.nextOffset,
    startOffset: startOffset(log),
    recordCount: walk.recordCount,
    tornBytes: mended.tornBytes,
    tornCopy: mended.tornCopy,
    dedupeKeyCount: log.dedupe === undefined ? 0 : keyCount(log.dedupe),
    recoveryMs,
  }
}
