// Rounds in the thread that calls: one engine for each scratch region, made when it is first needed.
// What always holds: whatever an engine throws is a result; a trap costs that engine, which is made anew for the next round,
// and its slab, never the thread.
import type { Engine, EngineName, MemoryMap, Plan } from './engine.ts'
import { openInstance } from './instance.ts'

/** What every thread that runs rounds is given. */
export type WorkerSetup = {
  readonly engine: EngineName
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly map: MemoryMap
  readonly plans: readonly Plan[]
}

/** One round of one slab. Nobody else has the slab or the scratch region until it is over. */
export type WorkerTask = {
  readonly slabIndex: number
  readonly slabAddress: number
  readonly streamIndex: number
  readonly scratchIndex: number
}

/** `status` is a `callStatus`; `trap` is set when the engine threw, with what it threw. */
export type WorkerResult = { readonly status: number; readonly trap: string | undefined }

/** Returns what runs a round. It resolves once the engine's code is loaded. */
export async function openRounds(setup: WorkerSetup): Promise<(task: WorkerTask) => WorkerResult> {
  const { module, memory, map, plans } = setup
  // Loaded only where it runs: Ajv and what belongs to it take 190 ms.
  const reference = setup.engine === 'js' ? await import('./reference.ts') : undefined
  const engines = new Map<number, Engine>()

  function engineFor(scratchIndex: number): Engine {
    const engine =
      engines.get(scratchIndex) ??
      reference?.openReference({ memory, map, plans }) ??
      openInstance({ module, memory, map, plans, scratchIndex })
    engines.set(scratchIndex, engine)
    return engine
  }

  return (task) => {
    const plan = plans[task.streamIndex]
    if (plan === undefined) throw new Error(`no stream ${task.streamIndex}`)
    try {
      return { status: engineFor(task.scratchIndex).runSlab(task.slabAddress, plan), trap: undefined }
    } catch (error) {
      engines.delete(task.scratchIndex)
      return { status: -1, trap: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
  }
}

/** What went wrong with a round, or undefined. */
export function failureOf({ status, trap }: WorkerResult): string | undefined {
  return trap ?? (status === 0 ? undefined : `the kernel refused the slab with status ${status}`)
}
