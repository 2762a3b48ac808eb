// The secret of a data directory: 16 random bytes that key the hash of record keys, so that no client can make two keys
// meet. Made once, synced, readable by its owner only. It refuses a file of any other length.
import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../errors.ts'
import { secretBytes } from '../kernel/abi.ts'
import { dataDirectoryError, prepareDataDirectory } from './data-directory.ts'
import { errorCode } from './disk.ts'

/**
 * The secret of `dataDir`, made if it is not there.
 * @throws SluiceError LOG_DAMAGED when the file is not one that this function made; LOG_UNAVAILABLE when the directory or
 * the file cannot be made or read.
 */
export async function readSecret(dataDir: string): Promise<Uint8Array> {
  const path = join(dataDir, 'secret')
  const secret = await readOrMake(dataDir, path)
  if (secret.length === secretBytes) return secret
  throw new SluiceError(
    'LOG_DAMAGED',
    `${path} has ${secret.length} bytes instead of ${secretBytes}. Restore it, or remove it: a new one is made then, and no ` +
      'record is lost.',
    { file: path },
  )
}

// The first to touch the data directory, so it is here that a start learns of one that is no good.
async function readOrMake(dataDir: string, path: string): Promise<Uint8Array> {
  try {
    prepareDataDirectory(dataDir)
    return (await readIfThere(path)) ?? (await makeSecret(dataDir, path))
  } catch (error) {
    throw dataDirectoryError(dataDir, error)
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Gives the file its name only once it is whole, and never takes the name from another process's secret. */
async function makeSecret(dataDir: string, path: string): Promise<Uint8Array> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(randomBytes(secretBytes))
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(draft, path)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
  const directory = await open(dataDir, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
  return readFile(path)
}
