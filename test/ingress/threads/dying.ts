// A thread that opens as if it took connections and dies once it is told that the log refuses writes.
import { parentPort } from 'node:worker_threads'
import { openLine } from '../../../src/ingress/threads/line.ts'

if (parentPort !== null) {
  openLine(parentPort, {
    open: async (port: number) => ({ host: '127.0.0.1', port }),
    load: async () => ({ freeSlabs: 2, chunksInFlight: 0, counts: [] }),
    refuseWith() {
      throw new Error('a fault nobody handles')
    },
  })
}
