// The drain as the main thread sees it. (Contract; the implementation replaces the function.)
import type { Config } from '../config/config.ts'
import type { Plan } from '../kernel/engine.ts'

/** What one batch in the sink was: one message each. */
export type DrainedBatch = {
  readonly streamIndex: number
  /** Everything below is in the sink, durably. */
  readonly nextOffset: number
  readonly stored: number
  readonly repeated: number
  readonly refused: readonly { readonly offset: number; readonly reason: string }[]
  readonly ms: number
}

/** Whether the drain of a stream gets on, and why not. `stream` undefined: the thread died (then `fatal`). */
export type DrainState = {
  readonly stream: string | undefined
  readonly state: 'ok' | 'retrying' | 'failed'
  readonly reason: string | undefined
  readonly fatal: boolean
}

export type DrainStats = {
  readonly stream: string
  readonly drainedOffset: number
  readonly storedCount: number
  readonly repeatedCount: number
  readonly refusedCount: number
  /** Measured while there is a backlog; undefined before the first batch. */
  readonly recordsPerSecond: number | undefined
  readonly state: 'ok' | 'retrying' | 'failed'
  readonly reason: string | undefined
}

export type Drain = {
  stats(): readonly DrainStats[]
  /** The JSON text of the record the sink stored under a key, or undefined. @throws SluiceError SINK_UNAVAILABLE */
  read(streamIndex: number, key: string): Promise<string | undefined>
  /** Finishes the batch at hand, then closes the sink. */
  close(): Promise<void>
}

export type DrainOptions = {
  readonly config: Config
  readonly plans: readonly Plan[]
  /** Shared progress of all streams, see log/progress.ts. */
  readonly progress: SharedArrayBuffer
  readonly onBatch: (batch: DrainedBatch) => void
  readonly onState: (state: DrainState) => void
}

/** @throws SluiceError SINK_MISMATCH, SINK_UNAVAILABLE or CONFIG_INVALID when it cannot start. */
export declare function openDrain(options: DrainOptions): Promise<Drain>
