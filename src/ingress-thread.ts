// The file an ingress thread runs: it wires the thread's meter to its line with the main thread, and leaves the rest to
// ingress/threads. An error nobody handles ends the thread, and the main thread is told.
import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { Registry } from 'prom-client'
import { streamNames } from './config/streams.ts'
import type { ThreadSetup } from './ingress/threads/calls.ts'
import { runThread } from './ingress/threads/thread.ts'
import { makeMeter } from './ops/meter.ts'

const port = parentPort
assert(port !== null, 'an ingress thread is started by ingress/threads/host.ts')
const setup = workerData as ThreadSetup
const registry = new Registry()

runThread({
  setup,
  port,
  meter: makeMeter(streamNames(setup.config), registry, setup.index),
  counts: () => registry.getMetricsAsJSON(),
})
