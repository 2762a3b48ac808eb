// Whether records may come now: each reason by itself, and which one is told when there are several.
import { beforeEach, expect, test } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { refusalAnswer, refusalNow } from '../../src/ingress/admit.ts'
import { type Ingress, makeIngress, type ServerDeps } from '../../src/ingress/deps.ts'
import { heldBytesMax } from '../../src/limits.ts'
import { makeProgress, publishProgress } from '../../src/log/progress.ts'

const config: Config = defaultConfig()
let ingress: Ingress
let logRefusal: ReturnType<ServerDeps['logRefusal']>
let rate: number | undefined
beforeEach(() => {
  logRefusal = undefined
  rate = undefined
  const deps = {
    config,
    plans: [],
    progress: makeProgress(1),
    logRefusal: () => logRefusal,
    drainRecordsPerSecond: () => rate,
  }
  ingress = makeIngress(deps as unknown as ServerDeps)
})

const now = () => refusalNow(ingress, ingress.streams[0]!)
const full = () => publishProgress(ingress.deps.progress, 0, 'backlogBytes', config.log.backlogBytesMax)

test('nothing stands against it at first', () => {
  expect(now()).toBeUndefined()
})

test('a full log, too much held, a log that fails, a server that leaves', () => {
  logRefusal = 'STORAGE_FULL'
  expect(now()).toBe('STORAGE_FULL')
  ingress.state.heldBytes = heldBytesMax
  expect(now()).toBe('OVERLOADED')
  ingress.state.heldBytes = 0
  full()
  expect(now()).toBe('OVERLOADED')
  ingress.state.closing = true
  expect(now()).toBe('SHUTTING_DOWN')
})

test('each of two threads may hold half of what one may', () => {
  const deps = { ...ingress.deps, config: { ...config, ingress: { threads: 2 } } }
  ingress = makeIngress(deps)
  ingress.state.heldBytes = heldBytesMax / 2 - 1
  expect(now()).toBeUndefined()
  ingress.state.heldBytes = heldBytesMax / 2
  expect(now()).toBe('OVERLOADED')
})

test('Retry-After follows the drain when the log is full', () => {
  const seconds = () => refusalAnswer(ingress, ingress.streams[0]!, 'OVERLOADED').headers['retry-after']
  expect(seconds()).toBe('1')
  full()
  publishProgress(ingress.deps.progress, 0, 'drained', 1_000)
  publishProgress(ingress.deps.progress, 0, 'committed', 201_000)
  rate = 1_000
  expect(seconds()).toBe('20')
})
