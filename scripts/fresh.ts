// Whether what was built is still what its sources make: by the contents of both, since dates say nothing after a clone,
// a copy or a change of branch. After a build the digest of both is noted; while it is the same there is nothing to do.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files and folders, relative to `root`: what is built from, what is built, and where the digest of both is noted. */
export type Target = {
  readonly root: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly note: string
}

/** Whether every output is there and neither inputs nor outputs changed since they were noted. */
export function isFresh({ root, inputs, outputs, note }: Target): boolean {
  const paths = [...inputs, ...outputs, note].map((path) => join(root, path))
  if (!paths.every((path) => existsSync(path))) return false
  return readFileSync(join(root, note), 'utf8') === noteText(digestOf(root, inputs), digestOf(root, outputs))
}

/** Builds, and notes that the outputs are what the inputs made that were there when it began. */
export function buildNoted({ root, inputs, outputs, note }: Target, build: () => void): void {
  const inputDigest = digestOf(root, inputs)
  build()
  writeFileSync(join(root, note), noteText(inputDigest, digestOf(root, outputs)))
}

function noteText(inputDigest: string, outputDigest: string): string {
  return `inputs ${inputDigest}\noutputs ${outputDigest}\n`
}

function digestOf(root: string, paths: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of paths.flatMap((path) => filesOf(root, path))) {
    const bytes = readFileSync(join(root, path))
    hash.update(`${path}\n${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}

/** The file at `path`, or all files below it, sorted. */
function filesOf(root: string, path: string): readonly string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
}
