// Walks the segments of a stream's log from the first to the last, reading only. How a segment ends tells whether it is
// sound: at zeros or the end of the file, at something unreadable, or short of where the next segment starts.

import { slabOutputBytes } from '../limits.ts'
import { type Disk, readFully } from '../log/disk.ts'
import type { BatchHeader } from '../log/format.ts'
import { checksumCheck, followOn, nextBatch, openScan, type Scan } from '../log/scan.ts'
import { segmentFiles } from '../log/segment.ts'

export type Ending = 'clean' | 'torn' | 'short'

export type SegmentWalk = {
  readonly path: string
  readonly baseOffset: number
  /** The next batch, valid until the next call, or undefined when there is none that can be read. */
  next(): { readonly header: BatchHeader; readonly source: Uint8Array; readonly start: number } | undefined
  /** Behind the last batch that was read. */
  reached(): { readonly position: number; readonly nextOffset: number }
  /** To be asked when `next` found no more. */
  ending(): Ending
}

/** Yields the segments in order; each must be walked to its end before the next is asked for. */
export function* walkStream(disk: Disk, directory: string): Generator<SegmentWalk> {
  const files = segmentFiles(directory, disk.list(directory))
  const window = new Uint8Array(4 * slabOutputBytes)
  const check = checksumCheck(window)
  let before: Scan | undefined
  for (const [index, { path, baseOffset }] of files.entries()) {
    const file = disk.open(path, 'read')
    const scan = openScan(disk, file, baseOffset, window)
    if (before !== undefined) followOn(scan, before)
    const endOffset = files[index + 1]?.baseOffset ?? Number.POSITIVE_INFINITY
    yield {
      path,
      baseOffset,
      next() {
        // What a segment holds beyond its successor's start was never acknowledged.
        if (scan.nextOffset >= endOffset || nextBatch(scan, check, true) !== 'batch') return undefined
        return { header: scan.header, source: window, start: scan.batchStart }
      },
      reached: () => ({ position: scan.position, nextOffset: scan.nextOffset }),
      ending: () => endingOf(disk, file, scan, endOffset),
    }
    disk.close(file)
    before = scan
  }
}

function endingOf(disk: Disk, file: number, scan: Scan, endOffset: number): Ending {
  if (scan.nextOffset === endOffset) return 'clean'
  if (endOffset !== Number.POSITIVE_INFINITY) return 'short'
  return isZeroFrom(disk, file, scan.position) ? 'clean' : 'torn'
}

function isZeroFrom(disk: Disk, file: number, from: number): boolean {
  const piece = Buffer.alloc(slabOutputBytes)
  for (let position = from, size = disk.sizeBytes(file); position < size; position += piece.length) {
    const bytes = readFully(disk, file, piece, position)
    if (bytes === 0) return true
    if (piece.subarray(0, bytes).some((byte) => byte !== 0)) return false
  }
  return true
}
