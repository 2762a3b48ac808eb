// What all connections of the fast lane share.
import type { Socket } from 'node:net'
import type { Heads } from '../../kernel/heads.ts'
import type { Ingress } from '../deps.ts'
import type { Connection } from './connection.ts'
import type { Crowd } from './crowd.ts'
import type { Paths } from './paths.ts'
import type { Plain } from './plain.ts'
import type { Wire } from './wire.ts'

export type Lane = {
  readonly ingress: Ingress
  readonly heads: Heads
  readonly paths: Paths
  readonly wire: Wire
  readonly plain: Plain
  /** All that are open, also those handed over. */
  readonly crowd: Crowd
  /** Those the lane serves; not those that were handed over. */
  readonly connections: Set<Connection>
  /** Connections with answers to write at the end of the turn. */
  dirty: Connection[]
  readonly flush: () => void
  /** Takes what the connection holds, and reads on. */
  readonly goOn: (connection: Connection) => void
  /** Monotonic, in ms. */
  readonly now: () => number
  /**
   * Gives the socket to the other HTTP server: at a message boundary, nothing owed, with the bytes it has not consumed.
   * `refused`: whatever that server makes of them, it is to refuse.
   */
  readonly giveAway: (socket: Socket, unread: Buffer, refused: boolean) => void
}
