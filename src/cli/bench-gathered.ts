// Single records as a server hands them to an engine: many requests of about the same moment together in a slab, one round
// for all. The slabs are filled once; an engine finds the same input every time and writes over its own output.
import { assert } from '../assert.ts'
import { callStatus } from '../kernel/abi.ts'
import type { Engine, EngineName, Plan } from '../kernel/engine.ts'
import { openInstance } from '../kernel/instance.ts'
import {
  appendChunk,
  hasNextRound,
  layOut,
  openSlab,
  resetSlab,
  type Slab,
  sealSlab,
  writeHeader,
} from '../kernel/memory.ts'
import { loadKernel } from '../kernel/module.ts'
import { openReference } from '../kernel/reference.ts'
import type { CompiledSchema } from '../schema/compile.ts'
import type { FileRecord } from './records.ts'

export type Gathered = {
  /** How many of the records are in the slabs: the first ones. */
  readonly recordCount: number
  /** Has an engine make batches of all of them. */
  run(name: EngineName): void
}

const slabCount = 8

/** @throws SluiceError as the engines do when they are made. */
export async function gather(compiled: CompiledSchema, records: readonly FileRecord[]): Promise<Gathered> {
  const secret = new Uint8Array(16)
  const { memory, map, plans } = layOut({ slabCount, scratchCount: 1, secret, compiled: [compiled], isShared: false })
  const plan = plans[0]!
  const module = await loadKernel('plain')
  const engines: Readonly<Record<EngineName, Engine>> = {
    wasm: openInstance({ module, memory, map, plans, scratchIndex: 0 }),
    js: openReference({ memory, map, plans }),
  }
  const slabs: Slab[] = []
  let recordCount = 0
  while (slabs.length < slabCount && recordCount < records.length) {
    const slab = openSlab(memory, map, slabs.length)
    const filled = fill(slab, plan, records, recordCount)
    if (filled === recordCount) break // a record that no slab takes: a server refuses it before
    slabs.push(slab)
    recordCount = filled
  }
  return {
    recordCount,
    run(name) {
      for (const slab of slabs) runSlab(engines[name], slab, plan)
    },
  }
}

/** Puts records from `first` on into the slab, each as a chunk of its own. Returns the first that found no room. */
function fill(slab: Slab, plan: Plan, records: readonly FileRecord[], first: number): number {
  resetSlab(slab, plan.streamIndex)
  let next = first
  while (next < records.length && appendChunk(slab, 'record', records[next]!.bytes) >= 0) next++
  sealSlab(slab, 0)
  return next
}

function runSlab(engine: Engine, slab: Slab, plan: Plan): void {
  writeHeader(slab, 'resumeChunk', 0)
  writeHeader(slab, 'resumeOffset', 0)
  do {
    const status = engine.runSlab(slab.address, plan)
    assert(
      status === callStatus.OK,
      `the ${engine.name} engine takes every slab that is filled here, it returned ${status}`,
    )
  } while (hasNextRound(slab))
}
