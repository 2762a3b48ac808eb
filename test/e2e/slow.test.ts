// Slow clients of four kinds, from slowhttptest, beside healthy ones: the healthy ones get every answer, the slow ones are
// cut by the timers, and nothing of them is left.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Attack, attack, countSockets, hasSlowhttptest, socketsOf } from '../../bench/slowhttptest.ts'
import { runOpen } from '../../src/load/open.ts'
import { deal, makeTemplate, type Target } from '../../src/load/templates.ts'
import { makeDataDir, type RunningServer, startServer } from './server.ts'

const schema = {
  type: 'object',
  properties: { id: { type: 'string' }, text: { type: 'string' } },
  required: ['id', 'text'],
}
// A slow reader is cut after `bodyStallMs` and twice `headMs`, the others after one of these.
const limits = { headMs: 3000, bodyStallMs: 3000, keepAliveMs: 15_000 }
const config = { streams: { notes: { path: '/api/note', schema, key: '/id' } }, limits }
const kinds: readonly Attack[] = ['slow head', 'slow body', 'slow reading, pipelined', 'ranges']
const slowConnections = 100
const healthyConnections = 4
const cutWithinMs = 45_000

describe.skipIf(!hasSlowhttptest).each([true, false])(
  'slow clients (needs slowhttptest), fast lane: %s',
  (fastLane) => {
    const home = makeDataDir()
    let server: RunningServer
    let idleSockets: number
    beforeAll(async () => {
      server = await startServer({ dataDir: home.dir, config: { ...config, fastLane } })
      idleSockets = countSockets(server.pid)
      const stored = await fetch(`${server.url}/api/note`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify({ id: 'large', text: 'x'.repeat(200_000) }),
      })
      expect(stored.status).toBe(202)
    })
    afterAll(async () => {
      expect(await server?.stop()).toBe(0)
      home.remove()
    })

    test('of four kinds at once', async () => {
      const site = { postUrl: `${server.url}/api/note`, largeUrl: `${server.url}/api/note/large` }
      const runs = kinds.map((kind) => attack(kind, site, slowConnections, slowConnections))
      const watch = watchSockets(server.pid)
      try {
        const healthy = await sendNotes(server)
        expect(healthy.statuses).toEqual({ 202: healthy.answered })
        const { lost, unsent, errors } = healthy
        expect({ lost, unsent, errors }).toEqual({ lost: 0, unsent: 0, errors: {} })
        expect(healthy.answered).toBeGreaterThan(0)

        // Those who ask for ranges get the record whole, and at once: they hold nothing.
        await cutDown(server.pid, watch, idleSockets, (kinds.length - 1) * slowConnections + healthyConnections)
      } finally {
        watch.stop()
        // The server has let go of them; some have not noticed and would go on.
        await Promise.all(runs.map((run) => run.end()))
      }
    })
  },
)

/** Keeps the names of all sockets the process ever had; each of a slow client is there for seconds. */
function watchSockets(pid: number): { readonly seen: ReadonlySet<string>; stop(): void } {
  const seen = new Set<string>()
  const timer = setInterval(() => {
    for (const socket of socketsOf(pid)) seen.add(socket)
  }, 50)
  return { seen, stop: () => clearInterval(timer) }
}

/** Waits until `wanted` sockets came beyond the idle ones and all of them are gone. */
async function cutDown(
  pid: number,
  watch: ReturnType<typeof watchSockets>,
  idle: number,
  wanted: number,
): Promise<void> {
  const deadlineMs = Date.now() + cutWithinMs
  while (watch.seen.size < idle + wanted || countSockets(pid) > idle) {
    const told = `${watch.seen.size} sockets came, ${countSockets(pid)} are there; wanted ${idle + wanted} and ${idle}`
    if (Date.now() > deadlineMs) throw new Error(told)
    await sleep(50)
  }
}

function sendNotes(server: RunningServer) {
  const target: Target = { host: '127.0.0.1', port: Number(new URL(server.url).port), path: '/api/note' }
  const templates = Array.from({ length: healthyConnections }, (_, index) => {
    const id = `note-${index}-0000`
    return makeTemplate(target, JSON.stringify({ id, text: 'well' }), id)
  })
  const hands = deal(templates, healthyConnections)
  return runOpen({ target, hands, depth: 256, ratePerSecond: 50, warmupMs: 0, measureMs: 5000, serverPid: undefined })
}
