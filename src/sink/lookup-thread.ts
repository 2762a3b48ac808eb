// The thread that reads stored records, so that a read waits neither for the event loop nor for the drain's transaction.
// It refuses nothing: a read that fails is an answer. A bug ends the thread, and with it the reads at hand.
import { parentPort, workerData } from 'node:worker_threads'
import { SluiceError } from '../errors.ts'
import type { Lookup, LookupAnswer, LookupRequest } from './lookup-messages.ts'
import { openSinkReader, type SinkSetup } from './open.ts'

const port = parentPort!
const reader = await openSinkReader(workerData as SinkSetup)

async function answer({ streamIndex, key }: Lookup): Promise<LookupAnswer> {
  try {
    return { json: await reader.read(streamIndex, key) }
  } catch (error) {
    if (error instanceof SluiceError) return { code: error.code, detail: error.message }
    throw error
  }
}

async function take(request: LookupRequest): Promise<void> {
  if (request.kind === 'read') port.postMessage(await Promise.all(request.lookups.map(answer)))
  else {
    await reader.close()
    port.close()
  }
}

port.on('message', take)
