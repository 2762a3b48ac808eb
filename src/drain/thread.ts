// The drain thread: opens the sink, goes on at its checkpoints, and drains until it is told to close.
// What always holds: `drained` is published, and the batch told to main, only after the sink's commit was durable.
import { parentPort, workerData } from 'node:worker_threads'
import { SluiceError } from '../errors.ts'
import { publishProgress, readProgress } from '../log/progress.ts'
import { openSink } from '../sink/open.ts'
import type { Sink, SinkStream } from '../sink/sink.ts'
import { openDeadLetters } from './dead-letters.ts'
import { type Flow, makeFlow } from './flow.ts'
import { type LoopDeps, runLoop } from './loop.ts'
import type { DrainMessage, DrainSetup } from './messages.ts'
import { makePace, recordsPerSecond } from './pace.ts'
import { openSource } from './source.ts'
import { makeWaker } from './wake.ts'

const port = parentPort!
const setup = workerData as DrainSetup
const { progress } = setup
let isStopping = false

function tell(message: DrainMessage): void {
  port.postMessage(message)
}

const waker = makeWaker(progress, setup.drain.pollMs)
port.on('message', () => {
  isStopping = true
  waker.wake()
})

async function openFlow(sink: Sink, stream: SinkStream, position: number): Promise<Flow> {
  const { dataDir } = setup.sink
  const { streamIndex, name } = stream
  const checkpoint = await sink.checkpoint(streamIndex)
  const value = setup.values[position]!
  const source = openSource({ dataDir, stream: name, streamIndex, progress, from: checkpoint, value })
  const deadLetters = openDeadLetters({ dataDir, stream: name, checkpoint })
  const { drain } = setup
  publishProgress(progress, streamIndex, 'drained', checkpoint)
  const pace = makePace(drain.recordsPerSecond, drain.pollMs, performance.now())
  return makeFlow({ stream, source, deadLetters, pace, nextOffset: checkpoint })
}

function loopDeps(sink: Sink): LoopDeps {
  return {
    sink,
    batchBytesMax: setup.drain.batchBytesMax,
    pollMs: setup.drain.pollMs,
    nowMs: () => performance.now(),
    random: Math.random,
    committed: (streamIndex) => readProgress(progress, streamIndex, 'committed'),
    isStopping: () => isStopping,
    pause: (ms, flows) => waker.pause(ms, flows),
    onBatch({ stream: { streamIndex }, nextOffset, rate, pace }, { stored, repeated, refused }, ms) {
      publishProgress(progress, streamIndex, 'drained', nextOffset)
      const letters = refused.map(({ record, reason }) => ({ offset: record.offset, reason }))
      const batch = { streamIndex, nextOffset, stored, repeated, refused: letters, ms }
      tell({ kind: 'batch', batch, recordsPerSecond: recordsPerSecond(rate, pace) })
    },
    onState: ({ stream: { name } }, state, reason) => {
      tell({ kind: 'state', state: { stream: name, state, reason, fatal: false } })
    },
  }
}

async function drain(sink: Sink): Promise<void> {
  const flows: Flow[] = []
  try {
    for (const [position, stream] of setup.sink.streams.entries()) flows.push(await openFlow(sink, stream, position))
    tell({ kind: 'opened', checkpoints: flows.map(({ nextOffset }) => nextOffset) })
    await runLoop(loopDeps(sink), flows)
  } finally {
    for (const { source } of flows) source.close()
    await sink.close()
  }
}

try {
  await drain(await openSink(setup.sink))
} catch (error) {
  // Told in place of `opened`; once it runs the loop keeps what has a code to itself.
  if (!(error instanceof SluiceError)) throw error
  tell({ kind: 'refused', code: error.code, detail: error.message, extra: error.extra })
}
port.close()
