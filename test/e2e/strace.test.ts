// The order of system calls behind one POST: the sync returns before the first byte of the answer is written. The record
// goes into a file that is open past the page cache, wherever the file system takes that.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alignedBytes, blockBytes, errorCode, nodeDisk } from '../../src/log/disk.ts'
import { makeDataDir, order, startServer } from './server.ts'

const hasStrace = spawnSync('strace', ['-V']).status === 0

/** Whether a file in the directory can be opened past the page cache. */
function takesDirect(directory: string): boolean {
  const path = join(directory, 'probe')
  writeFileSync(path, Buffer.alloc(blockBytes))
  try {
    const file = nodeDisk.open(path, 'direct')
    nodeDisk.read(file, alignedBytes(blockBytes), 0)
    nodeDisk.close(file)
    return true
  } catch (error) {
    if (errorCode(error) !== 'EINVAL') throw error
    return false
  }
}

describe('system calls of one POST', () => {
  test.skipIf(!hasStrace)('fdatasync returns before the answer is written (needs strace)', async () => {
    const home = makeDataDir()
    const trace = join(home.dir, 'trace')
    const calls = 'trace=openat,fdatasync,write,writev,pwrite64,pwritev,sendto,sendmsg'
    const server = await startServer({
      dataDir: home.dir,
      wrapper: ['strace', '-D', '-f', '-ttt', '-s', '256', '-e', calls, '-o', trace],
    })
    const response = await fetch(`${server.url}/api/order`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order('traced-1')),
    })
    expect(response.status).toBe(202)
    await server.stop()

    const lines = readFileSync(trace, 'utf8').split('\n')
    const answer = lines.findIndex((line) => line.includes('HTTP/1.1 202'))
    const record = lines.findIndex((line) => /pwrite|writev?\(/.test(line) && line.includes('traced-1'))
    const synced = lines.findIndex((line, index) => index > record && /fdatasync.*= 0$/.test(line))
    const isTaken = takesDirect(home.dir)
    home.remove()
    const file = /(?:pwrite64|pwritev|writev?)\((\d+),/.exec(lines[record] ?? '')?.[1]
    const opened = lines.findLast((line, index) => index < record && new RegExp(`spare-\\d+".*= ${file}$`).test(line))
    expect(record).toBeGreaterThan(-1)
    expect(synced).toBeGreaterThan(record)
    expect(answer).toBeGreaterThan(synced)
    expect(opened, 'the file was opened under its name as a spare').toBeDefined()
    expect(opened?.includes('O_DIRECT'), `the file system takes direct writes: ${isTaken}`).toBe(isTaken)
  })
})
