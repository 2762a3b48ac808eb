// Makes `npx sluice` work in a checkout as it does where the package is installed: npm links the commands of dependencies
// only, not those of the package itself, and would look for one of that name in the registry. Runs at the end of
// `npm ci`; where links cannot be made it says so, and `node bin/sluice.js` does the same.
import { mkdir, rm, symlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const link = fileURLToPath(new URL('../node_modules/.bin/sluice', import.meta.url))
try {
  await mkdir(fileURLToPath(new URL('../node_modules/.bin', import.meta.url)), { recursive: true })
  await rm(link, { force: true })
  await symlink('../../bin/sluice.js', link)
} catch (error) {
  console.warn(`npx sluice will not work here, node bin/sluice.js does: ${error instanceof Error ? error.message : error}`)
}
