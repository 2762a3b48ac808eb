// One process a data directory. The lock is SQLite's on an empty file: the operating system drops it with the process that
// holds it, so a killed server never keeps the next one from starting, and no process number can be mistaken.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SluiceError } from '../errors.ts'
import { prepareDataDirectory } from './data-directory.ts'

export type DataLock = { release(): void }

/**
 * Takes the data directory, making it if need be.
 * @throws SluiceError LOG_UNAVAILABLE when another process, or this one, has it, or when it cannot be made, written
 * or locked at all.
 */
export function lockDataDirectory(dataDir: string): DataLock {
  prepareDataDirectory(dataDir)
  const path = join(dataDir, 'lock')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    throw new SluiceError('LOG_UNAVAILABLE', reasonOf(error, dataDir, path), {}, error)
  }
  const held = database
  return { release: () => held.close() }
}

const sqliteBusy = 5

function reasonOf(error: unknown, dataDir: string, path: string): string {
  if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy)
    return `another server is using ${dataDir} (${path} is locked). Stop that one, or name another directory with --data`
  return `${path} cannot be locked: ${error instanceof Error ? error.message : String(error)}`
}
