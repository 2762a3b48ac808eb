// A data directory is made or refused before anything is opened in it, and a refusal says what, where, and what to do.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.ts'
import { dataDirectoryError, prepareDataDirectory } from '../../src/log/data-directory.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sluice-data-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function refusalOf(dataDir: string): string {
  try {
    prepareDataDirectory(dataDir)
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    expect(error.code).toBe('LOG_UNAVAILABLE')
    return error.message
  }
  throw new Error(`${dataDir} was not refused`)
}

// In a process of its own: permissions do not bind the superuser, and who ceased to be one does not become one again.
// One that never comes back is ended, and has said nothing.
function refusalInChild(dataDir: string, user: 'self' | 'nobody'): string {
  const module = new URL('../../src/log/data-directory.ts', import.meta.url).href
  const script = `const { prepareDataDirectory } = await import(${JSON.stringify(module)})
    if (${user === 'nobody'} && process.getuid() === 0) process.setuid(65534)
    try {
      prepareDataDirectory(${JSON.stringify(dataDir)})
    } catch (error) {
      console.log(error.code, error.message)
    }`
  const args = ['--input-type=module', '-e', script]
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL' }).stdout
}

describe('the data directory', () => {
  test('is made with what is missing above it, and found by the next start', () => {
    const deep = join(home, 'a/b/c')
    prepareDataDirectory(deep)
    prepareDataDirectory(deep)
    expect(existsSync(deep)).toBe(true)
  })

  test('may be a link to a directory', () => {
    mkdirSync(join(home, 'real'))
    symlinkSync(join(home, 'real'), join(home, 'link'))
    prepareDataDirectory(join(home, 'link'))
    prepareDataDirectory(join(home, 'link/below'))
    expect(existsSync(join(home, 'real/below'))).toBe(true)
  })

  test.each(['file', 'file/below', 'file/far/below'])('is refused at %s', (name) => {
    const path = join(home, name)
    writeFileSync(join(home, 'file'), '')
    const message = refusalOf(path)
    expect(message).toContain(`the data directory ${path} cannot be used: `)
    expect(message).toContain(`'${join(home, 'file')}'`)
    expect(message).toContain('A file is where a directory is needed. Name another directory with --data')
  })

  test('is refused where it may not be written, whether it is there or not', () => {
    chmodSync(home, 0o555)
    const words =
      /^LOG_UNAVAILABLE .* cannot be used: EACCES: .*\. The user that runs this \(id \d+\) may not write there/
    expect(refusalInChild(home, 'nobody')).toMatch(words)
    expect(refusalInChild(join(home, 'new/deep'), 'nobody')).toMatch(words)
    chmodSync(home, 0o755)
  })

  // The recursive making of Node's own goes round for ever there.
  test.skipIf(!existsSync('/proc/self'))('is refused where the system takes no new names', () => {
    const words = /^LOG_UNAVAILABLE .* (ENOENT: .*takes no such name|EACCES: .*may not write)/
    for (const path of ['/proc/nope', '/proc/nope/deep']) expect(refusalInChild(path, 'self')).toMatch(words)
  })
})

test.each([
  ['EROFS', 'mounted read-only'],
  ['ENOSPC', 'The disk is full'],
  ['EIO', 'Name another directory'],
])('%s is told with what to do', (code, words) => {
  const error = dataDirectoryError('/srv/data', Object.assign(new Error(`${code}: said`), { code }))
  expect(error.message).toContain(`the data directory /srv/data cannot be used: ${code}: said. `)
  expect(error.message).toContain(words)
})
