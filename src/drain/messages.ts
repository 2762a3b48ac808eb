// What main and the drain thread say to each other.
import type { DrainConfig } from '../config/config.ts'
import type { ErrorCode } from '../errors.ts'
import type { SinkSetup } from '../sink/open.ts'
import type { DrainedBatch, DrainState } from './drain.ts'

/** What the thread is started with. */
export type DrainSetup = {
  readonly sink: SinkSetup
  readonly drain: DrainConfig
  readonly progress: SharedArrayBuffer
  /** What each stream stores in the log, by the position in `sink.streams`. */
  readonly values: readonly ('msgpack' | 'json')[]
}

export type DrainMessage =
  /** By the position in `sink.streams`. */
  | { readonly kind: 'opened'; readonly checkpoints: readonly number[] }
  | {
      readonly kind: 'refused'
      readonly code: ErrorCode
      readonly detail: string
      readonly extra: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'batch'; readonly batch: DrainedBatch; readonly recordsPerSecond: number | undefined }
  | { readonly kind: 'state'; readonly state: DrainState }

/** The one thing main says. */
export type DrainRequest = { readonly kind: 'close' }
