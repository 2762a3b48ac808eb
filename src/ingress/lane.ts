// The fast lane: it answers plain requests of the streams from bare sockets and gives every other connection, untouched, to
// the HTTP server behind it. What it takes is in assembly/http/head.ts.
// What always holds: every connection the door hands in leaves the crowd when it closes, whoever serves it by then.
import type { Socket } from 'node:net'
import type { Heads } from '../kernel/heads.ts'
import type { Ingress } from './deps.ts'
import { type Door, openDoor } from './door.ts'
import { type Connection, makeConnection } from './lane/connection.ts'
import { flush } from './lane/flush.ts'
import type { Lane } from './lane/lane-state.ts'
import { closed } from './lane/leave.ts'
import { makePaths } from './lane/paths.ts'
import { makePlain } from './lane/plain.ts'
import { makeReader } from './lane/socket.ts'
import { startSweep } from './lane/sweep.ts'
import { receiveBytes, receiveEnd, takeHeld } from './lane/take.ts'
import { makeWire } from './lane/wire.ts'

export type OpenLane = {
  /** Its connections are the lane's. */
  readonly door: Door
  /** Takes no new connection, closes the idle ones, and resolves once all are closed. */
  close(): Promise<void>
  /** Cuts those that are still open. */
  cut(): void
}

export type LaneOptions = {
  readonly ingress: Ingress
  readonly heads: Heads
  /** Takes over a socket that has unread bytes. `refused`: it is to answer with 400 whatever they are. */
  readonly serve: (socket: Socket, refused: boolean) => void
  readonly onDrop: () => void
}

const connectionKey = Symbol('connection')
type LaneSocket = Socket & { [connectionKey]?: Connection }

export function openLane({ ingress, heads, serve, onDrop }: LaneOptions): OpenLane {
  const door = openDoor({
    ingress,
    onDrop,
    serve: (socket, client) => begin(lane, ingress.deps.certificate ? readSecured(socket) : read(socket), client),
  })
  const wire = makeWire(ingress.deps.config.limits.keepAliveMs)
  const lane: Lane = {
    ingress,
    heads,
    paths: makePaths(ingress.streams, ingress.deps.meter),
    wire,
    plain: makePlain(wire),
    crowd: door.crowd,
    connections: new Set(),
    dirty: [],
    flush: () => flush(lane),
    goOn: takeHeld,
    now: () => performance.now(),
    giveAway(socket, unread, refused) {
      socket.off('data', onData).off('end', onEnd).off('error', onError).off('drain', onDrain)
      if (unread.length > 0) socket.unshift(unread)
      serve(socket, refused)
      if (socket.isPaused()) socket.resume()
    },
  }
  const stopSweep = startSweep(lane)
  const read = makeReader(heads.input, onBytes, onData)
  return {
    door,
    async close() {
      door.shut()
      for (const { socket, held, bulk, owedCount } of lane.connections) {
        if (held === undefined && bulk === undefined && owedCount === 0) socket.destroySoon()
      }
      await door.crowd.gone()
      stopSweep()
    },
    cut() {
      for (const { socket } of lane.connections) socket.destroy()
    },
  }
}

function begin(lane: Lane, socket: LaneSocket, client: string): void {
  const connection = makeConnection(lane, socket, client)
  socket[connectionKey] = connection
  lane.connections.add(connection)
  socket.on('end', onEnd).on('error', onError).on('drain', onDrain).on('close', onClose)
}

// What is read of a secured socket was decrypted into a buffer of its own already.
function readSecured(socket: Socket): Socket {
  return socket.on('data', onData).resume()
}

function onData(this: LaneSocket, bytes: Buffer): void {
  if (this[connectionKey]) receiveBytes(this[connectionKey], bytes, bytes.length, false)
}

// A socket that was handed over and is not read by its parser any more gets its bytes as any other would.
function onBytes(socket: LaneSocket, bytes: Uint8Array, length: number): void {
  const connection = socket[connectionKey]
  if (connection === undefined || connection.state === 'handed') socket.push(Buffer.from(bytes.subarray(0, length)))
  else receiveBytes(connection, bytes, length, true)
}

function onEnd(this: LaneSocket): void {
  if (this[connectionKey]) receiveEnd(this[connectionKey])
}

function onDrain(this: LaneSocket): void {
  const connection = this[connectionKey]
  if (connection === undefined) return
  connection.isFull = false
  takeHeld(connection)
}

function onClose(this: LaneSocket): void {
  const connection = this[connectionKey]
  if (connection === undefined) return
  connection.lane.crowd.leave(connection.client)
  closed(connection)
}

// A reset is the client's way to leave; 'close' follows and counts what it leaves behind.
function onError(this: LaneSocket): void {
  this.destroy()
}
