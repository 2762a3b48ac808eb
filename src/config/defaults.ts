// The complete configuration that runs when a user writes none, and the filling of what a user left out.
import { availableParallelism } from 'node:os'
import * as limits from '../limits.ts'
import type { Config, UserConfig } from './config.ts'
import { orderStream } from './orders.ts'

/** The defaults. `dataDir` and the sink's file are relative until load.ts resolves them. */
export function defaultConfig(): Config {
  return {
    host: '127.0.0.1',
    port: 8080,
    opsHost: '127.0.0.1',
    opsPort: 8081,
    dataDir: 'data',
    engine: 'wasm',
    fastLane: true,
    // Two also on two cores: main, log and kernel wait for each other now and then, and one of them has what to do.
    kernelThreads: Math.max(2, availableParallelism() - 1),
    logLevel: 'info',
    streams: { orders: orderStream },
    ingress: { threads: 1 },
    limits: {
      recordBytesMax: limits.recordBytesMax,
      bodyBytesMax: limits.bodyBytesMax,
      inflatedBytesMax: limits.bodyBytesMax,
      headMs: limits.headMs,
      handshakeMs: limits.handshakeMs,
      bodyStallMs: limits.bodyStallMs,
      keepAliveMs: limits.keepAliveMs,
      queueWaitMs: limits.queueWaitMs,
      errorsListedMax: limits.errorsListedMax,
      slabCount: limits.slabCount,
      connectionsMax: limits.connectionsMax,
      connectionsPerAddressMax: limits.connectionsPerAddressMax,
    },
    log: {
      segmentBytes: limits.segmentBytes,
      backlogBytesMax: limits.backlogBytesMax,
      dedupeKeyCountMax: limits.dedupeKeyCountMax,
    },
    drain: {
      recordsPerSecond: Number.POSITIVE_INFINITY,
      batchBytesMax: limits.drainBatchBytesMax,
      pollMs: limits.drainPollMs,
    },
    sink: { kind: 'sqlite', file: 'sluice.db' },
  }
}

/**
 * Fills what `user` left out with the defaults. `streams` is taken whole: a user who names streams does not get
 * `orders` beside them.
 */
export function fillIn(user: UserConfig): Config {
  const base = defaultConfig()
  return {
    ...base,
    ...user,
    ingress: { ...base.ingress, ...user.ingress },
    limits: { ...base.limits, ...user.limits },
    log: { ...base.log, ...user.log },
    drain: { ...base.drain, ...user.drain },
    sink: { ...base.sink, ...user.sink },
  }
}
