// The one decoder of segment files: walks the batches of a file in order, for recovery, for the drain and for tools.
// A batch is taken if and only if its header is one of this log's, its base offset is the one expected, its commit follows
// the one before, all its bytes are there, and the caller's check (checksum, records) says yes. So stale bytes of a recycled
// file, zeros and torn writes are never taken. It decides nothing about what is not taken.
import { crc32c } from '../kernel/reference/crc32c.ts'
import type { Disk } from './disk.ts'
import { readFully } from './disk.ts'
import {
  type BatchHeader,
  batchHeaderBytes,
  checkedFrom,
  makeBatchHeader,
  nextCommit,
  readBatchHeader,
} from './format.ts'

/** Whether the batch at `start` is sound; its header was read and all its bytes are in `source`. */
export type BatchCheck = (source: Uint8Array, start: number, header: BatchHeader) => boolean

export type Scan = {
  readonly disk: Disk
  readonly file: number
  /** What was read of the file: `windowBytes` from position `windowStart` on. */
  readonly window: Uint8Array
  windowStart: number
  windowBytes: number
  /** Bytes to read at a time. */
  fillBytes: number
  /** Where the next batch starts in the file, and the base offset it must have. */
  position: number
  nextOffset: number
  /** Commit of the batch before; −1 when there is none to follow. */
  commit: number
  endsCommit: boolean
  /** The batch taken last, and where it starts in the window. */
  readonly header: BatchHeader
  batchStart: number
}

/** A scan of `file` from its first batch on. `window` must hold the longest batch. */
export function openScan(disk: Disk, file: number, baseOffset: number, window: Uint8Array): Scan {
  return {
    disk,
    file,
    window,
    windowStart: 0,
    windowBytes: 0,
    fillBytes: window.length,
    position: 0,
    nextOffset: baseOffset,
    commit: -1,
    endsCommit: true,
    header: makeBatchHeader(),
    batchStart: 0,
  }
}

/** Lets the scan expect what follows the batches of another one. */
export function followOn(scan: Scan, before: Scan): void {
  scan.commit = before.commit
  scan.endsCommit = before.endsCommit
}

/** Forgets what was read, because the file may hold more by now. */
export function dropWindow(scan: Scan): void {
  scan.windowBytes = 0
}

/**
 * Takes the next batch: `batch`, or `invalid` when no valid one stands there. With `mayFill` false the window is left as
 * it is, and `fill` says that the answer needs another read.
 */
export function nextBatch(scan: Scan, check: BatchCheck, mayFill: boolean): 'batch' | 'invalid' | 'fill' {
  const { header } = scan
  if (!holds(scan, batchHeaderBytes)) {
    if (!mayFill) return 'fill'
    if (!fill(scan, batchHeaderBytes)) return 'invalid'
  }
  if (!readBatchHeader(scan.window, scan.position - scan.windowStart, scan.windowBytes, header)) return 'invalid'
  if (!follows(scan, header)) return 'invalid'
  if (!holds(scan, header.bytes)) {
    if (!mayFill) return 'fill'
    if (!fill(scan, header.bytes)) return 'invalid'
  }
  const start = scan.position - scan.windowStart
  if (!check(scan.window, start, header)) return 'invalid'
  scan.batchStart = start
  scan.position += header.bytes
  scan.nextOffset = header.endOffset
  scan.commit = header.commit
  scan.endsCommit = header.endsCommit
  return 'batch'
}

function follows(scan: Scan, header: BatchHeader): boolean {
  if (header.baseOffset !== scan.nextOffset) return false
  return scan.commit < 0 || header.commit === (scan.endsCommit ? nextCommit(scan.commit) : scan.commit)
}

function holds(scan: Scan, bytes: number): boolean {
  const from = scan.position - scan.windowStart
  return from >= 0 && from + bytes <= scan.windowBytes
}

function fill(scan: Scan, bytes: number): boolean {
  const wanted = Math.min(Math.max(bytes, scan.fillBytes), scan.window.length)
  scan.windowStart = scan.position
  scan.windowBytes = readFully(scan.disk, scan.file, scan.window.subarray(0, wanted), scan.position)
  return holds(scan, bytes)
}

/** A check by the checksum alone, for threads without a kernel. `window` is the one that is scanned. */
export function checksumCheck(window: Uint8Array): BatchCheck {
  const view = new DataView(window.buffer, window.byteOffset, window.length)
  return (source, start, header) => crc32c(source, view, start + checkedFrom, header.bytes - checkedFrom) === header.crc
}
