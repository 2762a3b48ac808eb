// What the ingress is handed by whoever wires it: every part it speaks to, as a type. It opens nothing itself, and a test
// can stand in for any of them.
import type { Config, StreamConfig } from '../config/config.ts'
import { keyHeader } from '../config/streams.ts'
import type { ErrorCode } from '../errors.ts'
import { type Limiter, makeLimiter, type Verdict } from '../guard/limiter.ts'
import type { Plan } from '../kernel/engine.ts'
import { rateLimitAddressesMax } from '../limits.ts'
import type { Log } from '../log/log.ts'
import type { SchemaLocation } from '../schema/compile.ts'
import type { Certificate } from './certificate.ts'
import type { GateFailure } from './gate.ts'
import type { Intake } from './intake.ts'
import type { Crowd } from './lane/crowd.ts'
import type { StoredWatch } from './stored.ts'

/** How a record ended. Every record ends as exactly one of these. */
export type OutcomeName = 'accepted' | 'duplicate' | 'conflict' | 'invalid' | 'refused'

/** `status` is `aborted` when the client left before its answer was written. */
export type CountRequest = (status: number | 'aborted', seconds: number) => void

/** Hears what the operators want to count. */
export type Meter = {
  records(streamIndex: number, outcome: OutcomeName, count: number): void
  /** Returns what counts the requests of a route and method, and how long they took. It is to be kept. */
  requests(route: string, method: string): CountRequest
  /** Counts one connection, once: as taken, as one too many, or by how its handshake failed. */
  connection(outcome: 'taken' | 'dropped' | GateFailure): void
}

export type ServerLogger = {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** The counts of limits that hold for the process, kept where all threads can ask. */
export type Shared = {
  readonly crowd: Crowd
  /** Takes one request of the address's rate in a stream that has a limit. */
  readonly admitAddress: (streamIndex: number, address: string) => Promise<Verdict>
}

export type ServerDeps = {
  readonly config: Config
  /** In the streams' order. */
  readonly plans: readonly Plan[]
  readonly intake: Pick<Intake, 'put' | 'room' | 'hasRoom'>
  readonly log: Pick<Log, 'find'>
  /** The JSON text of the record the sink stored under a key. @throws SluiceError SINK_UNAVAILABLE */
  readonly readStored: (streamIndex: number, key: string) => Promise<string | undefined>
  /** Shared progress of all streams, see log/progress.ts. */
  readonly progress: SharedArrayBuffer
  readonly stored: StoredWatch
  /** Why the log takes no writes at the moment, if it does not. */
  readonly logRefusal: () => 'LOG_UNAVAILABLE' | 'STORAGE_FULL' | undefined
  /** The drain's measured pace of a stream; undefined before its first batch. */
  readonly drainRecordsPerSecond: (streamIndex: number) => number | undefined
  readonly meter: Meter
  /** Set when connections are to be TLS. */
  readonly certificate?: Certificate | undefined
  /** What is counted for all threads together, when several take connections. */
  readonly shared?: Shared | undefined
  readonly logger: ServerLogger
  /** Unix time in ms. The intake's deadlines are read against the same clock. */
  readonly now: () => number
}

/** A stream as the routes know it. */
export type IngressStream = {
  readonly index: number
  readonly name: string
  readonly path: string
  readonly hasKey: boolean
  /** Lower case; set when the key comes in a header. */
  readonly keyHeader: string | undefined
  /** The stored value is the record's own bytes. */
  readonly valueIsJson: boolean
  readonly locations: readonly SchemaLocation[]
  readonly limiter: Limiter | undefined
}

/** What changes while the server runs. */
export type ServerState = {
  closing: boolean
  /** Bytes of unfinished records that requests hold. */
  heldBytes: number
}

export type Ingress = {
  readonly deps: ServerDeps
  readonly state: ServerState
  readonly streams: readonly IngressStream[]
}

/** What a request ends with when it is not taken: the code and words for a person. */
export type Refusal = { readonly code: ErrorCode; readonly detail: string }

export function makeIngress(deps: ServerDeps): Ingress {
  const streams = Object.entries(deps.config.streams).map(([name, stream], index): IngressStream => {
    return {
      index,
      name,
      path: stream.path,
      hasKey: stream.key !== undefined,
      keyHeader: keyHeader(stream.key),
      valueIsJson: stream.value === 'json',
      locations: deps.plans[index]?.compiled.locations ?? [],
      limiter: limiterOf(stream),
    }
  })
  return { deps, state: { closing: false, heldBytes: 0 }, streams }
}

export function limiterOf({ rateLimit }: StreamConfig): Limiter | undefined {
  return rateLimit && makeLimiter(rateLimit.requestsPerSecond, rateLimit.burst, rateLimitAddressesMax)
}
