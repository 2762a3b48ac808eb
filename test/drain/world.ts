// A log, a sink and a clock in memory, with everything that can go wrong between them: the sink fails before it wrote,
// after the dead letters, at its commit, or after a commit it does not know of; the process ends anywhere.

import type { DeadLetters } from '../../src/drain/dead-letters.ts'
import { type Flow, type FlowDeps, makeFlow } from '../../src/drain/flow.ts'
import { makePace } from '../../src/drain/pace.ts'
import type { Source } from '../../src/drain/source.ts'
import { SluiceError } from '../../src/errors.ts'
import type { Refusal, Sink, SinkRecord } from '../../src/sink/sink.ts'
import { recordOf, streamOf } from '../sink/fixture.ts'

/** Where an attempt to write may end. */
export const faults = ['before', 'letters', 'commit', 'unheard'] as const
export type Fault = (typeof faults)[number]

export type World = {
  nowMs: number
  /** Offsets of the log's records; the others are gaps. */
  readonly log: number[]
  committed: number
  /** What the next attempts meet, in turn; undefined: nothing. */
  readonly faults: (Fault | 'crash' | undefined)[]
  readonly rows: Map<number, number>
  checkpoint: number
  readonly letters: number[]
  readonly batches: {
    readonly nextOffset: number
    readonly count: number
    readonly refused: number
    readonly atMs: number
  }[]
  readonly states: string[]
  /** Most records one batch had. */
  batchCountMax: number
}

export class Crash extends Error {}

export function makeWorld(log: readonly number[]): World {
  return {
    nowMs: 0,
    log: [...log],
    committed: (log.at(-1) ?? -1) + 1,
    faults: [],
    rows: new Map(),
    checkpoint: 0,
    letters: [],
    batches: [],
    states: [],
    batchCountMax: 0,
  }
}

/** The sink will not have every seventh record. */
export function isRefused(offset: number): boolean {
  return offset % 7 === 3
}

function weather(what: string): SluiceError {
  return new SluiceError('SINK_UNAVAILABLE', what)
}

/** A sink with a transaction: what an attempt did is kept only if its commit came. */
export function sinkOf(world: World): Sink {
  return {
    checkpoint: async () => world.checkpoint,
    async write(_streamIndex, records, fromOffset, nextOffset, refuse) {
      const fault = world.faults.shift()
      world.nowMs += 1
      if (fault === 'before') throw weather('locked')
      if (world.checkpoint !== fromOffset) throw weather(`checkpoint is ${world.checkpoint}, expected ${fromOffset}`)
      const refused = records.filter(({ offset }) => isRefused(offset)).map((record) => ({ record, reason: 'no' }))
      if (refused.length > 0) await refuse(refused)
      if (fault === 'letters') throw weather('lost')
      if (fault === 'crash') throw new Crash()
      if (fault === 'commit') throw weather('full')
      for (const { offset } of records)
        if (!isRefused(offset)) world.rows.set(offset, (world.rows.get(offset) ?? 0) + 1)
      world.checkpoint = nextOffset
      if (fault === 'unheard') throw weather('unheard')
      return { stored: records.length - refused.length, repeated: 0, refused }
    },
    close: async () => undefined,
  }
}

export function sourceOf(world: World, from: number): Source {
  let nextOffset = from
  return {
    read(countMax) {
      const records: SinkRecord[] = []
      for (const offset of world.log) {
        if (offset < nextOffset || offset >= world.committed || records.length === countMax) continue
        records.push(recordOf(offset, offset))
      }
      world.batchCountMax = Math.max(world.batchCountMax, records.length)
      const last = records.at(-1)?.offset
      const isLast = last === undefined || !world.log.some((offset) => offset > last && offset < world.committed)
      nextOffset = isLast ? world.committed : last + 1
      return { records, nextOffset }
    },
    close: () => undefined,
  }
}

/** Letters survive a crash, and one that is there already is not written again. */
function lettersOf(world: World): DeadLetters {
  return {
    append(refused: readonly Refusal[]) {
      for (const { record } of refused) if (!world.letters.includes(record.offset)) world.letters.push(record.offset)
    },
    passed: () => undefined,
  }
}

export function flowOf(world: World, recordsPerSecond = Infinity): Flow {
  return makeFlow({
    stream: streamOf('s', 0, { schema: true }),
    source: sourceOf(world, world.checkpoint),
    deadLetters: lettersOf(world),
    pace: makePace(recordsPerSecond, 100, world.nowMs),
    nextOffset: world.checkpoint,
  })
}

export function depsOf(world: World): FlowDeps {
  return {
    sink: sinkOf(world),
    batchBytesMax: 1_048_576,
    nowMs: () => world.nowMs,
    random: () => 0.5,
    committed: () => world.committed,
    onBatch: (flow, { stored, repeated, refused }) => {
      const count = stored + repeated + refused.length
      world.batches.push({ nextOffset: flow.nextOffset, count, refused: refused.length, atMs: world.nowMs })
    },
    onState: (_flow, state, reason) => world.states.push(reason === undefined ? state : `${state}: ${reason}`),
  }
}
