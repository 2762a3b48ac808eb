import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.ts'
import { lockDataDirectory } from '../../src/log/lock.ts'
import { readSecret } from '../../src/log/secret.ts'

let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sluice-lock-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

function lockCode(): string {
  try {
    lockDataDirectory(dataDir).release()
    return 'locked'
  } catch (error) {
    if (error instanceof SluiceError) return error.code
    throw error
  }
}

describe('the lock', () => {
  test('is one’s until it is released', () => {
    const lock = lockDataDirectory(dataDir)
    expect(lockCode()).toBe('LOG_UNAVAILABLE')
    lock.release()
    expect(lockCode()).toBe('locked')
  })

  test('keeps another process out, and is free as soon as that one is killed', async () => {
    const module = new URL('../../src/log/lock.ts', import.meta.url).href
    const script = `const { lockDataDirectory } = await import(${JSON.stringify(module)})
      lockDataDirectory(${JSON.stringify(dataDir)})
      console.log('held')
      setInterval(() => undefined, 1000)`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(holder.stdout, 'data')
      expect(lockCode()).toBe('LOG_UNAVAILABLE')
    } finally {
      const gone = once(holder, 'exit')
      holder.kill('SIGKILL')
      await gone
    }
    expect(lockCode()).toBe('locked')
  })

  test('that cannot be taken at all is not blamed on another server', () => {
    mkdirSync(join(dataDir, 'lock'))
    expect(() => lockDataDirectory(dataDir)).toThrow(
      expect.objectContaining({ code: 'LOG_UNAVAILABLE', message: expect.stringContaining('cannot be locked') }),
    )
  })

  test('makes a data directory that is not there', () => {
    lockDataDirectory(join(dataDir, 'new', 'deep')).release()
    expect(readdirSync(join(dataDir, 'new'))).toEqual(['deep'])
  })
})

describe('the secret', () => {
  const path = () => join(dataDir, 'secret')

  test('is made once, readable by its owner only, and the same ever after', async () => {
    const secret = await readSecret(dataDir)
    expect(secret).toHaveLength(16)
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(Buffer.from(await readSecret(dataDir))).toEqual(Buffer.from(secret))
    expect(readdirSync(dataDir)).toEqual(['secret'])
  })

  test('is another one in another directory', async () => {
    const secrets = [await readSecret(join(dataDir, 'one')), await readSecret(join(dataDir, 'two'))]
    expect(Buffer.from(secrets[0]!)).not.toEqual(Buffer.from(secrets[1]!))
  })

  test('is one also when several ask at the same time', async () => {
    const secrets = await Promise.all(Array.from({ length: 8 }, () => readSecret(join(dataDir, 'x'))))
    expect(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1)
  })

  test('of a directory that is none is refused by name', async () => {
    writeFileSync(path(), 'a file')
    await expect(readSecret(path())).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      message: expect.stringContaining(`the data directory ${path()} cannot be used: EEXIST`),
    })
  })

  test('of a wrong length is refused and left as it is', async () => {
    writeFileSync(path(), 'short')
    await expect(readSecret(dataDir)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
    expect(readFileSync(path(), 'utf8')).toBe('short')
  })
})
