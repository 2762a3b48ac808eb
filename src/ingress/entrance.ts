// Where records come in: by one acceptor in this thread, or by several threads that take connections. Who wires the server
// need not know which.
import { type Acceptor, type AcceptorDeps, openAcceptor } from './acceptor.ts'
import type { Certificate } from './certificate.ts'
import type { StoredBatch } from './stored.ts'
import type { LogRefusal, ThreadLoad } from './threads/calls.ts'
import { startThreads, type ThreadsDeps } from './threads/host.ts'

/** \`Counts\`: what a thread with a meter of its own has counted, as data; undefined in this thread. */
export type Entrance<Counts> = {
  /**
   * Resolves once records are taken.
   * @throws SluiceError CONFIG_INVALID when host or port cannot be had, KERNEL_FAILED; nothing is left open then.
   */
  open(): Promise<{ readonly host: string; readonly port: number }>
  /** Of each acceptor. */
  load(): Promise<readonly ThreadLoad<Counts | undefined>[]>
  /** A batch is in the sink, and \`deps.stored\` has heard of it. */
  stored(batch: StoredBatch): void
  /** The log refuses writes, or does so no more. */
  refuseWith(logRefusal: LogRefusal): void
  /** Shows another certificate to the connections to come. */
  renew(certificate: Certificate): void
  /** Takes no new connection, answers what is under way, cuts what is left after \`graceMs\`; then nothing is in flight. */
  close(graceMs: number): Promise<void>
}

export function makeEntrance<Counts>(deps: AcceptorDeps & ThreadsDeps): Entrance<Counts> {
  return deps.config.ingress.threads > 1 ? startThreads<Counts>(deps) : makeOwn(deps)
}

function makeOwn(deps: AcceptorDeps): Entrance<never> {
  let acceptor: Acceptor | undefined
  return {
    async open() {
      acceptor = await openAcceptor(deps)
      return acceptor
    },
    load: async () => (acceptor === undefined ? [] : [{ ...acceptor.load(), counts: undefined }]),
    stored: () => undefined, // \`deps.stored\` and \`deps.logRefusal\` are read directly
    refuseWith: () => undefined,
    renew: (certificate) => acceptor?.renew(certificate),
    close: async (graceMs) => acceptor?.close(graceMs),
  }
}
