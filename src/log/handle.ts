// Talks to the log thread. Slabs go and come through shared memory, everything else in messages; the requests of one tick
// ring the thread's bell once.
// What always holds: every `done` is called and every promise settled, also when the thread dies; then as refused, although
// records of a commit under way may be on disk: a repeat of them is answered `duplicate` after the next start.
import assert from 'node:assert/strict'
import { Worker } from 'node:worker_threads'
import { SluiceError } from '../errors.ts'
import { commitStatus } from '../kernel/abi.ts'
import { openSlab } from '../kernel/memory.ts'
import { siblingModule } from '../modules.ts'
import { refuseSlab } from './judge.ts'
import type { DataLock } from './lock.ts'
import type { Found, Log, LogOptions, LogStats, RecoveryReport } from './log.ts'
import { type Mailbox, makeMailbox, openMailbox, put, ring, take } from './mailbox.ts'
import { type LogAnswer, type LogRequest, lookInMailbox, type ThreadSetup } from './messages.ts'
import { makeProgress } from './progress.ts'

type Handle = {
  readonly options: LogOptions
  readonly worker: Worker
  readonly toLog: Mailbox
  readonly fromLog: Mailbox
  /** The thread is told at the end of this tick. */
  ringIsPlanned: boolean
  /** What goes with the next message. */
  outbox: LogRequest[]
  readonly done: Map<number, () => void>
  /** Who waits for which answer; without one the thread is gone. */
  readonly replies: Map<number, (answer: LogAnswer | undefined) => void>
  nextId: number
  /** The thread has ended, or is about to because it was asked to. */
  ending: 'no' | 'asked' | 'ended'
}

/** Starts the thread and waits until it has opened the files. The lock is released when the log is closed. */
export async function startThread(options: LogOptions, lock: DataLock): Promise<Log> {
  const { config, memory, module, map, plans } = options
  const progress = makeProgress(Object.keys(config.streams).length)
  const toLog = makeMailbox()
  const fromLog = makeMailbox()
  const workerData: ThreadSetup = { config, memory, module, map, plans, progress, toLog, fromLog }
  const worker = new Worker(siblingModule(import.meta.url, 'thread'), { workerData })
  const recovery = await opened(worker)
  const handle: Handle = {
    options,
    worker,
    toLog: openMailbox(toLog),
    fromLog: openMailbox(fromLog),
    ringIsPlanned: false,
    outbox: [],
    done: new Map(),
    replies: new Map(),
    nextId: 0,
    ending: 'no',
  }
  worker.on('message', (answer: LogAnswer | typeof lookInMailbox) => {
    if (answer === lookInMailbox) takeDone(handle)
    else hear(handle, answer)
  })
  worker.on('error', (error) => end(handle, `the log thread died: ${error.stack ?? error.message}`))
  worker.on('exit', () => end(handle, 'the log thread ended by itself'))
  return { recovery, progress, ...makeCalls(handle, lock) }
}

/** Resolves with what the thread found on disk. */
function opened(worker: Worker): Promise<readonly RecoveryReport[]> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      // By name: without one, the listeners by which a Worker watches its own would go as well, and it would fall silent.
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
      act()
    }
    worker.once('message', (answer: LogAnswer) => {
      if (answer.kind !== 'opened') void worker.terminate()
      settle(() => (answer.kind === 'opened' ? resolve(answer.recovery) : reject(errorOf(answer))))
    })
    worker.once('error', (error) => settle(() => reject(error)))
    worker.once('exit', (code) => settle(() => reject(new Error(`the log thread ended with ${code} while it opened`))))
  })
}

function makeCalls(handle: Handle, lock: DataLock): Omit<Log, 'recovery' | 'progress'> {
  return {
    commit: (slabIndex, done) => {
      handle.done.set(slabIndex, done)
      if (handle.ending === 'ended') queueMicrotask(() => refuse(handle, slabIndex))
      else {
        put(handle.toLog, slabIndex)
        planRing(handle)
      }
    },
    find: (stream, key) => find(handle, streamIndexOf(handle, stream), key),
    drained: (stream, nextOffset) => {
      send(handle, { kind: 'drained', streamIndex: streamIndexOf(handle, stream), nextOffset })
    },
    stats: () => stats(handle),
    close: async () => {
      await closeThread(handle)
      lock.release()
    },
  }
}

function streamIndexOf({ options }: Handle, stream: string): number {
  const index = Object.keys(options.config.streams).indexOf(stream)
  assert(index >= 0, `no stream ${stream}`)
  return index
}

function send(handle: Handle, request: LogRequest): void {
  handle.outbox.push(request)
  planRing(handle)
}

function planRing(handle: Handle): void {
  if (handle.ringIsPlanned) return
  handle.ringIsPlanned = true
  queueMicrotask(() => {
    handle.ringIsPlanned = false
    if (handle.outbox.length > 0) {
      handle.worker.postMessage(handle.outbox)
      handle.outbox = []
    }
    // Last: the thread looks for both when it hears the bell.
    ring(handle.toLog)
  })
}

function takeDone(handle: Handle): void {
  for (let index = take(handle.fromLog); index >= 0; index = take(handle.fromLog)) finish(handle, index)
}

/** Sends a request; `reply` is called once, with its answer or without one. */
function ask(
  handle: Handle,
  request: (id: number) => LogRequest,
  reply: (answer: LogAnswer | undefined) => void,
): void {
  if (handle.ending === 'ended') {
    reply(undefined)
    return
  }
  const id = handle.nextId++
  handle.replies.set(id, reply)
  send(handle, request(id))
}

function find(handle: Handle, streamIndex: number, key: string): Promise<Found> {
  return new Promise((resolve, reject) => {
    ask(
      handle,
      (id) => ({ kind: 'find', id, streamIndex, key }),
      (answer) => (answer?.kind === 'found' ? resolve(answer.found) : reject(errorOf(answer))),
    )
  })
}

function stats(handle: Handle): Promise<readonly LogStats[]> {
  return new Promise((resolve, reject) => {
    ask(
      handle,
      (id) => ({ kind: 'stats', id }),
      (answer) => (answer?.kind === 'stats' ? resolve(answer.stats) : reject(errorOf(answer))),
    )
  })
}

function hear(handle: Handle, answer: LogAnswer): void {
  switch (answer.kind) {
    case 'found':
    case 'stats':
    case 'failed':
      reply(handle, answer.id, answer)
      break
    case 'state':
      handle.options.onState({ code: answer.code, fatal: false, detail: answer.detail })
      break
    case 'opened':
    case 'refused':
      throw new Error(`the log thread said '${answer.kind}' a second time`)
  }
}

function reply(handle: Handle, id: number, answer: LogAnswer | undefined): void {
  const waiting = handle.replies.get(id)
  handle.replies.delete(id)
  waiting?.(answer)
}

function finish(handle: Handle, slabIndex: number): void {
  const done = handle.done.get(slabIndex)
  // Deleted first: `done` may hand the slab over again.
  handle.done.delete(slabIndex)
  done?.()
}

/** The thread is gone, and its slabs are main's again. */
function refuse(handle: Handle, slabIndex: number): void {
  const { memory, map } = handle.options
  refuseSlab(openSlab(memory, map, slabIndex), commitStatus.LOG_UNAVAILABLE)
  finish(handle, slabIndex)
}

function end(handle: Handle, detail: string): void {
  if (handle.ending === 'ended') return
  const isFatal = handle.ending === 'no'
  handle.ending = 'ended'
  // What it has said is true all the same.
  takeDone(handle)
  for (const slabIndex of [...handle.done.keys()]) refuse(handle, slabIndex)
  for (const id of [...handle.replies.keys()]) reply(handle, id, undefined)
  if (isFatal) handle.options.onState({ code: 'LOG_UNAVAILABLE', fatal: true, detail })
}

async function closeThread(handle: Handle): Promise<void> {
  if (handle.ending !== 'no') return
  handle.ending = 'asked'
  const exited = new Promise<void>((resolve) => handle.worker.once('exit', () => resolve()))
  send(handle, { kind: 'close' })
  await exited
}

function errorOf(answer: LogAnswer | undefined): SluiceError {
  if (answer?.kind === 'failed' || answer?.kind === 'refused') {
    const { code, detail, extra } = answer.failure
    return new SluiceError(code, detail, extra)
  }
  return new SluiceError('LOG_UNAVAILABLE', 'the log thread has ended')
}
