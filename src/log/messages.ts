// What main and the log thread say to each other. Requests of one tick travel in one message; so do the answers of one
// commit. Slabs and their outcomes are in the shared memory, and only their numbers travel.
import type { Config } from '../config/config.ts'
import type { ErrorCode } from '../errors.ts'
import type { MemoryMap, Plan } from '../kernel/engine.ts'
import type { Found, LogStats, RecoveryReport } from './log.ts'

/** What the thread is started with. */
export type ThreadSetup = {
  readonly config: Config
  readonly memory: WebAssembly.Memory
  readonly module: WebAssembly.Module
  readonly map: MemoryMap
  readonly plans: readonly Plan[]
  readonly progress: SharedArrayBuffer
}

export type LogRequest =
  | { readonly kind: 'commit'; readonly slabIndex: number }
  | { readonly kind: 'find'; readonly id: number; readonly streamIndex: number; readonly key: string }
  | { readonly kind: 'drained'; readonly streamIndex: number; readonly nextOffset: number }
  | { readonly kind: 'stats'; readonly id: number }
  | { readonly kind: 'close' }

/** An error on its way between threads. */
export type Failure = {
  readonly code: ErrorCode
  readonly detail: string
  readonly extra: Readonly<Record<string, unknown>>
}

export type LogAnswer =
  | { readonly kind: 'opened'; readonly recovery: readonly RecoveryReport[] }
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** The slabs are durable or refused, as their headers say. */
  | { readonly kind: 'committed'; readonly slabIndexes: readonly number[] }
  | { readonly kind: 'found'; readonly id: number; readonly found: Found }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'stats'; readonly id: number; readonly stats: readonly LogStats[] }
  | {
      readonly kind: 'state'
      readonly code: 'LOG_UNAVAILABLE' | 'STORAGE_FULL' | undefined
      readonly detail: string
    }
