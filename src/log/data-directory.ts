// Makes the data directory and sees that it can be used, before anything in it is opened. One that cannot be is told at
// once: which path, what the system said, and what to do.
import { accessSync, constants } from 'node:fs'
import { makeDirectory } from '../directory.ts'
import { SluiceError } from '../errors.ts'
import { errorCode } from './disk.ts'

/**
 * Makes `dataDir`, with what is missing above it, and sees that this process may read and write there.
 * @throws SluiceError LOG_UNAVAILABLE when it may not, or the directory cannot be made.
 */
export function prepareDataDirectory(dataDir: string): void {
  try {
    makeDirectory(dataDir)
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw dataDirectoryError(dataDir, error)
  }
}

const elsewhere = 'Name another directory with --data, SLUICE_DATA or dataDir.'

/** The error for a data directory with which the system refused to do something; errors of this program stay what they are. */
export function dataDirectoryError(dataDir: string, error: unknown): SluiceError {
  if (error instanceof SluiceError) return error
  const said = error instanceof Error ? error.message : String(error)
  const detail = `the data directory ${dataDir} cannot be used: ${said}. ${adviceFor(errorCode(error))}`
  return new SluiceError('LOG_UNAVAILABLE', detail, {}, error)
}

function adviceFor(code: string): string {
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return `A file is where a directory is needed. ${elsewhere}`
    case 'EACCES':
    case 'EPERM':
      return `The user that runs this${userWords()} may not write there: allow it, or name another directory with --data.`
    case 'EROFS':
      return `The file system is mounted read-only. ${elsewhere}`
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The disk is full: make room, or name a directory on another disk with --data.'
    case 'ENOENT':
      return `The file system there takes no such name. ${elsewhere}`
    default:
      return elsewhere
  }
}

function userWords(): string {
  const id = process.geteuid?.()
  return id === undefined ? '' : ` (id ${id})`
}
