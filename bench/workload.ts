// Records laid into slabs once, to be run by an engine again and again. An engine finds the same input every time and
// writes over its own output. It refuses to be measured on engines that disagree or refuse a record.
import { createHash } from 'node:crypto'
import { callStatus } from '../src/kernel/abi.ts'
import type { Engine, MemoryMap, Plan } from '../src/kernel/engine.ts'
import { openInstance } from '../src/kernel/instance.ts'
import {
  appendChunk,
  hasNextRound,
  layOut,
  openSlab,
  readHeader,
  resetSlab,
  type Slab,
  sealSlab,
  slabBatch,
  writeHeader,
} from '../src/kernel/memory.ts'
import { loadKernel } from '../src/kernel/module.ts'
import { openReference } from '../src/kernel/reference.ts'
import type { CompiledSchema } from '../src/schema/compile.ts'

/** How records come: each in a chunk of its own, as single requests do, or as whole lines of NDJSON. */
export type Shape = 'record' | 'lines'

export type Workload = {
  readonly slabs: readonly Slab[]
  readonly plan: Plan
  readonly recordCount: number
  readonly inputBytes: number
}

export type Bench = {
  readonly wasm: Engine
  readonly js: Engine
  readonly workloads: readonly Workload[]
}

export type Source = { readonly texts: readonly string[]; readonly shape: Shape }

const slabCount = 64
const sealedAtMs = Date.UTC(2026, 0, 1)

/** Lays every source into slabs of one memory and opens both engines over it. */
export async function openBench(compiled: CompiledSchema, sources: readonly Source[]): Promise<Bench> {
  const secret = new Uint8Array(16).fill(7)
  const { memory, map, plans } = layOut({ slabCount, scratchCount: 1, secret, compiled: [compiled] })
  const module = await loadKernel('shared')
  let used = 0
  const workloads = sources.map((source) => {
    const workload = fill(memory, map, plans[0]!, used, source)
    used += workload.slabs.length
    return workload
  })
  return {
    wasm: openInstance({ module, memory, map, plans, scratchIndex: 0 }),
    js: openReference({ memory, map, plans }),
    workloads,
  }
}

function fill(memory: WebAssembly.Memory, map: MemoryMap, plan: Plan, firstSlab: number, source: Source): Workload {
  const slabs: Slab[] = []
  let inputBytes = 0
  for (const text of source.shape === 'lines' ? [`${source.texts.join('\n')}\n`] : source.texts) {
    for (const bytes of pieces(Buffer.from(text), source.shape)) {
      const open = slabs.at(-1)
      if (open === undefined || appendChunk(open, source.shape, bytes) < 0) {
        const slab = openSlab(memory, map, firstSlab + slabs.length)
        resetSlab(slab, plan.streamIndex)
        if (appendChunk(slab, source.shape, bytes) < 0) throw new Error('a record does not fit an empty slab')
        slabs.push(slab)
      }
      inputBytes += bytes.length
    }
  }
  for (const slab of slabs) sealSlab(slab, sealedAtMs)
  return { slabs, plan, recordCount: source.texts.length, inputBytes }
}

// Lines come as the network brings them: whole lines of about 64 KiB together.
function* pieces(bytes: Buffer, shape: Shape): Generator<Buffer> {
  const pieceBytes = shape === 'lines' ? 65_536 : bytes.length
  for (let start = 0; start < bytes.length; ) {
    const end = start + pieceBytes >= bytes.length ? bytes.length : bytes.lastIndexOf(10, start + pieceBytes - 1) + 1
    yield bytes.subarray(start, end)
    start = end
  }
}

/** Runs the whole workload once: every byte in, every batch out. */
export function runWorkload(engine: Engine, workload: Workload): void {
  for (const slab of workload.slabs) {
    rewind(slab)
    do {
      runRound(engine, slab, workload.plan)
    } while (hasNextRound(slab))
  }
}

/** A digest of everything the engine makes of the workload. @throws Error when it refuses a record. */
export function digestOf(engine: Engine, workload: Workload): string {
  const hash = createHash('sha256')
  let encodedCount = 0
  for (const slab of workload.slabs) {
    rewind(slab)
    do {
      runRound(engine, slab, workload.plan)
      encodedCount += readHeader(slab, 'encodedCount')
      hash.update(slabBatch(slab).slice())
    } while (hasNextRound(slab))
  }
  if (encodedCount === workload.recordCount) return hash.digest('hex')
  throw new Error(`${engine.name} encoded ${encodedCount} of ${workload.recordCount} records`)
}

function rewind(slab: Slab): void {
  writeHeader(slab, 'resumeChunk', 0)
  writeHeader(slab, 'resumeOffset', 0)
}

function runRound(engine: Engine, slab: Slab, plan: Plan): void {
  const status = engine.runSlab(slab.address, plan)
  if (status !== callStatus.OK) throw new Error(`${engine.name} refused the slab with status ${status}`)
}
