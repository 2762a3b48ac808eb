// The listener of records: it accepts connections, counts them, has them shake hands where TLS is asked for, and hands them
// on. It refuses those over the limits by closing them unread.
// What always holds: a connection is counted from when it is accepted until it closes, whoever serves it by then.
import { createServer, type Socket, type Server as TcpServer } from 'node:net'
import type { Certificate } from './certificate.ts'
import type { Ingress } from './deps.ts'
import { type Gate, openGate } from './gate.ts'
import { type Crowd, makeCrowd } from './lane/crowd.ts'

export type Door = {
  readonly tcp: TcpServer
  /** All that are open. */
  readonly crowd: Crowd
  /** Shows another certificate to the connections to come; only where there was one. */
  renew(certificate: Certificate): void
  /** Takes no new connection, and cuts those that have not finished their handshake. */
  shut(): void
}

export type DoorOptions = {
  readonly ingress: Ingress
  /**
   * Takes over a connection that is ready for requests and was not read yet. When it closes, who has it must let `client`
   * leave the crowd.
   */
  readonly serve: (socket: Socket, client: string) => void
  /** A connection was one too many. */
  readonly onDrop: () => void
}

export function openDoor({ ingress, serve, onDrop }: DoorOptions): Door {
  const { config, certificate, meter, shared } = ingress.deps
  const { limits } = config
  const crowd = shared?.crowd ?? makeCrowd(limits.connectionsMax, limits.connectionsPerAddressMax)
  const gate: Gate | undefined = certificate && openGate({ certificate, handshakeMs: limits.handshakeMs, ...ends() })

  let isShut = false

  function ends() {
    return {
      onSecure: take,
      onFailure(client: string, failure: Parameters<typeof meter.connection>[0]) {
        meter.connection(failure)
        crowd.leave(client)
      },
    }
  }

  function take(socket: Socket, client: string): void {
    meter.connection('taken')
    serve(socket, client)
  }

  function admit(accepted: Socket, client: string | undefined): void {
    if (client === undefined) {
      accepted.destroy()
      meter.connection('dropped')
      onDrop()
    } else if (accepted.destroyed || isShut) {
      accepted.destroy()
      crowd.leave(client)
    } else if (gate === undefined) take(accepted, client)
    else gate.take(accepted, client)
  }

  const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true }
  const tcp = createServer(options, (accepted) => {
    const client = crowd.enter(accepted.remoteAddress)
    if (client instanceof Promise) void client.then((one) => admit(accepted, one))
    else admit(accepted, client)
  })
  return {
    tcp,
    crowd,
    renew: (next) => gate?.renew(next),
    shut() {
      isShut = true
      tcp.close()
      gate?.cut()
    },
  }
}
