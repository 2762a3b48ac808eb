// Wires the server by hand, in the order of the data, and takes it down in the opposite one. What each part does is said in
// its own file; here is only who is handed what.
// What always holds: the record listener opens last and closes first; the operators' listener is there all the while.
import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import { compileStreams, streamNames } from './config/streams.ts'
import { type Drain, type DrainState, openDrain } from './drain/drain.ts'
import { type Certificate, readCertificate } from './ingress/certificate.ts'
import { type Entrance, makeEntrance } from './ingress/entrance.ts'
import { makeStoredWatch, type StoredWatch } from './ingress/stored.ts'
import { type Layout, layOut } from './kernel/memory.ts'
import { loadKernel } from './kernel/module.ts'
import { openPool, type Pool, scratchCountFor } from './kernel/pool.ts'
import { shutdownMs } from './limits.ts'
import { type Log, openLog, type RecoveryReport } from './log/log.ts'
import { readProgress } from './log/progress.ts'
import { readSecret } from './log/secret.ts'
import { siblingModule } from './modules.ts'
import { type Health, makeHealth } from './ops/health.ts'
import { makeLogger } from './ops/logging.ts'
import { type Counts, type Metrics, makeMetrics, type Snapshot } from './ops/metrics.ts'
import { openOps } from './ops/server.ts'
import { openApi } from './schema/openapi.ts'
import { version } from './version.ts'

/** A running server. */
export type Sluice = {
  /** Where records are taken, such as `http://127.0.0.1:8080`. */
  readonly url: string
  /** Where operators look. */
  readonly opsUrl: string
  readonly recovery: readonly RecoveryReport[]
  /** Resolves with the reason when a part that cannot be replaced died; what is left is to close and to start again. */
  readonly failed: Promise<string>
  /**
   * Reads the files of the certificate again and shows it to the connections to come; without TLS it does nothing.
   * @throws SluiceError CONFIG_INVALID when they are no certificate; the one that was shown is shown on.
   */
  renewCertificate(): Promise<void>
  /** Not ready → no new requests → those under way answered → last commit → everything closed. */
  close(): Promise<void>
}

/** What the parts share from the first step on. */
type Base = {
  readonly config: Config
  readonly logger: Logger
  readonly health: Health
  readonly module: WebAssembly.Module
  readonly layout: Layout
  readonly certificate: Certificate | undefined
  readonly fail: (reason: string) => void
}

/** The parts that hold threads, as far as they are open. */
type Parts = {
  log?: Log
  drain?: Drain
  entrance?: Entrance<Counts>
  url?: string
  logRefusal?: 'LOG_UNAVAILABLE' | 'STORAGE_FULL' | undefined
}

/**
 * Starts everything a configuration names; resolves once records are taken.
 * @throws SluiceError CONFIG_INVALID, SCHEMA_UNSUPPORTED, KERNEL_FAILED, LOG_DAMAGED, LOG_UNAVAILABLE, SINK_MISMATCH or
 * SINK_UNAVAILABLE; nothing is left running then.
 */
export async function startSluice(config: Config, logger: Logger = makeLogger(config.logLevel)): Promise<Sluice> {
  const { promise: failed, resolve: fail } = Promise.withResolvers<string>()
  const health = makeHealth(Date.now)
  const parts: Parts = {}
  await using opened = new AsyncDisposableStack()

  health.block('start', 'the log is being recovered')
  const certificate = config.tls && (await readCertificate(config.tls))
  const base: Base = { config, logger, health, certificate, fail, ...(await makeKernel(config)) }
  const metrics = makeMetrics(streamNames(config), () => snapshotOf(config, parts))
  opened.defer(async () => metrics.close())
  const ops = await openOps({
    host: config.opsHost,
    port: config.opsPort,
    health,
    metrics,
    openApi: () => JSON.stringify(openApi(config, parts.url ?? '', version)),
    logger,
  })
  opened.defer(() => ops.close())

  const log = await openLogOf(base, parts)
  opened.defer(() => log.close())
  const stored = makeStoredWatch(
    base.layout.plans.map(({ streamIndex }) => readProgress(log.progress, streamIndex, 'drained')),
  )
  const drain = await openDrainOf(base, parts, log, stored)
  opened.defer(() => drain.close())
  parts.drain = drain
  const pool = await openPoolOf(base)
  opened.defer(() => pool.close())
  const entrance = makeEntranceOf(base, parts, { log, drain, pool, stored, metrics })
  parts.entrance = entrance
  const address = await entrance.open()
  opened.defer(() => entrance.close(shutdownMs / 2))

  parts.url = urlOf(address, config.tls ? 'https' : 'http')
  health.clear('start')
  const rest = opened.move()
  return {
    url: parts.url,
    opsUrl: urlOf(ops),
    recovery: log.recovery,
    failed,
    async renewCertificate() {
      if (config.tls) entrance.renew(await readCertificate(config.tls))
    },
    close: async () => {
      health.block('server', 'it is shutting down')
      await rest.disposeAsync()
    },
  }
}

async function makeKernel(config: Config): Promise<{ module: WebAssembly.Module; layout: Layout }> {
  const compiled = compileStreams(config)
  const layout = layOut({
    slabCount: config.limits.slabCount,
    scratchCount: scratchCountFor(config.kernelThreads, config.ingress.threads),
    secret: await readSecret(config.dataDir),
    compiled,
  })
  return { module: await loadKernel('shared'), layout }
}

async function openLogOf({ config, logger, health, module, layout, fail }: Base, parts: Parts): Promise<Log> {
  const log = await openLog({
    config,
    module,
    ...layout,
    onState: ({ code, fatal, detail }) => {
      parts.logRefusal = code
      parts.entrance?.refuseWith(code)
      if (code === undefined) health.clear('log')
      else health.block('log', `${code}: ${detail}`)
      if (code === undefined) logger.info({ detail }, 'The log')
      else logger.error({ code, detail }, 'The log takes no records')
      if (fatal) fail(detail)
    },
  })
  parts.log = log
  for (const report of log.recovery) {
    if (report.tornBytes > 0) logger.warn(report, 'A torn tail was cut from the log; a copy is kept')
    else logger.info(report, 'The log is open')
  }
  return log
}

async function openDrainOf(
  { config, logger, health, layout, fail }: Base,
  parts: Parts,
  log: Log,
  stored: StoredWatch,
): Promise<Drain> {
  const names = streamNames(config)
  return openDrain({
    config,
    plans: layout.plans,
    progress: log.progress,
    onBatch: (batch) => {
      const stream = names[batch.streamIndex] ?? ''
      log.drained(stream, batch.nextOffset)
      stored.onBatch(batch)
      parts.entrance?.stored(batch)
      if (batch.refused.length > 0) logger.warn({ stream, refused: batch.refused }, 'Records went to the dead letters')
    },
    onState: (state: DrainState) => {
      const part = `drain ${state.stream ?? ''}`.trim()
      if (state.state === 'ok') health.clear(part)
      else health.warn(part, `${state.state}: ${state.reason ?? ''}`)
      logger[state.state === 'ok' ? 'info' : 'error'](state, 'The drain')
      if (state.fatal) fail(state.reason ?? 'the drain thread died')
    },
  })
}

function openPoolOf({ config, module, layout }: Base): Promise<Pool> {
  return openPool({ engine: config.engine, module, ...layout }, config.kernelThreads)
}

type Wired = { log: Log; drain: Drain; pool: Pool; stored: StoredWatch; metrics: Metrics }

function makeEntranceOf(base: Base, parts: Parts, { log, drain, pool, stored, metrics }: Wired): Entrance<Counts> {
  const { config, logger, module, layout, certificate, fail } = base
  const names = streamNames(config)
  return makeEntrance({
    ...layout,
    module,
    config,
    entry: siblingModule(import.meta.url, 'ingress-thread'),
    pool,
    log,
    readStored: (streamIndex, key) => drain.read(streamIndex, key),
    progress: log.progress,
    stored,
    logRefusal: () => parts.logRefusal,
    drainRecordsPerSecond: (streamIndex) =>
      drain.stats().find(({ stream }) => stream === names[streamIndex])?.recordsPerSecond,
    meter: metrics,
    certificate,
    logger,
    now: Date.now,
    onDeath: fail,
  })
}

async function snapshotOf(config: Config, { log, drain, entrance }: Parts): Promise<Snapshot> {
  const loads = (await entrance?.load()) ?? []
  return {
    log: (await log?.stats()) ?? [],
    drain: drain?.stats() ?? [],
    slabs: config.limits.slabCount,
    freeSlabs: loads.reduce((sum, { freeSlabs }) => sum + freeSlabs, 0),
    chunksInFlight: loads.reduce((sum, { chunksInFlight }) => sum + chunksInFlight, 0),
    countsOfThreads: loads.map(({ counts }) => counts).filter((counts) => counts !== undefined),
  }
}

function urlOf({ host, port }: { readonly host: string; readonly port: number }, scheme = 'http'): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
