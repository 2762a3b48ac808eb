// The logs of all configured streams: opened together, tended together, asked together.
import type { Config } from '../config/config.ts'
import { floorBlock } from './blocks.ts'
import { keyCount } from './dedupe.ts'
import type { LogStats, RecoveryReport } from './log.ts'
import { endOutage, tryRoll } from './outage.ts'
import { recoverStream } from './recover.ts'
import { retireSegments } from './retain.ts'
import { streamDirectory } from './segment.ts'
import { dropDraft } from './spare.ts'
import {
  backlogBytes,
  type LogParts,
  publishCommitted,
  type StreamLog,
  type StreamSettings,
  startOffset,
} from './stream.ts'

/** How each stream of the configuration is kept, in the order of `streamIndex`. */
export function streamSettings(config: Config): StreamSettings[] {
  return Object.entries(config.streams).map(([name, stream], streamIndex) => ({
    name,
    streamIndex,
    directory: streamDirectory(config.dataDir, name),
    segmentBytes: floorBlock(config.log.segmentBytes),
    dedupeKeyCountMax: stream.key === undefined ? undefined : config.log.dedupeKeyCountMax,
  }))
}

export type Opened = { readonly logs: readonly StreamLog[]; readonly reports: readonly RecoveryReport[] }

/**
 * Recovers every stream and gives each a file to write to. A disk that is full is no reason not to start: reading goes on.
 * @throws SluiceError LOG_DAMAGED; otherwise what the disk throws.
 */
export function openStreams(parts: LogParts, settings: readonly StreamSettings[], nowMs: number): Opened {
  const recovered = settings.map((one) => recoverStream(parts, one))
  const logs = recovered.map(({ log }) => log)
  for (const log of logs) if (log.active === undefined) tryRoll(log, nowMs)
  // Only now: a log without a file has not asked its file system before.
  return { logs, reports: recovered.map(({ log, report }) => ({ ...report, directWrites: log.isDirect })) }
}

/** Takes in how far the sink is, so that segments may go. */
export function noteDrained(log: StreamLog, nextOffset: number, nowMs: number): void {
  log.drainedOffset = Math.max(log.drainedOffset, nextOffset)
  publishCommitted(log)
  retireSegments(log, nowMs)
}

/** Tries to end outages. */
export function endOutages(logs: readonly StreamLog[], nowMs: number): void {
  for (const log of logs) endOutage(log, nowMs)
}

export function statsOf(log: StreamLog): LogStats {
  return {
    stream: log.settings.name,
    committedOffset: log.nextOffset,
    drainedOffset: log.drainedOffset,
    startOffset: startOffset(log),
    backlogBytes: backlogBytes(log),
    segmentCount: log.segments.length,
    commitCount: log.commitCount,
    syncMsTotal: log.syncMsTotal,
    directWrites: log.isDirect,
    dedupeKeyCount: log.dedupe === undefined ? 0 : keyCount(log.dedupe),
    unavailable: log.outage?.code,
  }
}

/** Closes the files, once no commit is under way. Everything committed is durable already. */
export async function closeStreams(logs: readonly StreamLog[]): Promise<void> {
  await Promise.all(logs.map((log) => log.filling))
  for (const log of logs) {
    dropDraft(log)
    if (log.active !== undefined) log.disk.close(log.active.file)
    log.active = undefined
  }
}
