// What the main thread and a thread that takes connections ask of each other, and what such a thread is started with.
// Slabs and their outcomes are in the shared memory; only their numbers travel.
import type { Config } from '../../config/config.ts'
import type { Verdict } from '../../guard/limiter.ts'
import type { MemoryMap, Plan } from '../../kernel/engine.ts'
import type { Found } from '../../log/log.ts'
import type { Certificate } from '../certificate.ts'
import type { StoredBatch } from '../stored.ts'

export type LogRefusal = 'LOG_UNAVAILABLE' | 'STORAGE_FULL' | undefined

/** What a thread is started with. Memory, map and progress are those of all threads. */
export type ThreadSetup = {
  /** From 0. */
  readonly index: number
  readonly config: Config
  readonly certificate: Certificate | undefined
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly map: MemoryMap
  readonly plans: readonly Plan[]
  readonly progress: SharedArrayBuffer
  readonly kernelThreads: number
  readonly kernelSlots: number
  readonly logRefusal: LogRefusal
  /** By stream: everything below was in the sink when the thread was started. */
  readonly storedOffsets: readonly number[]
}

/** What a thread calls in the main thread. */
export type MainCalls = {
  /** Runs a kernel round; resolves to what went wrong, if anything did. */
  run(slabIndex: number, streamIndex: number): Promise<string | undefined>
  /** Resolves once the slab's batch is durable or refused. */
  commit(slabIndex: number): Promise<void>
  find(stream: string, key: string): Promise<Found>
  readStored(streamIndex: number, key: string): Promise<string | undefined>
  /** Takes one request of the address's rate in that stream. */
  admit(streamIndex: number, address: string): Verdict
  /** Counts a connection in; undefined when it is one too many. */
  enter(address: string | undefined): string | undefined | Promise<string | undefined>
  leave(client: string): void
  note(level: 'warn' | 'error', fields: object, message: string): void
}

/** What a thread carries at the moment. `Counts` is its metrics as data. */
export type ThreadLoad<Counts> = {
  readonly freeSlabs: number
  readonly chunksInFlight: number
  readonly counts: Counts
}

/** What the main thread calls in a thread. */
export type ThreadCalls<Counts> = {
  /** Opens the listener at a port, 0 for any. */
  open(port: number): Promise<{ readonly host: string; readonly port: number }>
  /** A batch is in the sink; `recordsPerSecond` is the drain's pace in its stream. */
  stored(batch: StoredBatch, recordsPerSecond: number | undefined): void
  refuseWith(logRefusal: LogRefusal): void
  renew(certificate: Certificate): void
  /** Also before the listener is open. */
  load(): Promise<ThreadLoad<Counts>>
  /** Resolves once every connection is closed and nothing is in flight, with the last load. */
  close(graceMs: number): Promise<ThreadLoad<Counts>>
}
