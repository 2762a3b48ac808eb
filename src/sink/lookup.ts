// Reads of stored records as main sees them. While one message is with the thread the next reads gather, and equal ones
// share an answer, so many clients asking at once cost few hops and no timer.
// What always holds: every read ends; a dead thread costs the reads it had, and the next read starts another.
import { Worker } from 'node:worker_threads'
import { SluiceError } from '../errors.ts'
import { siblingModule } from '../modules.ts'
import type { Lookup, LookupAnswer, LookupReply, LookupRequest } from './lookup-messages.ts'
import type { SinkSetup } from './open.ts'
import type { SinkReader } from './sink.ts'

type Waiting = Lookup & { readonly promise: Promise<string | undefined>; settle(answer: LookupAnswer): void }

type State = {
  readonly setup: SinkSetup
  /** The next message, by stream and key. */
  gathering: Map<string, Waiting>
  /** With the thread; empty when it is idle. */
  sent: readonly Waiting[]
  worker: Worker | undefined
  closing: boolean
}

/** The thread is started by the first read. */
export function openLookup(setup: SinkSetup): SinkReader {
  const state: State = { setup, gathering: new Map(), sent: [], worker: undefined, closing: false }
  return {
    read: (streamIndex, key) => gather(state, streamIndex, key),
    close: () => close(state),
  }
}

function gather(state: State, streamIndex: number, key: string): Promise<string | undefined> {
  if (state.closing) return Promise.reject(new SluiceError('SINK_UNAVAILABLE', 'the sink is closed'))
  const id = `${streamIndex}:${key}`
  const known = state.gathering.get(id)
  if (known !== undefined) return known.promise
  const waiting = makeWaiting({ streamIndex, key })
  if (state.gathering.size === 0) queueMicrotask(() => send(state))
  state.gathering.set(id, waiting)
  return waiting.promise
}

function makeWaiting(lookup: Lookup): Waiting {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
  const settle = (answer: LookupAnswer) => {
    if ('code' in answer) reject(new SluiceError(answer.code, answer.detail))
    else resolve(answer.json)
  }
  return { ...lookup, promise, settle }
}

function send(state: State): void {
  if (state.sent.length > 0 || state.gathering.size === 0) return
  state.sent = [...state.gathering.values()]
  state.gathering = new Map()
  state.worker ??= startThread(state)
  const lookups = state.sent.map(({ streamIndex, key }) => ({ streamIndex, key }))
  state.worker.postMessage({ kind: 'read', lookups } satisfies LookupRequest)
}

function startThread(state: State): Worker {
  const worker = new Worker(siblingModule(import.meta.url, 'lookup-thread'), { workerData: state.setup })
  let reason = 'the thread that reads the sink ended'
  worker.on('message', (reply: LookupReply) => settleSent(state, (index) => reply[index]!))
  worker.on('error', (error) => {
    reason = `the thread that reads the sink died: ${error.stack ?? error.message}`
  })
  worker.on('exit', () => {
    if (state.worker === worker) state.worker = undefined
    settleSent(state, () => ({ code: 'SINK_UNAVAILABLE', detail: reason }))
  })
  return worker
}

function settleSent(state: State, answerAt: (index: number) => LookupAnswer): void {
  const { sent } = state
  state.sent = []
  for (const [index, waiting] of sent.entries()) waiting.settle(answerAt(index))
  send(state)
}

/** Answers what was asked before, then ends the thread. */
async function close(state: State): Promise<void> {
  state.closing = true
  while (state.sent.length > 0 || state.gathering.size > 0) {
    const open = [...state.sent, ...state.gathering.values()].map(({ promise }) => promise)
    await Promise.allSettled(open)
  }
  const { worker } = state
  if (worker === undefined) return
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.postMessage({ kind: 'close' } satisfies LookupRequest)
  await ended
}
