// One process a data directory. The lock is SQLite's on an empty file: the operating system drops it with the process that
// holds it, so a killed server never keeps the next one from starting, and no process number can be mistaken.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SluiceError } from '../errors.ts'

export type DataLock = { release(): void }

/**
 * Takes the data directory, making it if need be.
 * @throws SluiceError LOG_UNAVAILABLE when another process, or this one, has it.
 */
export function lockDataDirectory(dataDir: string): DataLock {
  mkdirSync(dataDir, { recursive: true })
  const path = join(dataDir, 'lock')
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    throw new SluiceError('LOG_UNAVAILABLE', `another server is using ${dataDir} (${path} is locked)`, {}, error)
  }
  return { release: () => database.close() }
}
