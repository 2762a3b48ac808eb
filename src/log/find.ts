// Finds a record by its key in the log: the dedupe table knows its offset, the segment's places where to start reading.
// The stored key decides, not its hash. A record that is drained is not read: the sink has it.
import { SluiceError } from '../errors.ts'
import { slabOutputBytes } from '../limits.ts'
import { lookUp } from './dedupe.ts'
import { batchHeaderBytes, makeRecordPlace, readRecord } from './format.ts'
import type { Found } from './log.ts'
import { placeOf } from './places.ts'
import { type BatchCheck, checksumCheck, nextBatch, openScan, type Scan } from './scan.ts'
import { type Segment, segmentAt } from './segment.ts'
import type { StreamLog } from './stream.ts'

const unknown: Found = { state: 'unknown' }
const firstReadBytes = 16_384
const window = new Uint8Array(slabOutputBytes)
const check = checksumCheck(window)

/** @throws SluiceError LOG_DAMAGED when the batch that should hold the record cannot be read. */
export function findRecord(log: StreamLog, key: Uint8Array): Found {
  const { engine, region, dedupe } = log
  if (dedupe === undefined || key.length > region.batch.length) return unknown
  region.batch.set(key)
  engine.hashKey(region.batchAddress, key.length, region.indexAddress)
  const [key0 = 0, key1 = 0, key2 = 0, key3 = 0] = region.index
  if (!lookUp(dedupe, { key0, key1, key2, key3, value0: 0, value1: 0 })) return unknown
  const offset = dedupe.foundOffset
  if (offset < log.drainedOffset) return { state: 'drained', offset }
  return readQueued(log, offset, key)
}

function readQueued(log: StreamLog, offset: number, key: Uint8Array): Found {
  const segment = segmentAt(log.segments, offset)
  if (segment === undefined) return unknown
  const file = log.disk.open(segment.path, 'read')
  try {
    const scan = openScan(log.disk, file, segment.baseOffset, window)
    scan.fillBytes = firstReadBytes
    seek(scan, segment, offset)
    return pickRecord(scan, offset, key)
  } finally {
    log.disk.close(file)
  }
}

/** Moves the scan to the batch that holds `offset`, past others by their headers alone. */
function seek(scan: Scan, segment: Segment, offset: number): void {
  const place = placeOf(segment.places, offset - segment.baseOffset)
  scan.position = place.position
  scan.nextOffset = segment.baseOffset + place.offset
  const holdsOffset: BatchCheck = (source, start, header) => header.endOffset <= offset || check(source, start, header)
  while (scan.nextOffset <= offset) {
    if (nextBatch(scan, holdsOffset, true) === 'batch') continue
    throw new SluiceError(
      'LOG_DAMAGED',
      `${segment.path} is damaged at byte ${scan.position}: the batch with offset ${scan.nextOffset} is not readable. It was ` +
        'sound when it was written or recovered. Check the disk before the next start.',
      { file: segment.path, byteOffset: scan.position, offset: scan.nextOffset },
    )
  }
}

function pickRecord(scan: Scan, offset: number, key: Uint8Array): Found {
  const end = scan.batchStart + scan.header.bytes
  const place = makeRecordPlace()
  for (let at = scan.batchStart + batchHeaderBytes; at >= 0 && at < end; ) {
    at = readRecord(window, at, end, place)
    if (at < 0 || scan.header.baseOffset + place.offsetDelta !== offset) continue
    const stored = window.subarray(place.keyStart, place.keyStart + Math.max(0, place.keyBytes))
    if (Buffer.compare(stored, key) !== 0) return unknown
    return { state: 'queued', offset, value: window.slice(place.valueStart, place.valueStart + place.valueBytes) }
  }
  return unknown
}
