// The version of this package, from its package.json, which lies at the same place above the sources and the build.
import { readFileSync } from 'node:fs'

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Such as `0.1.0`. */
export const version = versionIn(manifest)

function versionIn(found: unknown): string {
  if (typeof found === 'object' && found !== null && 'version' in found && typeof found.version === 'string') {
    return found.version
  }
  throw new Error('package.json has no version')
}
