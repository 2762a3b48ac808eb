// One place where records come in: an intake over its slabs and a server before it. There is one in the main thread, or one
// in each of several threads; which of the two is no concern of anything in here.
import type { Log } from '../log/log.ts'
import type { Certificate } from './certificate.ts'
import type { ServerDeps } from './deps.ts'
import { type IntakeOptions, openIntake } from './intake.ts'
import { openServer } from './server.ts'

export type AcceptorDeps = Omit<ServerDeps, 'intake'> &
  Pick<IntakeOptions, 'memory' | 'map' | 'pool'> & { readonly log: Pick<Log, 'find' | 'commit'> }

export type Acceptor = {
  readonly host: string
  readonly port: number
  load(): { readonly freeSlabs: number; readonly chunksInFlight: number }
  /** Shows another certificate to the connections to come. */
  renew(certificate: Certificate): void
  /** Takes no new connection, answers what is under way, cuts what is left after `graceMs`; then nothing is in flight. */
  close(graceMs: number): Promise<void>
}

/** @throws SluiceError as {@link openServer} does. */
export async function openAcceptor(deps: AcceptorDeps): Promise<Acceptor> {
  const onKernelFailure = (detail: string) =>
    deps.logger.error({ detail }, 'The kernel failed on a slab; its clients were told to try again')
  const intake = openIntake({ ...deps, onKernelFailure })
  const server = await openServer({ ...deps, intake })
  return {
    host: server.host,
    port: server.port,
    load: () => ({ freeSlabs: intake.freeSlabs(), chunksInFlight: intake.inFlight() }),
    renew: server.renew,
    async close(graceMs) {
      await server.close(graceMs)
      await intake.idle()
    },
  }
}
