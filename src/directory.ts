// Makes directories with those above them. Node's own way of doing so (`recursive: true`) never returns where the system
// refuses a name with ENOENT although its parent is there, as /proc does; here that is an error like any other.
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes `path`, and what is missing above it; one that is there already is left as it is.
 * @throws the system's error for the first directory that could not be made.
 */
export function makeDirectory(path: string): void {
  if (isDirectory(path)) return
  const parent = dirname(path)
  if (parent !== path) makeDirectory(parent)
  try {
    mkdirSync(path)
  } catch (error) {
    if (!isDirectory(path)) throw error // else another process was faster
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
