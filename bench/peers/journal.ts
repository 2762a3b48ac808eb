// Storage of the durable fastify peer: what waits is written with one call and synced, then answered; while one sync runs
// the next records gather. It does not rotate or recover. After a failure every later append fails too.
import { type FileHandle, open } from 'node:fs/promises'

export type Journal = {
  /** Resolves once the text is on disk. */
  append(text: string): Promise<void>
}

type Waiting = { text: string; resolve(): void; reject(error: unknown): void }

/** Creates the file, which must not exist. */
export async function openJournal(path: string): Promise<Journal> {
  const file = await open(path, 'wx')
  let waiting: Waiting[] = []
  let committing = false
  let failed: unknown
  const commitAll = async (): Promise<void> => {
    committing = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      failed ??= await commit(file, batch)
      for (const { resolve, reject } of batch) failed === undefined ? resolve() : reject(failed)
    }
    committing = false
  }
  return {
    append(text) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting.push({ text, resolve, reject })
      if (!committing) void commitAll()
      return promise
    },
  }
}

/** Returns the error, since a batch that failed is answered like any other. */
async function commit(file: FileHandle, batch: readonly Waiting[]): Promise<unknown> {
  try {
    await file.appendFile(batch.map(({ text }) => text).join(''))
    await file.datasync()
    return undefined
  } catch (error) {
    return error
  }
}
