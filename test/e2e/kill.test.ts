// kill -9 under load, several rounds over one data directory: the promise of an acknowledgement.
import { afterAll, describe, expect, test } from 'vitest'
import { makeDataDir, order, queryWhen, type RunningServer, startServer } from './server.ts'

const clients = 16
const loadMs = 700

type Answer = { status: 'accepted' | 'duplicate'; offset: number }

// Sends single orders one after the other until the connection breaks; notes which were acknowledged, and at what offset.
async function sendUntilCut(url: string, prefix: string, acknowledged: Map<string, number>): Promise<void> {
  for (let index = 0; ; index++) {
    const orderId = `${prefix}-${index}`
    try {
      const response = await fetch(`${url}/api/order`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order(orderId, { userId: index + 1 })),
      })
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
      acknowledged.set(orderId, ((await response.json()) as Answer).offset)
    } catch (error) {
      if (error instanceof TypeError || (error as { name?: string }).name === 'AbortError') return // cut off
      throw error
    }
  }
}

describe.each([
  { threads: 1, rounds: 4 },
  { threads: 2, rounds: 2 },
])('kill -9 under load, with $threads threads that take connections', ({ threads, rounds }) => {
  const config = { ingress: { threads } }
  const home = makeDataDir()
  let server: RunningServer | undefined
  afterAll(async () => {
    await server?.stop()
    home.remove()
  })

  test('every acknowledged order is in SQLite exactly once, at the offset it was given', async () => {
    const acknowledged = new Map<string, number>()
    for (let round = 0; round < rounds; round++) {
      server = await startServer({ dataDir: home.dir, config })
      const { url } = server
      const load = Array.from({ length: clients }, (_, client) =>
        sendUntilCut(url, `r${round}-c${client}`, acknowledged),
      )
      await new Promise((resolve) => setTimeout(resolve, loadMs))
      await server.kill()
      await Promise.all(load)
    }
    expect(acknowledged.size).toBeGreaterThan(rounds * clients)

    server = await startServer({ dataDir: home.dir, config })
    const rows = await queryWhen<{ orderId: string; offset: number; n: number }>(
      home.dir,
      'SELECT "orderId", min(_offset) AS offset, count(*) AS n FROM orders GROUP BY "orderId"',
      (found) => found.length >= acknowledged.size,
    )
    const stored = new Map(rows.map((row) => [row.orderId, row]))
    const wrong = [...acknowledged].filter(
      ([orderId, offset]) => stored.get(orderId)?.offset !== offset || stored.get(orderId)?.n !== 1,
    )
    expect(wrong).toEqual([])
    expect(new Set(rows.map((row) => row.offset)).size).toBe(rows.length)
    for (const orderId of stored.keys()) expect(orderId).toMatch(/^r\d-c\d+-\d+$/) // nothing that nobody sent
  }, 120_000)
})
