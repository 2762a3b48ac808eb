// The log thread: owns the files of all streams and does one thing after the other. Requests that arrive while a commit
// runs make up the next one. Between commits it finds records, lets segments go, and tries a disk that failed.
// A broken invariant ends the thread, and main hears of it; a broken disk does not.
import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { parentPort, workerData } from 'node:worker_threads'
import { SluiceError } from '../errors.ts'
import type { Engine } from '../kernel/engine.ts'
import { openInstance } from '../kernel/instance.ts'
import { openLogRegion } from '../kernel/log-region.ts'
import { openSlab, readHeader, type Slab } from '../kernel/memory.ts'
import { makeStaging } from './blocks.ts'
import { commitSlabs } from './commit.ts'
import { errorCode, nodeDisk } from './disk.ts'
import { findRecord } from './find.ts'
import type { Failure, LogAnswer, LogRequest, ThreadSetup } from './messages.ts'
import { readProgress } from './progress.ts'
import { tendSpare } from './spare.ts'
import type { LogParts, StreamLog } from './stream.ts'
import { closeStreams, endOutages, noteDrained, openStreams, statsOf, streamSettings } from './streams.ts'

const retryMs = 100
const lookMs = 250

const port = parentPort
assert(port !== null, 'the log thread is started by log.ts')
const setup = workerData as ThreadSetup
const slabs = Array.from({ length: setup.map.slabCount }, (_, index) => openSlab(setup.memory, setup.map, index))
const logs = await start()
const waiting = logs.map((): Slab[] => [])
let turnIsDue = false
let closing = false
let retryIsDue = false
let told: string | undefined

setInterval(lookAtDrain, lookMs).unref()

port.on('message', (requests: readonly LogRequest[]) => {
  for (const request of requests) take(request)
  tell()
})
// A disk may be full from the start.
tell()

function say(...answers: LogAnswer[]): void {
  if (answers.length > 0) port?.postMessage(answers)
}

async function start(): Promise<readonly StreamLog[]> {
  try {
    const { logs, reports } = openStreams(await logParts(), streamSettings(setup.config), performance.now())
    say({ kind: 'opened', recovery: reports })
    return logs
  } catch (error) {
    say({ kind: 'refused', failure: asFailure(error) })
    return []
  }
}

async function logParts(): Promise<LogParts> {
  const { memory, map, progress } = setup
  return {
    disk: nodeDisk,
    engine: await openEngine(),
    region: openLogRegion(memory, map),
    staging: makeStaging(),
    progress,
  }
}

async function openEngine(): Promise<Engine> {
  const { config, memory, module, map, plans } = setup
  // No slab is run here, and nothing else needs scratch.
  if (config.engine === 'wasm') return openInstance({ memory, module, map, plans, scratchIndex: 0 })
  // Loaded only where it is wanted: a validator and its formats come with it.
  const { openReference } = await import('../kernel/reference.ts')
  return openReference({ memory, map, plans })
}

function take(request: LogRequest): void {
  switch (request.kind) {
    case 'commit':
      queueSlab(slabs[request.slabIndex]!)
      break
    case 'find':
      say(answerFind(request.id, logs[request.streamIndex]!, request.key))
      break
    case 'drained':
      noteDrained(logs[request.streamIndex]!, request.nextOffset, performance.now())
      break
    case 'stats':
      say({ kind: 'stats', id: request.id, stats: logs.map(statsOf) })
      break
    case 'close':
      closing = true
      planTurn()
  }
}

function queueSlab(slab: Slab): void {
  waiting[readHeader(slab, 'streamIndex')]!.push(slab)
  planTurn()
}

// A turn comes after all messages that are there were taken, and lets the next ones in before the turn after it.
function planTurn(): void {
  if (turnIsDue) return
  turnIsDue = true
  setImmediate(takeTurn)
}

/** At most one commit a stream. */
function takeTurn(): void {
  turnIsDue = false
  for (const [index, log] of logs.entries()) commitWaiting(log, waiting[index]!)
  tell()
  if (waiting.some((queue) => queue.length > 0)) planTurn()
  else if (closing) void shutDown()
}

function commitWaiting(log: StreamLog, queue: Slab[]): void {
  if (queue.length === 0) return
  const nowMs = performance.now()
  const committed = queue.splice(0, commitSlabs(log, queue, nowMs))
  say({ kind: 'committed', slabIndexes: committed.map(({ index }) => index) })
  tendSpare(log, nowMs)
}

// Main tells of every batch that was drained; but what was drained before this start is only published.
function lookAtDrain(): void {
  for (const log of logs) {
    const drained = readProgress(log.progress, log.settings.streamIndex, 'drained')
    if (drained > log.drainedOffset) noteDrained(log, drained, performance.now())
  }
}

function answerFind(id: number, log: StreamLog, key: string): LogAnswer {
  try {
    return { kind: 'found', id, found: findRecord(log, Buffer.from(key)) }
  } catch (error) {
    return { kind: 'failed', id, failure: asFailure(error) }
  }
}

/** Tells main when an outage began or ended, and what went wrong without one; while there is one, tries again. */
function tell(): void {
  const outage = logs.find((log) => log.outage !== undefined)?.outage
  const notices = logs.flatMap((log) => log.notices.splice(0))
  if (outage?.code !== told || notices.length > 0) {
    const detail = [...(outage === undefined ? [] : [outage.detail]), ...notices].join('; ')
    say({ kind: 'state', code: outage?.code, detail: detail === '' ? 'the log is writing again' : detail })
    told = outage?.code
  }
  if (outage !== undefined) planRetry()
}

function planRetry(): void {
  if (retryIsDue || closing) return
  retryIsDue = true
  setTimeout(() => {
    retryIsDue = false
    if (closing) return
    endOutages(logs, performance.now())
    tell()
  }, retryMs).unref()
}

async function shutDown(): Promise<void> {
  await closeStreams(logs)
  // Nothing keeps the thread then, and main waits for its end.
  port?.close()
}

function asFailure(error: unknown): Failure {
  if (error instanceof SluiceError) return { code: error.code, detail: error.message, extra: error.extra }
  const detail = error instanceof Error ? error.message : String(error)
  return { code: 'LOG_UNAVAILABLE', detail: `the log cannot be read: ${detail}`, extra: { cause: errorCode(error) } }
}
