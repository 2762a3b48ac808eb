// kill -9 at any moment of the drain: every record is in the table or among the dead letters, once.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { letters, logged, makeDataDir, query, writeLog } from './fixture.ts'

const recordCount = 40_000
const killCount = 4
// Every 50th record takes the key of the one before and is refused for it.
const isConflict = (n: number) => n % 50 === 49

function batchesOf(count: number) {
  const records = Array.from({ length: count }, (_, n) => {
    const id = `o-${isConflict(n) ? n - 1 : n}`
    return logged({ id, n }, id)
  })
  return Array.from({ length: count / 1000 }, (_, index) => records.slice(index * 1000, (index + 1) * 1000))
}

function start(dir: string): ChildProcess {
  const child = new URL('kill-child.ts', import.meta.url).pathname
  return spawn(process.execPath, [child, dir, String(recordCount)], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Kills the process once it is past `offset` and `turns` turns more, unless it is done before. */
async function killPast(child: ChildProcess, offset: number, turns: number): Promise<unknown> {
  const ended = once(child, 'exit')
  child.stdout?.on('data', async (text: Buffer) => {
    if (Number(text.toString().trim().split('\n').at(-1)) <= offset) return
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    child.kill('SIGKILL')
  })
  return (await ended)[1]
}

test('a killed drain loses nothing and repeats nothing', async () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const data = makeDataDir()
  try {
    writeLog(data.dir, 'orders', batchesOf(recordCount))
    const reached: number[] = [0]
    for (let kill = 0; kill < killCount; kill++) {
      const signal = await killPast(start(data.dir), reached.at(-1)! + random.below(2000), random.below(200))
      expect(signal, `seed ${seed}`).toBe('SIGKILL')
      const row = query(
        data.dir,
        'SELECT nextOffset AS at, (SELECT count(*) FROM orders) AS n FROM _sluice_checkpoint',
      )[0]
      const { at, n } = row as { at: number; n: number }
      expect(n, `seed ${seed}: rows below ${at}`).toBe(at - Math.floor(at / 50))
      reached.push(at)
    }
    expect(await once(start(data.dir), 'exit')).toEqual([0, null])
    const sums = 'SELECT count(*) AS n, count(DISTINCT id) AS ids, sum(n) AS sum, sum(_offset) AS offsets FROM orders'
    const kept = Array.from({ length: recordCount }, (_, n) => n).filter((n) => !isConflict(n))
    const sum = kept.reduce((total, n) => total + n, 0)
    expect(query(data.dir, sums), `seed ${seed}`).toEqual([{ n: kept.length, ids: kept.length, sum, offsets: sum }])
    const dead = letters(data.dir, 'orders').map(({ offset, reason }) => [offset, reason])
    const conflicts = Array.from({ length: recordCount }, (_, n) => n).filter(isConflict)
    expect(dead, `seed ${seed}`).toEqual(conflicts.map((n) => [n, 'KEY_CONFLICT']))
  } finally {
    data.remove()
  }
})
