// The kernel's threads, as functions: run a round of a slab in a worker, or here when it is so small that the way there
// would take longer. Piscina keeps the workers; this file keeps the leases on scratch regions and ends a worker that does
// not come back.
// What always holds: a scratch region belongs to one task at a time, also when its worker dies under it.
import { Piscina } from 'piscina'
import { kernelTaskMs } from '../limits.ts'
import { siblingModule } from '../modules.ts'
import { slabBytes } from './abi.ts'
import { failureOf, openRounds, type WorkerResult, type WorkerSetup, type WorkerTask } from './rounds.ts'

export type Pool = {
  readonly threads: number
  /** Tasks that may be under way at once: one for each thread and one more, so that a thread finds work when it is done. */
  readonly slots: number
  /**
   * Runs one round. Resolves to undefined when it went well, else to what went wrong (a trap, a refused slab, a worker
   * that died or did not come back); the slab's contents mean nothing then.
   */
  run(slabIndex: number, streamIndex: number): Promise<string | undefined>
  /** The same in this thread, at once. Nothing ends it early, so it is for a slab that holds little. */
  runHere(slabIndex: number, streamIndex: number): string | undefined
  close(): Promise<void>
}

function slotsFor(threads: number): number {
  return threads + 1
}

/** Scratch regions a pool of so many threads needs: one for each task under way, and one for each thread with rounds of its own. */
export function scratchCountFor(threads: number, ownCount = 1): number {
  return slotsFor(threads) + ownCount
}

/** What {@link Pool.runHere} is in the calling thread. `ownIndex`: which of the threads with rounds of their own it is. */
export async function openHere(setup: WorkerSetup, threads: number, ownIndex: number): Promise<Pool['runHere']> {
  const runRound = await openRounds(setup)
  const scratchIndex = slotsFor(threads) + ownIndex
  return (slabIndex, streamIndex) => failureOf(runRound(taskOf(setup, slabIndex, streamIndex, scratchIndex)))
}

function taskOf({ map }: WorkerSetup, slabIndex: number, streamIndex: number, scratchIndex: number): WorkerTask {
  return { slabIndex, slabAddress: map.slabAddress + slabIndex * slabBytes, streamIndex, scratchIndex }
}

/** Starts the workers; the first tasks wait until they are up. */
export async function openPool(setup: WorkerSetup, threads: number): Promise<Pool> {
  const slots = slotsFor(threads)
  const runHere = await openHere(setup, threads, 0)
  const piscina = new Piscina<WorkerTask, WorkerResult>({
    filename: siblingModule(import.meta.url, 'worker').href,
    minThreads: threads,
    maxThreads: threads,
    maxQueue: slots,
    workerData: setup,
    recordTiming: false,
  })
  const freeScratch = Array.from({ length: slots }, (_, index) => index)

  async function run(slabIndex: number, streamIndex: number): Promise<string | undefined> {
    const scratchIndex = freeScratch.pop()
    if (scratchIndex === undefined) throw new Error('more kernel tasks than slots')
    const watch = new AbortController()
    const timer = setTimeout(() => watch.abort(), kernelTaskMs)
    try {
      return failureOf(await piscina.run(taskOf(setup, slabIndex, streamIndex, scratchIndex), { signal: watch.signal }))
    } catch (error) {
      return watch.signal.aborted ? `no answer within ${kernelTaskMs} ms` : `the worker died: ${String(error)}`
    } finally {
      clearTimeout(timer)
      freeScratch.push(scratchIndex)
    }
  }

  return {
    threads,
    slots,
    run,
    runHere,
    close: () => piscina.close({ force: true }),
  }
}
