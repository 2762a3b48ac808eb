// Writes one result line a record, as the records become durable. The head goes out with the first line: 207, since the
// lines say how each record ended. A client that does not read its results is not read from either: the two directions
// share one bound, and the server's socket timeout ends what stands still.
import type { ServerResponse } from 'node:http'
import { linesType } from './replies.ts'

export type Results = {
  write(lines: string): void
  /** Undefined while the client keeps up; else resolves when it has, or has left. */
  caughtUp(): Promise<void> | undefined
  begun(): boolean
}

export function makeResults(response: ServerResponse): Results {
  return {
    write(lines) {
      if (response.destroyed) return
      if (!response.headersSent) response.writeHead(207, { 'content-type': linesType })
      response.write(lines)
    },
    caughtUp() {
      if (!response.writableNeedDrain || response.destroyed) return undefined
      return new Promise((resolve) => {
        const go = () => {
          response.off('drain', go).off('close', go)
          resolve()
        }
        response.on('drain', go).on('close', go)
      })
    },
    begun: () => response.headersSent,
  }
}
