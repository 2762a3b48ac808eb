// Where a thread's entry file is: `.ts` when the sources run as they stand, `.js` in the published build.
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The file `name` beside the module at `from` (its `import.meta.url`), with the same extension. */
export function siblingModule(from: string, name: string): URL {
  return new URL(`./${name}${extname(fileURLToPath(from))}`, from)
}
