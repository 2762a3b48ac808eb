// The log thread: owns the files of all streams and does one thing after the other. Requests that arrive while a commit
// runs make up the next one. Between commits it finds records, lets segments go, and tries a disk that failed. It sleeps on
// the bell of its mailbox and not in the event loop, which would cost more; what needs the event loop gets a turn of it.
// A broken invariant ends the thread, and main hears of it; a broken disk does not.
import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { setImmediate as turnOfEventLoop } from 'node:timers/promises'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { SluiceError } from '../errors.ts'
import type { Engine } from '../kernel/engine.ts'
import { openInstance } from '../kernel/instance.ts'
import { openLogRegion } from '../kernel/log-region.ts'
import { openSlab, readHeader, type Slab } from '../kernel/memory.ts'
import { makeStaging } from './blocks.ts'
import { commitSlabs } from './commit.ts'
import { errorCode, nodeDisk } from './disk.ts'
import { findRecord } from './find.ts'
import { openMailbox, put, readBell, sleepUntilBell, take } from './mailbox.ts'
import { type Failure, type LogAnswer, type LogRequest, lookInMailbox, type ThreadSetup } from './messages.ts'
import { readProgress } from './progress.ts'
import { tendSpare } from './spare.ts'
import type { LogParts, StreamLog } from './stream.ts'
import { closeStreams, endOutages, noteDrained, openStreams, statsOf, streamSettings } from './streams.ts'

const retryMs = 100
const lookMs = 250
/** A piece of a spare file takes milliseconds, and a commit that comes meanwhile ends the sleep. */
const fillingSleepMs = 10

const port = parentPort
assert(port !== null, 'the log thread is started by log.ts')
const setup = workerData as ThreadSetup
const toLog = openMailbox(setup.toLog)
const fromLog = openMailbox(setup.fromLog)
const slabs = Array.from({ length: setup.map.slabCount }, (_, index) => openSlab(setup.memory, setup.map, index))
const opened = await start()
const logs = opened ?? []
const waiting = logs.map((): Slab[] => [])
let closing = false
let told: string | undefined
let lookAtMs = 0
let retryAtMs = Number.POSITIVE_INFINITY

// If not, main was told why, and there is nothing to do.
if (opened !== undefined) await run()

/** Works until main asks to close. The thread sleeps on its bell; the event loop serves what runs beside. */
async function run(): Promise<void> {
  // A disk may be full from the start.
  tell()
  for (;;) {
    const heard = readBell(toLog)
    takeRequests()
    takeSlabs()
    commitTurn()
    const nowMs = performance.now()
    const looked = tend(nowMs)
    tell()
    if (waiting.every(isEmpty)) {
      if (closing) break
      sleepUntilBell(toLog, heard, sleepMs(nowMs))
    }
    // Now and then also for Node's own sake.
    if (looked || logs.some(isFilling)) await turnOfEventLoop()
  }
  await closeStreams(logs)
}

function say(answer: LogAnswer): void {
  port?.postMessage(answer)
}

async function start(): Promise<readonly StreamLog[] | undefined> {
  try {
    const { logs, reports } = openStreams(await logParts(), streamSettings(setup.config), performance.now())
    say({ kind: 'opened', recovery: reports })
    return logs
  } catch (error) {
    say({ kind: 'refused', failure: asFailure(error) })
    return undefined
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

// Slabs that were handed over before a request are known when it is answered: none is left behind when `close` is.
function takeRequests(): void {
  for (let message = receiveMessageOnPort(port!); message !== undefined; message = receiveMessageOnPort(port!)) {
    takeSlabs()
    for (const request of message.message as readonly LogRequest[]) answer(request)
  }
}

function answer(request: LogRequest): void {
  switch (request.kind) {
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
  }
}

function takeSlabs(): void {
  for (let index = take(toLog); index >= 0; index = take(toLog)) {
    const slab = slabs[index]!
    waiting[readHeader(slab, 'streamIndex')]!.push(slab)
  }
}

/** At most one commit a stream. */
function commitTurn(): void {
  for (let index = 0; index < logs.length; index++) {
    const queue = waiting[index]!
    if (queue.length > 0) commitWaiting(logs[index]!, queue)
  }
}

function commitWaiting(log: StreamLog, queue: Slab[]): void {
  const nowMs = performance.now()
  const count = commitSlabs(log, queue, nowMs)
  for (let index = 0; index < count; index++) put(fromLog, queue[index]!.index)
  port?.postMessage(lookInMailbox)
  if (count === queue.length) queue.length = 0
  else queue.splice(0, count)
  tendSpare(log, nowMs)
}

/** Does what is due by the clock; whether it looked at the drain. */
function tend(nowMs: number): boolean {
  if (nowMs >= retryAtMs) {
    retryAtMs = Number.POSITIVE_INFINITY
    if (!closing) endOutages(logs, nowMs)
  }
  if (nowMs < lookAtMs) return false
  lookAtMs = nowMs + lookMs
  lookAtDrain(nowMs)
  return true
}

function sleepMs(nowMs: number): number {
  if (logs.some(isFilling)) return fillingSleepMs
  return Math.max(0, Math.min(lookAtMs, retryAtMs) - nowMs)
}

function isEmpty(queue: readonly Slab[]): boolean {
  return queue.length === 0
}

function isFilling(log: StreamLog): boolean {
  return log.filling !== undefined
}

// Main tells of every batch that was drained; but what was drained before this start is only published.
function lookAtDrain(nowMs: number): void {
  for (const log of logs) {
    const drained = readProgress(log.progress, log.settings.streamIndex, 'drained')
    if (drained > log.drainedOffset) noteDrained(log, drained, nowMs)
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
  const outage = logs.find(isOut)?.outage
  if (outage?.code !== told || logs.some(hasNotices)) tellState(outage)
  if (outage !== undefined) retryAtMs = Math.min(retryAtMs, performance.now() + retryMs)
}

function isOut(log: StreamLog): boolean {
  return log.outage !== undefined
}

function hasNotices(log: StreamLog): boolean {
  return log.notices.length > 0
}

function tellState(outage: StreamLog['outage']): void {
  const notices = logs.flatMap((log) => log.notices.splice(0))
  const detail = [...(outage === undefined ? [] : [outage.detail]), ...notices].join('; ')
  say({ kind: 'state', code: outage?.code, detail: detail === '' ? 'the log is writing again' : detail })
  told = outage?.code
}

function asFailure(error: unknown): Failure {
  if (error instanceof SluiceError) return { code: error.code, detail: error.message, extra: error.extra }
  const detail = error instanceof Error ? error.message : String(error)
  return { code: 'LOG_UNAVAILABLE', detail: `the log cannot be read: ${detail}`, extra: { cause: errorCode(error) } }
}
