// The file operations the log is made of, and nothing else: what a test replaces to lose sectors, run full or fail.
// They are synchronous, because the threads that own files have nothing better to do than to wait for them; only the
// filling of spare files runs beside. Nothing here retries, and nothing is caught: an error is the caller's weather.
// A file that is open as `direct` is read and written past the page cache, in whole blocks, from aligned memory and at aligned
// positions (blocks.ts). Others may read it through the page cache at the same time: the kernel drops the pages of what is
// written, before the write returns, so what is published after it is what they see.
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
  writev,
} from 'node:fs'
import { promisify } from 'node:util'

export type Disk = {
  makeDirectory(path: string): void
  /** Names in a directory, sorted. */
  list(directory: string): readonly string[]
  /**
   * `create` refuses a name that is taken; `direct` writes past the page cache, and fails with EINVAL where the platform or
   * the file system does not. Returns a file number.
   */
  open(path: string, mode: 'read' | 'write' | 'create' | 'direct'): number
  close(file: number): void
  sizeBytes(file: number): number
  /** Returns the bytes read, 0 at the file's end. May be short. */
  read(file: number, into: Uint8Array, position: number): number
  /** Returns the bytes written. May be short. */
  write(file: number, bytes: Uint8Array, position: number): number
  /** Makes the file's data and size durable. After it failed once, nobody may believe a later success. */
  sync(file: number): void
  truncate(file: number, bytes: number): void
  /** Replaces `to` in one step if it is there. */
  rename(from: string, to: string): void
  unlink(path: string): void
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): void
  /** Writes zeros over whole blocks from `position` on, beside other work; resolves once they are durable. */
  extend(file: number, position: number, bytes: number): Promise<void>
}

/** What direct reads and writes are made of: a page, and a multiple of every sector that disks have. */
export const blockBytes = 4096
const zerosBytes = 1_048_576
const wasmPageBytes = 65_536
const openFlags = { read: 'r', write: 'r+', create: 'wx+' } as const

/** Memory that begins at a page. Node has no aligned allocation, but a WebAssembly memory is mapped. */
export function alignedBytes(bytes: number): Buffer {
  const pages = Math.ceil(bytes / wasmPageBytes)
  return Buffer.from(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer, 0, bytes)
}

let zeros: Uint8Array | undefined

// Most threads that read files never fill one.
function zeroBytes(): Uint8Array {
  zeros ??= alignedBytes(zerosBytes)
  return zeros
}

export const nodeDisk: Disk = {
  makeDirectory: (path) => {
    mkdirSync(path, { recursive: true })
  },
  list: (directory) => readdirSync(directory).sort(),
  open: (path, mode) => (mode === 'direct' ? openDirect(path) : openSync(path, openFlags[mode])),
  close: closeSync,
  sizeBytes: (file) => fstatSync(file).size,
  read: (file, into, position) => readSync(file, into, 0, into.length, position),
  write: (file, bytes, position) => writeSync(file, bytes, 0, bytes.length, position),
  sync: fdatasyncSync,
  truncate: ftruncateSync,
  rename: renameSync,
  unlink: unlinkSync,
  syncDirectory,
  extend,
}

function openDirect(path: string): number {
  // Absent on macOS and Windows, whatever the types say.
  const flag: number | undefined = constants.O_DIRECT
  if (flag === undefined) throw Object.assign(new Error('no O_DIRECT on this platform'), { code: 'EINVAL' })
  return openSync(path, constants.O_RDWR | flag)
}

const syncBeside = promisify(fdatasync)

function writeBeside(file: number, buffers: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(file, buffers, position, (error, written) => (error === null ? resolve(written) : reject(error)))
  })
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

async function extend(file: number, position: number, bytes: number): Promise<void> {
  const piece = zeroBytes()
  for (let done = 0; done < bytes; ) {
    const rest = bytes - done
    const buffers = Array.from({ length: Math.ceil(rest / piece.length) }, (_, index) =>
      piece.subarray(0, rest - index * piece.length),
    )
    const written = await writeBeside(file, buffers, position + done)
    const taken = written - (written % blockBytes)
    if (taken === 0) throw Object.assign(new Error('the disk took no block and gave no reason'), { code: 'EIO' })
    done += taken
  }
  await syncBeside(file)
}

/** Writes all of `bytes` from `position` on, in as many calls as it takes. */
export function writeFully(disk: Disk, file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const written = disk.write(file, bytes.subarray(done), position + done)
    if (written === 0) throw Object.assign(new Error('the disk took no bytes and gave no reason'), { code: 'EIO' })
    done += written
  }
}

/** Reads until `into` is full or the file ends; returns the bytes read. */
export function readFully(disk: Disk, file: number, into: Uint8Array, position: number): number {
  let bytes = 0
  while (bytes < into.length) {
    const read = disk.read(file, into.subarray(bytes), position + bytes)
    if (read === 0) break
    bytes += read
  }
  return bytes
}

/** Writes `bytes` zeros from `position` on. */
export function writeZeros(disk: Disk, file: number, position: number, bytes: number): void {
  const piece = zeroBytes()
  for (let done = 0; done < bytes; done += piece.length)
    writeFully(disk, file, piece.subarray(0, bytes - done), position + done)
}

/** The system's code of an error, such as `ENOSPC`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

/** Whether the error says that there is no room, rather than that something is broken. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(errorCode(error))
}
