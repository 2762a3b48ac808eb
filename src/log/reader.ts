// Reads the committed records of a stream in order, from any thread: the drain's source. It reads only what the log thread
// has published as committed, so it never sees a torn write, and it follows the log from segment to segment.
// What it finds damaged stops it with LOG_DAMAGED; it never skips a record. It changes nothing.
import { SluiceError } from '../errors.ts'
import { slabOutputBytes } from '../limits.ts'
import { type Disk, nodeDisk } from './disk.ts'
import { batchHeaderBytes, makeRecordPlace, type RecordPlace, readRecord } from './format.ts'
import { readProgress } from './progress.ts'
import { type BatchCheck, checksumCheck, dropWindow, followOn, nextBatch, openScan, type Scan } from './scan.ts'
import { type SegmentFile, segmentAt, segmentFiles } from './segment.ts'

/** A record as it stands in the log. `key` and `value` are views that the next `read` overwrites. */
export type LogRecord = {
  readonly offset: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array
  /** Unix time in ms when the record's batch was sealed. */
  readonly receivedAtMs: number
}

export type ReaderOptions = {
  /** The stream's directory, see `streamDirectory`. */
  readonly directory: string
  readonly streamIndex: number
  readonly progress: SharedArrayBuffer
  /** The first offset to read. */
  readonly from: number
  readonly disk?: Disk
}

export type Reader = {
  /** The offset the next `read` starts at. */
  nextOffset(): number
  /**
   * The next records, in order: at most `countMax` of them, and no more once keys and values make `bytesMax`; at least one
   * if one is committed. Fewer than allowed does not mean that there are no more: an empty array does.
   * @throws SluiceError LOG_DAMAGED with file, byte and offset.
   */
  read(countMax: number, bytesMax: number): LogRecord[]
  close(): void
}

const fillBytesMin = 65_536

type State = {
  readonly disk: Disk
  readonly options: ReaderOptions
  readonly window: Uint8Array
  readonly check: BatchCheck
  readonly place: RecordPlace
  nextOffset: number
  segments: SegmentFile[]
  generation: number
  /** The segment being read, and where its next batch is. */
  open: { readonly segment: SegmentFile; readonly scan: Scan } | undefined
  /** Committed offset when the window was last read from the file. */
  windowOffset: number
  /** The next record of the batch taken last, and that batch's end, in the window; equal when it is through. */
  recordAt: number
  recordEnd: number
}

/**
 * Opens a reader on a log that `openLog` has opened in this process.
 * @throws SluiceError LOG_DAMAGED when `from` is not an offset the log has or is about to give out.
 */
export function openReader(options: ReaderOptions): Reader {
  const window = new Uint8Array(slabOutputBytes)
  const state: State = {
    disk: options.disk ?? nodeDisk,
    options,
    window,
    check: checksumCheck(window),
    place: makeRecordPlace(),
    nextOffset: options.from,
    segments: [],
    generation: -1,
    open: undefined,
    windowOffset: 0,
    recordAt: 0,
    recordEnd: 0,
  }
  refuseOutside(options)
  return {
    nextOffset: () => state.nextOffset,
    read: (countMax, bytesMax) => read(state, countMax, bytesMax),
    close: () => closeFile(state),
  }
}

function refuseOutside({ directory, streamIndex, progress, from }: ReaderOptions): void {
  const start = readProgress(progress, streamIndex, 'start')
  const end = readProgress(progress, streamIndex, 'committed')
  if (from >= start && from <= end) return
  throw new SluiceError(
    'LOG_DAMAGED',
    `the sink goes on at offset ${from}, but the log in ${directory} holds offsets ${start} to ${end}. Log and sink are not ` +
      'of the same run: put back the one that was replaced or removed.',
    { directory, from, start, end },
  )
}

function read(state: State, countMax: number, bytesMax: number): LogRecord[] {
  const { options } = state
  const committed = readProgress(options.progress, options.streamIndex, 'committed')
  const records: LogRecord[] = []
  let bytes = 0
  while (records.length < countMax && bytes < bytesMax) {
    // The records handed out are views of the window: it stays as it is until the next call.
    if (state.recordAt === state.recordEnd && !takeBatch(state, committed, records.length === 0)) break
    const record = takeRecord(state)
    if (record === undefined) continue
    records.push(record)
    bytes += record.value.length + (record.key === null ? 0 : record.key.length)
  }
  return records
}

/** Takes the next committed batch; false when there is none, or none without another read of the file. */
function takeBatch(state: State, committed: number, mayFill: boolean): boolean {
  const next = state.open === undefined ? state.nextOffset : state.open.scan.nextOffset
  if (next >= committed) return false
  const scan = scanFor(state, next, mayFill)
  if (scan === undefined) return false
  if (next >= state.windowOffset) {
    if (!mayFill) return false
    dropWindow(scan)
    scan.fillBytes = fillBytesMin
    state.windowOffset = committed
  }
  const found = nextBatch(scan, state.check, mayFill)
  if (found === 'fill') return false
  // What was read before the damage goes out first; the next call tells of it.
  if (found === 'invalid' && !mayFill) return false
  if (found === 'invalid') throw damaged(state, scan)
  // There is more to come: read in long strides from now on.
  if (scan.nextOffset < state.windowOffset) scan.fillBytes = state.window.length
  state.recordAt = scan.batchStart + batchHeaderBytes
  state.recordEnd = scan.batchStart + scan.header.bytes
  return true
}

/** The scan of the segment that holds `next`, opening it if need be; undefined if that may not be done now. */
function scanFor(state: State, next: number, mayFill: boolean): Scan | undefined {
  const { options, disk, open } = state
  const generation = readProgress(options.progress, options.streamIndex, 'generation')
  if (open !== undefined && generation === state.generation && next < endOf(state, open.segment)) return open.scan
  if (!mayFill) return undefined
  state.segments = segmentFiles(options.directory, disk.list(options.directory))
  state.generation = generation
  const segment = segmentAt(state.segments, next)
  if (segment === undefined) throw missing(options, next)
  // A file that failed before anything was committed to it has been replaced by one of the same name.
  const isSame = open !== undefined && open.segment.baseOffset === segment.baseOffset && next > segment.baseOffset
  return isSame ? open.scan : openSegment(state, segment)
}

/** Where the segment's successor starts. */
function endOf(state: State, segment: SegmentFile): number {
  const next = state.segments.find(({ baseOffset }) => baseOffset > segment.baseOffset)
  return next === undefined ? Number.POSITIVE_INFINITY : next.baseOffset
}

function openSegment(state: State, segment: SegmentFile): Scan {
  const before = state.open?.scan
  const file = state.disk.open(segment.path, 'read')
  closeFile(state)
  const scan = openScan(state.disk, file, segment.baseOffset, state.window)
  if (before !== undefined) followOn(scan, before)
  state.open = { segment, scan }
  return scan
}

function closeFile(state: State): void {
  if (state.open !== undefined) state.disk.close(state.open.scan.file)
  state.open = undefined
}

/** The next record of the batch at hand, or undefined for one before the offset to start at. */
function takeRecord(state: State): LogRecord | undefined {
  const { window, place } = state
  const { scan } = state.open!
  state.recordAt = readRecord(window, state.recordAt, state.recordEnd, place)
  if (state.recordAt < 0) throw damaged(state, scan)
  const offset = scan.header.baseOffset + place.offsetDelta
  const isBefore = offset < state.nextOffset
  // Behind its last record a batch may have offsets without a record.
  if (state.recordAt === state.recordEnd) state.nextOffset = Math.max(state.nextOffset, scan.header.endOffset)
  else if (!isBefore) state.nextOffset = offset + 1
  if (isBefore) return undefined
  const { keyStart, keyBytes, valueStart, valueBytes } = place
  return {
    offset,
    key: keyBytes < 0 ? null : window.subarray(keyStart, keyStart + keyBytes),
    value: window.subarray(valueStart, valueStart + valueBytes),
    receivedAtMs: scan.header.timestampMs,
  }
}

function damaged(state: State, scan: Scan): SluiceError {
  const path = state.open?.segment.path
  return new SluiceError(
    'LOG_DAMAGED',
    `${path} is damaged at byte ${scan.position}: the batch with offset ${scan.nextOffset} is not readable. Restore the file ` +
      'from a copy, or check the disk and start again.',
    { file: path, byteOffset: scan.position, offset: scan.nextOffset },
  )
}

function missing({ directory }: ReaderOptions, offset: number): SluiceError {
  return new SluiceError('LOG_DAMAGED', `${directory} has no segment with offset ${offset}. Put the file back.`, {
    directory,
    offset,
  })
}
