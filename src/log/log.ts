// The log as the main thread sees it: its types, and the call that opens it. What is behind runs in a thread of its own.
import type { Config } from '../config/config.ts'
import type { MemoryMap, Plan } from '../kernel/engine.ts'
import { startThread } from './handle.ts'
import { lockDataDirectory } from './lock.ts'

/** What a start found and mended, per stream. */
export type RecoveryReport = {
  readonly stream: string
  readonly segmentCount: number
  /** The next offset to be given out. */
  readonly nextOffset: number
  readonly startOffset: number
  readonly recordCount: number
  /** Bytes cut from a torn tail, and where the copy of them is. */
  readonly tornBytes: number
  readonly tornCopy: string | undefined
  readonly dedupeKeyCount: number
  /** Whether its files are written past the page cache (O_DIRECT), as the file system allows. */
  readonly directWrites: boolean
  readonly recoveryMs: number
}

/** A record found by key: still in the log, or already drained (then ask the sink), or never seen. */
export type Found =
  | { readonly state: 'queued'; readonly offset: number; readonly value: Uint8Array }
  | { readonly state: 'drained'; readonly offset: number }
  | { readonly state: 'unknown' }

export type LogStats = {
  readonly stream: string
  readonly committedOffset: number
  readonly drainedOffset: number
  readonly startOffset: number
  readonly backlogBytes: number
  readonly segmentCount: number
  readonly commitCount: number
  readonly syncMsTotal: number
  /** Whether its files are written past the page cache (O_DIRECT), as the file system allows. */
  readonly directWrites: boolean
  readonly dedupeKeyCount: number
  /** Set while the log refuses to write, and why. */
  readonly unavailable: 'LOG_UNAVAILABLE' | 'STORAGE_FULL' | undefined
}

export type Log = {
  readonly recovery: readonly RecoveryReport[]
  /** Shared progress of all streams, see progress.ts. */
  readonly progress: SharedArrayBuffer
  /**
   * Takes a slab whose round the kernel finished; slabs are committed in the order of these calls. `done` is called once
   * the batch is durable or refused: `commitStatus` in the slab's header, status and offset in its descriptors.
   */
  commit(slabIndex: number, done: () => void): void
  find(stream: string, key: string): Promise<Found>
  /** Tells that the sink's commit below this offset is durable, so that segments may go. */
  drained(stream: string, nextOffset: number): void
  stats(): Promise<readonly LogStats[]>
  /** Commits what was handed over, then closes the files. */
  close(): Promise<void>
}

export type LogOptions = {
  readonly config: Config
  readonly memory: WebAssembly.Memory
  readonly module: WebAssembly.Module
  readonly map: MemoryMap
  readonly plans: readonly Plan[]
  /** Called when the log starts or stops refusing writes, and when its thread died (then `fatal`). */
  readonly onState: (state: {
    code: 'LOG_UNAVAILABLE' | 'STORAGE_FULL' | undefined
    fatal: boolean
    detail: string
  }) => void
}

/**
 * Opens and recovers the logs of all streams in a thread of their own. The data directory is this handle's alone from
 * then on.
 * @throws SluiceError LOG_DAMAGED with file, offset and what to do; LOG_UNAVAILABLE when the directory is in use or the disk
 * cannot be read.
 */
export async function openLog(options: LogOptions): Promise<Log> {
  const lock = lockDataDirectory(options.config.dataDir)
  try {
    return await startThread(options, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}
