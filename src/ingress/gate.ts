// Where connections of a TLS listener shake hands. HTTP/1.1 is the only protocol offered, and a client may not ask for
// another handshake later.
// What always holds: a connection that was taken is either handed on, secured, or told of as failed, once; it fails by a
// deadline for the whole handshake, however slowly its bytes drip.
import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { type Certificate, contextOptions } from './certificate.ts'

/** How a handshake failed. `plain_http`: the client speaks HTTP without TLS. */
export type GateFailure = 'handshake_timeout' | 'handshake_failed' | 'plain_http'

export type Gate = {
  /** Begins a handshake with a connection that was not read yet. */
  take(raw: Socket, client: string): void
  /** Shows another certificate to the connections to come. */
  renew(certificate: Certificate): void
  /** Cuts the connections that have not finished their handshake. */
  cut(): void
}

export type GateOptions = {
  readonly certificate: Certificate
  readonly handshakeMs: number
  readonly onSecure: (socket: TLSSocket, client: string) => void
  readonly onFailure: (client: string, failure: GateFailure) => void
}

type Pending = { readonly raw: Socket; readonly client: string; failure: GateFailure; timer: NodeJS.Timeout }

export function openGate({ certificate, handshakeMs, onSecure, onFailure }: GateOptions): Gate {
  const pending = new Map<string, Pending>()
  // It does not listen; it is given connections, as its documentation has it.
  const tls = createServer({
    ...contextOptions(certificate),
    ALPNProtocols: ['http/1.1'],
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  })
  tls.on('secureConnection', (socket) => {
    const one = settle(nameOf(socket))
    if (one === undefined) return void socket.destroy()
    socket.allowHalfOpen = true
    onSecure(socket, one.client)
  })
  tls.on('tlsClientError', (error: Error & { readonly code?: string }, socket) => {
    const one = pending.get(nameOf(socket))
    if (one !== undefined && error.code === 'ERR_SSL_HTTP_REQUEST') one.failure = 'plain_http'
    socket.destroy()
  })

  function settle(name: string): Pending | undefined {
    const one = pending.get(name)
    clearTimeout(one?.timer)
    pending.delete(name)
    return one
  }

  return {
    take(raw, client) {
      const name = nameOf(raw)
      const timer = setTimeout(() => {
        one.failure = 'handshake_timeout'
        raw.destroy()
      }, handshakeMs)
      const one: Pending = { raw, client, failure: 'handshake_failed', timer }
      pending.set(name, one)
      // The connection below closes whoever of the two ends it, so this is where every failure comes by.
      raw.once('close', () => {
        if (pending.get(name) === one) onFailure(client, settle(name)?.failure ?? one.failure)
      })
      raw.allowHalfOpen = false // who closes its side now will never finish
      tls.emit('connection', raw)
    },
    renew: (next) => tls.setSecureContext(contextOptions(next)),
    cut() {
      for (const { raw } of pending.values()) raw.destroy()
    },
  }
}

// The secured socket does not tell which one it is over; the two ends of a connection are its name while it is open.
function nameOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}
