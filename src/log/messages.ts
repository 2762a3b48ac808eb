// What main and the log thread say to each other. Slabs and their outcomes are in the shared memory; their numbers travel
// through it as well, by two mailboxes (mailbox.ts). Everything else is rare and goes in messages, requests of one tick in
// one. The bell of the mailbox to the log rings for them too; main, which sleeps in its event loop, hears by message only.
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
  /** Mailbox of slabs to commit, in the order of the calls. */
  readonly toLog: SharedArrayBuffer
  /** Mailbox of slabs that are durable or refused, as their headers say. */
  readonly fromLog: SharedArrayBuffer
}

export type LogRequest =
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

/** The shortest message there is, since one goes with every commit: there are slabs in `fromLog`. */
export const lookInMailbox = 0

export type LogAnswer =
  | { readonly kind: 'opened'; readonly recovery: readonly RecoveryReport[] }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'found'; readonly id: number; readonly found: Found }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'stats'; readonly id: number; readonly stats: readonly LogStats[] }
  | {
      readonly kind: 'state'
      readonly code: 'LOG_UNAVAILABLE' | 'STORAGE_FULL' | undefined
      readonly detail: string
    }
