// The end of the last segment after a crash. Three cases, told apart by what stands behind the last valid batch:
//   zeros (or the end of the file)             the log ended here;
//   anything else, no valid batch of a later   a torn write: nothing of it was acknowledged. A copy is kept beside the
//   commit behind it                           segment, the rest of the file becomes zeros;
//   a valid batch of a later commit            rot: acknowledged records are damaged. Nothing is changed, the start stops.
// "Later" is exact, because a batch says whether it ends its commit: behind a batch that does, the damage is in the next
// commit; behind one that does not, in the same. What always holds: after mending, every batch that is kept is on the disk.
import { SluiceError } from '../errors.ts'
import { commitBatchCountMax, slabOutputBytes } from '../limits.ts'
import { type Disk, readFully, writeFully, writeZeros } from './disk.ts'
import {
  batchBytesMin,
  batchHeaderBytes,
  commitDistance,
  makeBatchHeader,
  nextCommit,
  readBatchHeader,
} from './format.ts'
import { type BatchCheck, checksumCheck, type Scan } from './scan.ts'
import { type Segment, tornPath } from './segment.ts'

/** The last segment, walked to its last valid batch. */
export type Tail = {
  readonly disk: Disk
  readonly directory: string
  readonly file: number
  readonly segment: Segment
  readonly scan: Scan
  /** Where the last commit and its last batch start; equal to the segment's end when it has none. */
  commitStart: number
  batchStart: number
  /** The number of this log's first commit. */
  readonly firstCommit: number
  /** Whether the number of the last commit was seen to follow another one: a single batch may be damaged in it. */
  commitIsSure: boolean
}

export type Mended = { readonly tornBytes: number; readonly tornCopy: string | undefined }

const epochLowByte = 15
const magicAt = 16
const searchBytes = 2 * slabOutputBytes
const zeros = new Uint8Array(searchBytes)

/** @throws SluiceError LOG_DAMAGED for rot, before anything is changed. */
export function mendTail(tail: Tail): Mended {
  const { disk, file, scan } = tail
  const size = disk.sizeBytes(file)
  const rest = searchRest(tail, size)
  if (rest.laterCommitAt !== undefined) throw rot(tail, rest.laterCommitAt)
  const torn = rest.startsTorn || rest.sameCommitFound
  const tornBytes = torn ? Math.min(rest.endBytes - scan.position, commitBatchCountMax * slabOutputBytes) : 0
  const tornCopy = torn ? copyAside(tail, tornBytes) : undefined
  if (torn) writeZeros(disk, file, scan.position, size - scan.position)
  rewriteLastCommit(tail)
  if (torn || scan.position > 0) disk.sync(file)
  scan.endsCommit = true
  return { tornBytes, tornCopy }
}

type Rest = {
  startsTorn: boolean
  /** Behind the last byte that is not zero. */
  endBytes: number
  sameCommitFound: boolean
  /** Where a valid batch of a later commit was found. */
  laterCommitAt: number | undefined
}

/** Looks at everything behind the last valid batch. */
function searchRest(tail: Tail, size: number): Rest {
  const { disk, file, scan } = tail
  const window = new Uint8Array(Math.min(searchBytes, size - scan.position))
  const check = checksumCheck(window)
  const rest: Rest = { startsTorn: false, endBytes: scan.position, sameCommitFound: false, laterCommitAt: undefined }
  for (let position = scan.position; position < size; position += slabOutputBytes) {
    const bytes = readFully(disk, file, window, position)
    const piece = window.subarray(0, bytes)
    if (Buffer.compare(piece, zeros.subarray(0, bytes)) === 0) continue
    if (position === scan.position) rest.startsTorn = piece.subarray(0, batchHeaderBytes).some((byte) => byte !== 0)
    rest.endBytes = position + piece.findLastIndex((byte) => byte !== 0) + 1
    searchBatches(tail, piece, position, check, rest)
    if (rest.laterCommitAt !== undefined) return rest
  }
  return rest
}

/** Looks for valid batches that start in the first half of the window, at whatever byte. Stale ones have older offsets. */
function searchBatches(tail: Tail, window: Uint8Array, position: number, check: BatchCheck, rest: Rest): void {
  const { scan } = tail
  const header = makeBatchHeader()
  let magic = window.indexOf(2, magicAt)
  for (; magic >= 0 && magic < slabOutputBytes + magicAt; magic = window.indexOf(2, magic + 1)) {
    const start = magic - magicAt
    if (window[start] !== 0 || !readBatchHeader(window, start, window.length, header)) continue
    if (header.baseOffset < scan.nextOffset || start + header.bytes > window.length) continue
    if (!check(window, start, header)) continue
    const order = orderOf(tail, header.commit, position + start)
    if (order === 'same') {
      rest.sameCommitFound = true
      rest.endBytes = Math.max(rest.endBytes, position + start + header.bytes)
    }
    if (order !== 'later') continue
    rest.laterCommitAt = position + start
    return
  }
}

/**
 * Whether a batch found at `position` is of the damaged commit or of a later one. A batch can also stand inside a record,
 * put there by a client to keep a log from opening: commits cannot come faster than their bytes, and a client does not know
 * at which number a log starts to count. Where the next batch belongs no record is: the next commit's batch there says that
 * it is the end mark before it that was damaged.
 */
function orderOf(tail: Tail, commit: number, position: number): 'same' | 'later' | 'forged' {
  const { scan, firstCommit, commitIsSure } = tail
  const damaged = scan.commit < 0 ? firstCommit : scan.endsCommit ? nextCommit(scan.commit) : scan.commit
  const distance = commitDistance(damaged, commit)
  if (distance === 0) return 'same'
  if (!commitIsSure || (position === scan.position && !scan.endsCommit && distance === 1)) return 'later'
  return distance <= Math.ceil((position - scan.position) / batchBytesMin) ? 'later' : 'forged'
}

function rot(tail: Tail, laterCommitAt: number): SluiceError {
  const { segment, scan } = tail
  return new SluiceError(
    'LOG_DAMAGED',
    `${segment.path} is damaged at byte ${scan.position}: the batch with offset ${scan.nextOffset} is not readable, and ` +
      `batches of later commits follow from byte ${laterCommitAt} on, so acknowledged records are affected. Nothing was ` +
      `changed. Restore the file from a copy. To go on without the records from offset ${scan.nextOffset} on, keep a copy ` +
      `and cut the file to ${scan.position} bytes.`,
    { file: segment.path, byteOffset: scan.position, offset: scan.nextOffset },
  )
}

function copyAside(tail: Tail, bytes: number): string {
  const { disk, file, scan, segment, directory } = tail
  const path = tornPath(disk, directory, segment.baseOffset)
  const copy = disk.open(path, 'create')
  try {
    copyRange(disk, file, scan.position, bytes, (piece, position) =>
      writeFully(disk, copy, piece, position - scan.position),
    )
    disk.sync(copy)
  } finally {
    disk.close(copy)
  }
  disk.syncDirectory(directory)
  return path
}

/**
 * What the last commit left in the file may be in the system's memory only: its sync was never seen to return. After a
 * sync that failed, a second one would say nothing; so the bytes are written again. The last batch ends its commit from
 * now on, also where the crash cut off the batches behind it.
 */
function rewriteLastCommit(tail: Tail): void {
  const { disk, file, scan, commitStart, batchStart } = tail
  copyRange(disk, file, commitStart, scan.position - commitStart, (piece, position) => {
    const flagAt = batchStart + epochLowByte - position
    if (flagAt >= 0 && flagAt < piece.length) piece[flagAt]! |= 1
    writeFully(disk, file, piece, position)
  })
}

function copyRange(
  disk: Disk,
  file: number,
  from: number,
  bytes: number,
  take: (piece: Uint8Array, position: number) => void,
): void {
  const buffer = new Uint8Array(Math.min(bytes, slabOutputBytes))
  for (let done = 0; done < bytes; done += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, bytes - done))
    readFully(disk, file, piece, from + done)
    take(piece, from + done)
  }
}
