// The kernel workers, as one function: run a round of a slab. Piscina keeps the threads; this file keeps the leases on
// scratch regions and ends a worker that does not come back.
// What always holds: a scratch region belongs to one task at a time, also when its worker dies under it.
import { Piscina } from 'piscina'
import { kernelTaskMs } from '../limits.ts'
import { siblingModule } from '../modules.ts'
import { slabBytes } from './abi.ts'
import type { WorkerResult, WorkerSetup, WorkerTask } from './worker.ts'

export type Pool = {
  readonly threads: number
  /** Tasks that may be under way at once: one for each thread and one more, so that a thread finds work when it is done. */
  readonly slots: number
  /**
   * Runs one round. Resolves to undefined when it went well, else to what went wrong (a trap, a refused slab, a worker
   * that died or did not come back); the slab's contents mean nothing then.
   */
  run(slabIndex: number, streamIndex: number): Promise<string | undefined>
  close(): Promise<void>
}

/** Scratch regions a pool of so many threads needs: one for each task under way. */
export function scratchCountFor(threads: number): number {
  return threads + 1
}

/** Starts the workers; the first tasks wait until they are up. */
export function openPool(setup: WorkerSetup, threads: number): Pool {
  const piscina = new Piscina<WorkerTask, WorkerResult>({
    filename: siblingModule(import.meta.url, 'worker').href,
    minThreads: threads,
    maxThreads: threads,
    maxQueue: threads + 1,
    workerData: setup,
    recordTiming: false,
  })
  const freeScratch = Array.from({ length: scratchCountFor(threads) }, (_, index) => index)

  async function run(slabIndex: number, streamIndex: number): Promise<string | undefined> {
    const scratchIndex = freeScratch.pop()
    if (scratchIndex === undefined) throw new Error('more kernel tasks than slots')
    const watch = new AbortController()
    const timer = setTimeout(() => watch.abort(), kernelTaskMs)
    try {
      const task = { slabIndex, slabAddress: setup.map.slabAddress + slabIndex * slabBytes, streamIndex, scratchIndex }
      const { status, trap } = await piscina.run(task, { signal: watch.signal })
      return trap ?? (status === 0 ? undefined : `the kernel refused the slab with status ${status}`)
    } catch (error) {
      return watch.signal.aborted ? `no answer within ${kernelTaskMs} ms` : `the worker died: ${String(error)}`
    } finally {
      clearTimeout(timer)
      freeScratch.push(scratchIndex)
    }
  }

  return { threads, slots: scratchCountFor(threads), run, close: () => piscina.close({ force: true }) }
}
