// What a user can configure, as types. `check.ts` checks a value against them, `defaults.ts` fills in the rest.
// Every limit has its unit in its name.
import type { EngineName } from '../kernel/engine.ts'
import type { JsonSchema } from '../schema/compile.ts'

/** Where the key of a record comes from: JSON pointers into the record (several are joined by U+001F), or a request header. */
export type KeyConfig = string | readonly string[] | { readonly header: string }

export type StreamConfig = {
  /** Where records are posted, such as `/api/order`; a record is read at `{path}/{key}`. */
  readonly path: string
  readonly schema: JsonSchema
  /** None: no deduplication, no reading by key. */
  readonly key?: KeyConfig
  /** What the log holds: canonical MessagePack (default), or the record's own bytes. The sink has the same rows either way. */
  readonly value?: 'msgpack' | 'json'
  /** Table in the sink; the stream's name by default. */
  readonly table?: string
  /** Requests a client address may make; without it there is no limit. */
  readonly rateLimit?: { readonly requestsPerSecond: number; readonly burst: number }
  /** Other documents `$ref` may name, by URI. Nothing is ever fetched. */
  readonly documents?: Readonly<Record<string, JsonSchema>>
}

/** Where the certificate and its key are, as PEM. Relative to the working directory. */
export type TlsConfig = {
  /** The certificate, then those that lead up to a root. */
  readonly certFile: string
  /** Not encrypted. */
  readonly keyFile: string
}

export type LimitsConfig = {
  readonly recordBytesMax: number
  readonly bodyBytesMax: number
  /** Cap on what a compressed body may inflate to. */
  readonly inflatedBytesMax: number
  readonly headMs: number
  /** A TLS handshake may take this long in all. */
  readonly handshakeMs: number
  /** A body may stand still this long. */
  readonly bodyStallMs: number
  readonly keepAliveMs: number
  /** A request waits this long for a free slab before it is shed with 503. */
  readonly queueWaitMs: number
  readonly errorsListedMax: number
  readonly slabCount: number
  readonly connectionsMax: number
  /** Connections of one client address, or one /64 network, at the same time. */
  readonly connectionsPerAddressMax: number
}

export type IngressConfig = {
  /** Threads that take connections, on one port; the kernel's threads and the log are the same for all of them. */
  readonly threads: number
}

export type LogConfig = {
  readonly segmentBytes: number
  /** Undrained log a stream may hold before its writers are shed. */
  readonly backlogBytesMax: number
  /** Keys remembered for deduplication, per stream: at least this many of the newest, at most twice as many. */
  readonly dedupeKeyCountMax: number
}

export type DrainConfig = {
  /** Pace of the drain, per stream; `Infinity` (in JSON: absent) drains as fast as the sink takes. */
  readonly recordsPerSecond: number
  readonly batchBytesMax: number
  readonly pollMs: number
}

export type SinkConfig = {
  readonly kind: 'sqlite'
  /** Relative to the data directory. */
  readonly file: string
}

/** A complete configuration. */
export type Config = {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  readonly opsHost: string
  readonly opsPort: number
  readonly dataDir: string
  readonly engine: EngineName
  /** Takes plain requests from bare sockets, before the HTTP framework; the answers are the same either way. */
  readonly fastLane: boolean
  /** Takes records over TLS, and not without it. */
  readonly tls?: TlsConfig
  readonly kernelThreads: number
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  readonly streams: Readonly<Record<string, StreamConfig>>
  readonly ingress: IngressConfig
  readonly limits: LimitsConfig
  readonly log: LogConfig
  readonly drain: DrainConfig
  readonly sink: SinkConfig
}

/** What a user writes: anything left out has its default. */
export type UserConfig = Partial<Omit<Config, 'ingress' | 'limits' | 'log' | 'drain' | 'sink'>> & {
  readonly ingress?: Partial<IngressConfig>
  readonly limits?: Partial<LimitsConfig>
  readonly log?: Partial<LogConfig>
  readonly drain?: Partial<DrainConfig>
  readonly sink?: Partial<SinkConfig>
}

/** Returns its argument; gives `sluice.config.ts` its types. */
export function defineConfig(config: UserConfig): UserConfig {
  return config
}
