// A thread that takes connections: an acceptor over its share of the slabs, whose pool, log, sink and shared counts are in
// the main thread, at the other end of a line.
// What always holds: a limit that holds for the process is counted there, for all threads together, or divided by them.
import { openHere } from '../../kernel/pool.ts'
import type { Log } from '../../log/log.ts'
import { type Acceptor, openAcceptor } from '../acceptor.ts'
import type { Meter, ServerDeps, ServerLogger } from '../deps.ts'
import type { IntakeOptions } from '../intake.ts'
import { type Crowd, makeCrowd } from '../lane/crowd.ts'
import { makeStoredWatch } from '../stored.ts'
import type { MainCalls, ThreadCalls, ThreadLoad, ThreadSetup } from './calls.ts'
import { type Line, openLine, type Port } from './line.ts'
import { type SlabShare, shareOfSlabs } from './share.ts'

type Main = Line<MainCalls>

export type ThreadOptions<Counts> = {
  readonly setup: ThreadSetup
  readonly port: Port
  readonly meter: Meter
  /** What the meter has counted. */
  readonly counts: () => Promise<Counts>
}

/** Serves the main thread's calls from now on. */
export function runThread<Counts>({ setup, port, meter, counts }: ThreadOptions<Counts>): void {
  const { config, certificate, memory, plans, progress } = setup
  const share = shareOfSlabs(setup.map, setup.index, config.ingress.threads)
  const stored = makeStoredWatch(setup.storedOffsets)
  const paces = new Map<number, number | undefined>()
  let { logRefusal } = setup
  let acceptor: Acceptor | undefined

  function opened(): Acceptor {
    if (acceptor === undefined) throw new Error('the listener is not open')
    return acceptor
  }

  async function load(): Promise<ThreadLoad<Counts>> {
    const atRest = { freeSlabs: share.map.slabCount, chunksInFlight: 0 }
    return { ...(acceptor?.load() ?? atRest), counts: await counts() }
  }

  const calls: ThreadCalls<Counts> = {
    async open(portNumber) {
      acceptor = await openAcceptor({
        config: { ...config, port: portNumber },
        certificate,
        memory,
        map: share.map,
        plans,
        progress,
        stored,
        meter,
        logRefusal: () => logRefusal,
        drainRecordsPerSecond: (streamIndex) => paces.get(streamIndex),
        now: Date.now,
        pool: await openPool(main, setup, share),
        ...farParts(main, share),
      })
      return { host: acceptor.host, port: acceptor.port }
    },
    stored(batch, recordsPerSecond) {
      paces.set(batch.streamIndex, recordsPerSecond)
      stored.onBatch(batch)
    },
    refuseWith(refusal) {
      logRefusal = refusal
    },
    renew: (next) => opened().renew(next),
    load,
    async close(graceMs) {
      await opened().close(graceMs)
      return load()
    },
  }
  const main: Main = openLine<MainCalls>(port, calls)
}

type FarParts = Pick<ServerDeps, 'readStored' | 'shared' | 'logger'> & {
  readonly log: Pick<Log, 'find' | 'commit'>
}

/** Rounds of small slabs are run here, all others in the main thread's pool. */
async function openPool(main: Main, setup: ThreadSetup, { map, firstSlab }: SlabShare): Promise<IntakeOptions['pool']> {
  const { config, index, kernelThreads: threads, kernelSlots: slots } = setup
  return {
    threads,
    slots,
    run: (slab, streamIndex) => main.call('run', firstSlab + slab, streamIndex),
    runHere: await openHere({ ...setup, engine: config.engine, map }, threads, index),
  }
}

/** The other parts that are in the main thread. */
function farParts(main: Main, { firstSlab }: SlabShare): FarParts {
  return {
    log: {
      commit: (slab, done) => void main.call('commit', firstSlab + slab).then(done),
      find: (stream, key) => main.call('find', stream, key),
    },
    readStored: (streamIndex, key) => main.call('readStored', streamIndex, key),
    shared: {
      crowd: farCrowd(main),
      admitAddress: (streamIndex, address) => main.call('admit', streamIndex, address),
    },
    logger: farLogger(main),
  }
}

/** Connections are counted in the main thread, and here only to know when all of this thread's are gone. */
function farCrowd(main: Main): Crowd {
  const own = makeCrowd(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  return {
    async enter(address) {
      own.enter(undefined)
      const client = await main.call('enter', address)
      if (client === undefined) own.leave('')
      return client
    },
    leave(client) {
      main.tell('leave', client)
      own.leave('')
    },
    gone: own.gone,
  }
}

function farLogger(main: Main): ServerLogger {
  return {
    warn: (fields, message) => main.tell('note', 'warn', plain(fields), message),
    error: (fields, message) => main.tell('note', 'error', plain(fields), message),
  }
}

// Of an error only the message and the stack would arrive.
function plain(fields: object): object {
  const { err } = fields as { readonly err?: unknown }
  if (!(err instanceof Error)) return fields
  const { name, message, stack } = err
  return { ...fields, err: { type: name, message, stack, code: 'code' in err ? String(err.code) : undefined } }
}
