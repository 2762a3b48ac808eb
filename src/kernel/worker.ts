// A kernel worker: takes the number of a slab, runs one round of it, says how it went. It owns no memory of its own; the
// slab is its to read and write from the call until the return, the scratch region likewise.
import { workerData } from 'node:worker_threads'
import { openRounds, type WorkerSetup } from './rounds.ts'

export default await openRounds(workerSetup())

// Piscina hands its own data to the thread beside ours.
function workerSetup(): WorkerSetup {
  const data: unknown = workerData
  const found: unknown = Array.isArray(data) ? data[1] : data
  if (typeof found !== 'object' || found === null || !('map' in found))
    throw new Error('worker started without its setup')
  return found as WorkerSetup
}
