// A kernel worker: takes the number of a slab, runs one round of it, says how it went. It owns no memory of its own; the
// slab is its to read and write from the call until the return, the scratch region likewise.
// A trap costs the instance, which is made anew for the next slab, and the slab; the thread goes on.
import { workerData } from 'node:worker_threads'
import type { Engine, EngineName, MemoryMap, Plan } from './engine.ts'
import { openInstance } from './instance.ts'

/** What every worker is started with. */
export type WorkerSetup = {
  readonly engine: EngineName
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly map: MemoryMap
  readonly plans: readonly Plan[]
}

/** One round of one slab. `scratchIndex` is leased by the pool: no two tasks under way have the same. */
export type WorkerTask = {
  readonly slabIndex: number
  readonly slabAddress: number
  readonly streamIndex: number
  readonly scratchIndex: number
}

/** `status` is a `callStatus`; `trap` is set when the engine threw, with what it threw. */
export type WorkerResult = { readonly status: number; readonly trap: string | undefined }

const setup = workerSetup()
// Loaded only where it runs: Ajv and what belongs to it take 190 ms.
const reference = setup.engine === 'js' ? await import('./reference.ts') : undefined
const engines = new Map<number, Engine>()

// Piscina hands its own data to the thread beside ours.
function workerSetup(): WorkerSetup {
  const data: unknown = workerData
  const found: unknown = Array.isArray(data) ? data[1] : data
  if (typeof found !== 'object' || found === null || !('map' in found))
    throw new Error('worker started without its setup')
  return found as WorkerSetup
}

function engineFor(scratchIndex: number): Engine {
  const { module, memory, map, plans } = setup
  const engine =
    engines.get(scratchIndex) ??
    reference?.openReference({ memory, map, plans }) ??
    openInstance({ module, memory, map, plans, scratchIndex })
  engines.set(scratchIndex, engine)
  return engine
}

export default function runRound(task: WorkerTask): WorkerResult {
  const plan = setup.plans[task.streamIndex]
  if (plan === undefined) throw new Error(`no stream ${task.streamIndex}`)
  try {
    return { status: engineFor(task.scratchIndex).runSlab(task.slabAddress, plan), trap: undefined }
  } catch (error) {
    engines.delete(task.scratchIndex)
    return { status: -1, trap: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
