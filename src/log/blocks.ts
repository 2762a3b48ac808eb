// Writes commits past the page cache: whole blocks, from aligned memory, at aligned positions, as O_DIRECT wants them. A
// commit is laid out behind the unfinished block that the one before it left, and filled up with zeros to a block's end; at
// least an end mark of zeros follows it as far as the file has room, so that a start can tell the end of the log from a torn
// write also where a retired file is used again.
// The unfinished block is written once more with every commit. What is acknowledged in it is written as it stands on the disk
// already, so a write that is torn anywhere leaves those bytes as they were; a page cache writes whole pages for the same end.
// What always holds: the file's own tail changes only in `keepTail`, so a commit that failed leaves it as it was. Where the
// file system wants no direct writes, the same blocks go through the page cache.
import assert from 'node:assert/strict'
import { alignedBytes, blockBytes, type Disk, errorCode } from './disk.ts'
import { batchHeaderBytes } from './format.ts'
import type { ActiveFile, StreamLog } from './stream.ts'

/** Where a thread lays out its commits, one at a time, for all its streams. */
export type Staging = {
  /** Aligned. Behind its `stagingBytes` is a block more, for the zeros behind a commit. */
  readonly memory: Buffer
  /** Where in the file the memory's first byte goes, and how much of the memory is filled. */
  position: number
  bytes: number
}

// Direct writes wait for the disk one by one: most commits should be one write.
export const stagingBytes = 4_194_304
const zeros = Buffer.alloc(65_536)
/** Calls in a row that may take less than a block. */
const idleCountMax = 8
/** What a file system answers that takes no direct reads and writes. */
const refusals = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']

export function makeStaging(): Staging {
  return { memory: alignedBytes(stagingBytes + blockBytes), position: 0, bytes: 0 }
}

/** Memory for a file's unfinished block. It is copied from, never written to a file itself. */
export function makeTailBlock(): Buffer {
  return Buffer.alloc(blockBytes)
}

export function floorBlock(bytes: number): number {
  return bytes - (bytes % blockBytes)
}

export function ceilBlock(bytes: number): number {
  return floorBlock(bytes + blockBytes - 1)
}

/**
 * Opens a file to be written in whole blocks and does `first` to it: past the page cache, unless this stream's file system
 * refuses the opening or the first access. That is asked once; `log.isDirect` says what came of it.
 */
export function openBlocks(log: StreamLog, path: string, first: (file: number) => void): number {
  if (log.isDirect) {
    try {
      return openAs(log.disk, path, 'direct', first)
    } catch (error) {
      if (!refusals.includes(errorCode(error))) throw error
      log.isDirect = false
    }
  }
  return openAs(log.disk, path, 'write', first)
}

function openAs(disk: Disk, path: string, mode: 'direct' | 'write', first: (file: number) => void): number {
  const file = disk.open(path, mode)
  try {
    first(file)
    return file
  } catch (error) {
    disk.close(file)
    throw error
  }
}

/** Begins a commit at the active segment's end. */
export function beginCommit(staging: Staging, { segment, tail }: ActiveFile): void {
  staging.position = floorBlock(segment.bytes)
  staging.bytes = segment.bytes - staging.position
  tail.copy(staging.memory, 0, 0, staging.bytes)
}

/** Lays bytes behind those before. What the memory cannot take is written. Throws what the disk throws. */
export function append({ staging, disk }: StreamLog, { file }: ActiveFile, bytes: Uint8Array): void {
  // `Buffer.copy` of a part of its source is a plain move of memory; `set`, and copying all of it, go atomically where memory
  // is shared.
  const source = Buffer.from(bytes.buffer)
  const { byteOffset, length } = bytes
  for (let done = 0; done < length; ) {
    if (staging.bytes === stagingBytes) {
      writeBlocks(disk, file, staging.memory.subarray(0, stagingBytes), staging.position)
      staging.position += stagingBytes
      staging.bytes = 0
    }
    const piece = Math.min(length - done, stagingBytes - staging.bytes)
    const copied = source.copy(staging.memory, staging.bytes, byteOffset + done, byteOffset + done + piece)
    staging.bytes += copied
    done += copied
  }
}

/** Lays `bytes` zeros behind those before, see {@link append}. */
export function appendZeros(log: StreamLog, active: ActiveFile, bytes: number): void {
  for (let rest = bytes; rest > 0; rest -= zeros.length) append(log, active, zeros.subarray(0, rest))
}

/** Writes what is laid out, with zeros behind it. Throws what the disk throws; then any part of it may be written. */
export function finishCommit({ staging, disk }: StreamLog, { file, capacityBytes }: ActiveFile): void {
  const { memory, position, bytes } = staging
  const room = capacityBytes - position - bytes
  const end = ceilBlock(bytes + Math.min(room, batchHeaderBytes))
  memory.fill(0, bytes, end)
  if (end > 0) writeBlocks(disk, file, memory.subarray(0, end), position)
}

/** Takes over the unfinished block of the commit that was written last, which ends where the segment does by now. */
export function keepTail({ memory, position, bytes }: Staging, { segment, tail }: ActiveFile): void {
  assert.equal(position + bytes, segment.bytes, 'the commit that was laid out last is the one that is durable')
  memory.copy(tail, 0, floorBlock(bytes), bytes)
}

/** Reads the unfinished block of a segment that ends at `end`. The file has a block there. */
export function readTail({ disk, staging }: StreamLog, file: number, end: number, tail: Buffer): void {
  const block = staging.memory.subarray(0, blockBytes)
  const read = disk.read(file, block, floorBlock(end))
  if (read < end % blockBytes) throw Object.assign(new Error(`only ${read} bytes of a block came`), { code: 'EIO' })
  block.copy(tail)
}

/** Writes zeros over whole blocks. */
export function zeroBlocks({ disk, staging }: StreamLog, file: number, bytes: number): void {
  const piece = staging.memory.subarray(0, Math.min(bytes, stagingBytes)).fill(0)
  for (let done = 0; done < bytes; done += piece.length) writeBlocks(disk, file, piece.subarray(0, bytes - done), done)
}

/** Writes whole blocks in as many calls as it takes: what was taken of a block is written again with its rest. */
export function writeBlocks(disk: Disk, file: number, bytes: Uint8Array, position: number): void {
  let idleCount = 0
  for (let done = 0; done < bytes.length; ) {
    const taken = floorBlock(disk.write(file, bytes.subarray(done), position + done))
    idleCount = taken === 0 ? idleCount + 1 : 0
    // The call after a short one tells why, as a rule.
    if (idleCount > idleCountMax)
      throw Object.assign(new Error('the disk took no block and gave no reason'), { code: 'EIO' })
    done += taken
  }
}
