// Several threads that take connections, as the main thread sees them: it starts them on one port, runs their slabs in the
// one pool, commits them in the one log, counts for all of them what has a limit, and is their way to the sink.
// It refuses a port another program has, although the system would let them share it.
// What always holds: slabs of one thread reach the log in the order in which it sealed them; a thread that dies is told of.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { admitAddress, type Limiter } from '../../guard/limiter.ts'
import type { MemoryMap } from '../../kernel/engine.ts'
import type { Pool } from '../../kernel/pool.ts'
import type { Log } from '../../log/log.ts'
import { limiterOf, type ServerDeps } from '../deps.ts'
import type { Entrance } from '../entrance.ts'
import { makeCrowd } from '../lane/crowd.ts'
import { listenError } from '../server.ts'
import type { MainCalls, ThreadCalls, ThreadLoad, ThreadSetup } from './calls.ts'
import { type Line, openLine } from './line.ts'
import { makeTurns } from './turns.ts'

export type ThreadsDeps = Pick<
  ServerDeps,
  'config' | 'plans' | 'progress' | 'certificate' | 'readStored' | 'logRefusal' | 'drainRecordsPerSecond' | 'now'
> & {
  /** The file a thread runs; it calls `runThread`. */
  readonly entry: URL
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly map: MemoryMap
  readonly pool: Pick<Pool, 'threads' | 'slots' | 'run'>
  readonly log: Pick<Log, 'find' | 'commit'>
  readonly stored: { offsets(): readonly number[] }
  readonly logger: Record<'warn' | 'error', (fields: object, message: string) => void>
  /** A thread died. What it had under way was not acknowledged. */
  readonly onDeath: (reason: string) => void
}

type Thread<Counts> = {
  readonly worker: Worker
  readonly line: Line<ThreadCalls<Counts>>
  /** It is expected to end. */
  isClosing: boolean
  /** The last that was heard. */
  load: ThreadLoad<Counts> | undefined
}

/** Starts the threads. What is told to them before they are up reaches them when they are. */
export function startThreads<Counts>(deps: ThreadsDeps): Entrance<Counts> {
  const calls = makeCalls(deps)
  const count = deps.config.ingress.threads
  const threads = Array.from({ length: count }, (_, index) => startThread<Counts>(deps, calls, index))
  const lines = threads.map(({ line }) => line)
  return {
    open: () => openAll(deps, threads),
    async load() {
      const loads = await Promise.all(threads.map(loadOf))
      return loads.filter((load) => load !== undefined)
    },
    stored(batch) {
      const pace = deps.drainRecordsPerSecond(batch.streamIndex)
      for (const line of lines) line.tell('stored', batch, pace)
    },
    refuseWith(logRefusal) {
      for (const line of lines) line.tell('refuseWith', logRefusal)
    },
    renew(certificate) {
      for (const line of lines) line.tell('renew', certificate)
    },
    async close(graceMs) {
      await Promise.all(threads.map((thread) => closeThread(deps, thread, graceMs)))
    },
  }
}

async function openAll<Counts>(deps: ThreadsDeps, threads: readonly Thread<Counts>[]) {
  const { host, port } = deps.config
  const [first, ...others] = threads
  try {
    if (port !== 0) await refuseTakenPort(host, port)
    const address = await first!.line.call('open', port) // which port is free is known only then
    await Promise.all(others.map(({ line }) => line.call('open', address.port)))
    return address
  } catch (error) {
    await Promise.all(threads.map(endThread))
    throw error
  }
}

// Any program of this user may listen at a port that is shared, so a second server would take half of the connections.
async function refuseTakenPort(host: string, port: number): Promise<void> {
  const probe = createServer()
  try {
    probe.listen({ host, port })
    await once(probe, 'listening')
  } catch (error) {
    throw listenError(error, host, port)
  }
  probe.close()
  await once(probe, 'close')
}

function startThread<Counts>(deps: ThreadsDeps, calls: MainCalls, index: number): Thread<Counts> {
  const { config, certificate, module, memory, map, plans, progress, pool } = deps
  const workerData: ThreadSetup = {
    index,
    config,
    certificate,
    module,
    memory,
    map,
    plans,
    progress,
    kernelThreads: pool.threads,
    kernelSlots: pool.slots,
    logRefusal: deps.logRefusal(),
    storedOffsets: deps.stored.offsets(),
  }
  const worker = new Worker(deps.entry, { workerData })
  const thread: Thread<Counts> = {
    worker,
    line: openLine<ThreadCalls<Counts>>(worker, calls),
    isClosing: false,
    load: undefined,
  }
  let reason = `ingress thread ${index} ended by itself`
  worker.on('error', (error) => {
    reason = `ingress thread ${index} died: ${error instanceof Error ? (error.stack ?? error.message) : error}`
  })
  worker.on('exit', () => {
    thread.line.end(reason)
    if (!thread.isClosing) deps.onDeath(reason)
  })
  return thread
}

function makeCalls({ config, pool, log, readStored, logger, now }: ThreadsDeps): MainCalls {
  const { limits } = config
  const crowd = makeCrowd(limits.connectionsMax, limits.connectionsPerAddressMax)
  const limiters: readonly (Limiter | undefined)[] = Object.values(config.streams).map(limiterOf)
  return {
    run: makeTurns(pool),
    commit: (slabIndex) => new Promise((resolve) => log.commit(slabIndex, resolve)),
    find: (stream, key) => log.find(stream, key),
    readStored,
    admit: (streamIndex, address) => admitAddress(limiters[streamIndex]!, address, now()),
    enter: (address) => crowd.enter(address),
    leave: (client) => crowd.leave(client),
    note: (level, fields, message) => logger[level](fields, message),
  }
}

// What a thread counted must not go with it: a total that fell would look like a start.
async function loadOf<Counts>(thread: Thread<Counts>): Promise<ThreadLoad<Counts> | undefined> {
  if (!thread.line.hasEnded()) thread.load = await thread.line.call('load').catch(() => thread.load)
  return thread.load
}

async function closeThread<Counts>(deps: ThreadsDeps, thread: Thread<Counts>, graceMs: number): Promise<void> {
  thread.isClosing = true
  try {
    thread.load = await thread.line.call('close', graceMs)
  } catch (error) {
    deps.logger.error({ err: error }, 'An ingress thread could not finish what was under way')
  }
  await endThread(thread)
}

async function endThread<Counts>(thread: Thread<Counts>): Promise<void> {
  thread.isClosing = true
  await thread.worker.terminate()
}
