// What the main thread does when a thread that takes connections dies, and when a port cannot be had or shared.
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { defaultConfig } from '../../../src/config/defaults.ts'
import { listenError } from '../../../src/ingress/server.ts'
import { startThreads, type ThreadsDeps } from '../../../src/ingress/threads/host.ts'

function makeDeps(onDeath: (reason: string) => void, port = 0): ThreadsDeps {
  const notUsed = () => {
    throw new Error('not used here')
  }
  return {
    config: { ...defaultConfig(), port, ingress: { threads: 2 } },
    entry: new URL('dying.ts', import.meta.url),
    plans: [],
    progress: new SharedArrayBuffer(8),
    certificate: undefined,
    module: new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }),
    map: { slabCount: 4 } as ThreadsDeps['map'],
    pool: { threads: 1, slots: 2, run: notUsed },
    log: { find: notUsed, commit: notUsed },
    stored: { offsets: () => [] },
    readStored: notUsed,
    logRefusal: () => undefined,
    drainRecordsPerSecond: () => undefined,
    logger: { warn: () => undefined, error: () => undefined },
    now: Date.now,
    onDeath,
  }
}

test('a thread that dies is told of with its error, once, and what it counted stays', async () => {
  const deaths: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const threads = startThreads<readonly object[]>(
    makeDeps((reason) => {
      deaths.push(reason)
      if (deaths.length === 2) resolve()
    }),
  )
  await threads.open()
  const before = await threads.load()
  expect(before).toHaveLength(2)
  threads.refuseWith('STORAGE_FULL')
  await promise
  expect(deaths.toSorted()).toEqual([
    expect.stringMatching(/^ingress thread 0 died: .*a fault nobody handles/),
    expect.stringMatching(/^ingress thread 1 died: .*a fault nobody handles/),
  ])
  expect(await threads.load()).toEqual(before)
  await threads.close(1_000)
  expect(deaths).toHaveLength(2)
})

test('a port that another program has is refused, although threads could share it', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen({ port: 0, host: '127.0.0.1', reusePort: true }, resolve))
  const { port } = other.address() as { port: number }
  const deaths: string[] = []
  const threads = startThreads(makeDeps((reason) => deaths.push(reason), port))
  await expect(threads.open()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('EADDRINUSE'),
  })
  expect(deaths).toEqual([])
  await new Promise((resolve) => other.close(resolve))
})

test('a system that shares no port is told what to do', () => {
  const error = Object.assign(new Error('listen ENOTSUP'), { code: 'ENOTSUP' })
  expect(listenError(error, '127.0.0.1', 80).message).toContain('set ingress.threads to 1')
})
