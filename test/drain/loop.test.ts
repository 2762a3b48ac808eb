import { expect, test } from 'vitest'
import { type Flow, type FlowDeps, makeFlow } from '../../src/drain/flow.ts'
import { type LoopDeps, runLoop } from '../../src/drain/loop.ts'
import { makePace } from '../../src/drain/pace.ts'
import { makeWaker } from '../../src/drain/wake.ts'
import { drainBatchRecordCountMax } from '../../src/limits.ts'
import { makeProgress, publishProgress, readProgress } from '../../src/log/progress.ts'
import { recordOf, streamOf } from '../sink/fixture.ts'

const countPerBatch = 10

/** Streams with a backlog each, over a sink that notes whose batch came when. */
function busyStreams(streamCount: number, batchCount: number) {
  const turns: number[] = []
  const flows = Array.from({ length: streamCount }, (_, streamIndex) => {
    let nextOffset = 0
    return makeFlow({
      stream: streamOf(`s${streamIndex}`, streamIndex, { schema: true }),
      source: {
        read(countMax) {
          expect(countMax).toBe(drainBatchRecordCountMax)
          const records = Array.from({ length: countPerBatch }, () => recordOf(nextOffset++, 1))
          return { records, nextOffset }
        },
        close: () => undefined,
      },
      deadLetters: { append: () => undefined, passed: () => undefined },
      pace: makePace(Infinity, 100, 0),
      nextOffset: 0,
    })
  })
  const deps: FlowDeps = {
    sink: {
      checkpoint: async () => 0,
      async write(streamIndex, records) {
        turns.push(streamIndex)
        return { stored: records.length, repeated: 0, refused: [] }
      },
      close: async () => undefined,
    },
    batchBytesMax: 1,
    nowMs: () => 0,
    random: () => 0,
    committed: () => batchCount * countPerBatch,
    onBatch: () => undefined,
    onState: () => undefined,
  }
  return { flows, deps, turns }
}

test('streams with a backlog take turns, a batch each', async () => {
  const { flows, deps, turns } = busyStreams(3, 4)
  const isDone = () => flows.every(({ isIdle }) => isIdle)
  await runLoop({ ...deps, pollMs: 100, isStopping: isDone, pause: async () => undefined }, flows)
  expect(turns).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
})

test('it ends behind the batch at hand when it is told to stop', async () => {
  const { flows, deps, turns } = busyStreams(3, 1000)
  await runLoop({ ...deps, pollMs: 100, isStopping: () => turns.length >= 5, pause: async () => undefined }, flows)
  expect(turns.length).toBe(5)
})

test('it yields between two batches and rests when there is nothing', async () => {
  const { flows, deps } = busyStreams(1, 2)
  const pauses: number[] = []
  const loop: LoopDeps = {
    ...deps,
    pollMs: 100,
    isStopping: () => pauses.length === 3,
    pause: async (ms: number) => void pauses.push(ms),
  }
  await runLoop(loop, flows)
  expect(pauses).toEqual([0, 0, 100])
})

test('a commit ends the rest at once, one that came before it as well, and so does the call to stop', async () => {
  const progress = makeProgress(2)
  const pollMs = 60_000
  const waker = makeWaker(progress, pollMs)
  const idle = (streamIndex: number, nextOffset: number): Flow => {
    const flow = busyStreams(2, 0).flows[streamIndex]!
    return { ...flow, nextOffset, isIdle: true }
  }
  // A turn of the loop would rest a minute otherwise: the test would time out.
  const flows = [idle(0, 0), idle(1, 0)]
  const rest = waker.pause(pollMs, flows)
  publishProgress(progress, 1, 'committed', 5)
  await rest
  expect(readProgress(progress, 1, 'committed')).toBe(5)
  await waker.pause(pollMs, [idle(1, 0)])
  const stopped = waker.pause(pollMs, [])
  waker.wake()
  await stopped
})
