// The file operations the log is made of, and nothing else: what a test replaces to lose sectors, run full or fail.
// They are synchronous, because the threads that own files have nothing better to do than to wait for them; only the
// filling of spare files runs beside. Nothing here retries, and nothing is caught: an error is the caller's weather.
import {
  closeSync,
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
  writev,
  writevSync,
} from 'node:fs'
import { promisify } from 'node:util'

export type Disk = {
  makeDirectory(path: string): void
  /** Names in a directory, sorted. */
  list(directory: string): readonly string[]
  /** `create` refuses a name that is taken. Returns a file number. */
  open(path: string, mode: 'read' | 'write' | 'create'): number
  close(file: number): void
  sizeBytes(file: number): number
  /** Returns the bytes read, 0 at the file's end. May be short. */
  read(file: number, into: Uint8Array, position: number): number
  /** Returns the bytes written. May be short. */
  write(file: number, buffers: readonly Uint8Array[], position: number): number
  /** Makes the file's data and size durable. After it failed once, nobody may believe a later success. */
  sync(file: number): void
  truncate(file: number, bytes: number): void
  /** Replaces `to` in one step if it is there. */
  rename(from: string, to: string): void
  unlink(path: string): void
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): void
  /** Writes zeros from `position` on, beside other work; resolves once they are durable. */
  extend(file: number, position: number, bytes: number): Promise<void>
}

const zeros = new Uint8Array(1_048_576)
const openFlags = { read: 'r', write: 'r+', create: 'wx+' } as const

export const nodeDisk: Disk = {
  makeDirectory: (path) => {
    mkdirSync(path, { recursive: true })
  },
  list: (directory) => readdirSync(directory).sort(),
  open: (path, mode) => openSync(path, openFlags[mode]),
  close: closeSync,
  sizeBytes: (file) => fstatSync(file).size,
  read: (file, into, position) => readSync(file, into, 0, into.length, position),
  write: (file, buffers, position) => writevSync(file, buffers, position),
  sync: fdatasyncSync,
  truncate: ftruncateSync,
  rename: renameSync,
  unlink: unlinkSync,
  syncDirectory,
  extend,
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
  for (let done = 0; done < bytes; ) {
    const rest = bytes - done
    const buffers = Array.from({ length: Math.ceil(rest / zeros.length) }, (_, index) =>
      zeros.subarray(0, Math.min(zeros.length, rest - index * zeros.length)),
    )
    done += await writeBeside(file, buffers, position + done)
  }
  await syncBeside(file)
}

/** Writes all of `buffers` from `position` on, in as many calls as it takes. */
export function writeFully(disk: Disk, file: number, buffers: readonly Uint8Array[], position: number): void {
  let rest = buffers
  let at = position
  for (;;) {
    let written = disk.write(file, rest, at)
    if (written === 0) throw Object.assign(new Error('the disk took no bytes and gave no reason'), { code: 'EIO' })
    at += written
    let index = 0
    while (index < rest.length && written >= rest[index]!.length) written -= rest[index++]!.length
    if (index === rest.length) return
    rest = [rest[index]!.subarray(written), ...rest.slice(index + 1)]
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
  for (let done = 0; done < bytes; done += zeros.length) {
    writeFully(disk, file, [zeros.subarray(0, Math.min(zeros.length, bytes - done))], position + done)
  }
}

/** The system's code of an error, such as `ENOSPC`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

/** Whether the error says that there is no room, rather than that something is broken. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(errorCode(error))
}
