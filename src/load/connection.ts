// One keep-alive connection of a load generator: writes prepared requests, counts what comes back, opens again when the
// server closes it. All connections read into one buffer, which is right because a chunk is used up before the next read.
// It never sends more than `depth` requests ahead of their answers.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { makeScan, type ResponseScan, scanResponses } from './responses.ts'
import { countUp, type Target, type Template } from './templates.ts'

const readBuffer = Buffer.allocUnsafeSlow(65_536)
const reopenMs = 20

export type Connection = {
  socket: Socket
  scan: ResponseScan
  open: boolean
  /** Code of the last error of its socket. */
  trouble: string | undefined
  readonly templates: readonly Template[]
  nextTemplate: number
  /** When each outstanding request began, or was meant to: a ring of `depth`. */
  readonly startedMs: Float64Array
  oldest: number
  outstanding: number
}

/** Who hears of a connection. `onRoom` comes once after a chunk was read and after (re)opening. */
export type Listener = {
  onResponse(connection: Connection, status: number): void
  onRoom(connection: Connection): void
  /**
   * The server closed it, or it failed, with `lostCount` requests unanswered; `trouble` is the error's code. It opens again
   * unless `closing`.
   */
  onLost(lostCount: number, trouble: string | undefined): void
  /** What came is no answer that can be counted: a figure from here on would be wrong. */
  onUnreadable(error: Error): void
  closing: boolean
}

/** Starts to open a connection. Templates with a serial number must be its own alone. */
export function openConnection(
  target: Target,
  templates: readonly Template[],
  depth: number,
  listener: Listener,
): Connection {
  const connection: Connection = {
    socket: undefined as unknown as Socket, // set by the next call, before anything can read it
    scan: makeScan(),
    open: false,
    trouble: undefined,
    templates,
    nextTemplate: 0,
    startedMs: new Float64Array(depth),
    oldest: 0,
    outstanding: 0,
  }
  connectSocket(connection, target, listener)
  return connection
}

/** When the oldest outstanding request began; forgets it. Call once for each response, in `onResponse`. */
export function takeStart(connection: Connection): number {
  const startedMs = connection.startedMs[connection.oldest]!
  connection.oldest = (connection.oldest + 1) % connection.startedMs.length
  connection.outstanding--
  return startedMs
}

export function roomOf(connection: Connection): number {
  return connection.open ? connection.startedMs.length - connection.outstanding : 0
}

/** Notes one request as started at `startedMs` and returns its bytes, made new. The caller writes them at once. */
export function nextRequest(connection: Connection, startedMs: number): Buffer {
  const depth = connection.startedMs.length
  connection.startedMs[(connection.oldest + connection.outstanding) % depth] = startedMs
  connection.outstanding++
  const template = connection.templates[connection.nextTemplate]!
  connection.nextTemplate = (connection.nextTemplate + 1) % connection.templates.length
  if (template.serialEnd > 0) countUp(template.bytes, template.serialEnd)
  return template.bytes
}

/** Closes a connection at once; what it still waits for was sent after the measured time. */
export async function endConnection(connection: Connection): Promise<void> {
  if (connection.socket.destroyed) return
  const closed = once(connection.socket, 'close')
  connection.socket.destroy()
  await closed
}

function connectSocket(connection: Connection, target: Target, listener: Listener): void {
  const onread = { buffer: readBuffer, callback: readInto(connection, listener) }
  const socket = connect({ host: target.host, port: target.port, noDelay: true, onread })
  connection.socket = socket
  socket.on('connect', () => {
    connection.open = true
    listener.onRoom(connection)
  })
  // An error is always followed by `close`, where the loss is counted.
  socket.on('error', (error: NodeJS.ErrnoException) => {
    connection.trouble = error.code ?? error.message
  })
  socket.on('close', () => onClose(connection, target, listener))
}

function readInto(connection: Connection, listener: Listener): (bytesRead: number, bytes: Uint8Array) => boolean {
  // A server may say why it closes a connection that asked nothing; that answers no request.
  const hear = (owner: Connection, status: number): void => {
    if (owner.outstanding > 0) listener.onResponse(owner, status)
  }
  return (bytesRead, bytes) => {
    try {
      scanResponses(connection.scan, bytes, bytesRead, connection, hear)
    } catch (error) {
      listener.onUnreadable(error as Error)
      return true
    }
    listener.onRoom(connection)
    return true
  }
}

function onClose(connection: Connection, target: Target, listener: Listener): void {
  const { outstanding, trouble } = connection
  connection.open = false
  connection.outstanding = 0
  connection.scan = makeScan()
  if (listener.closing) return
  listener.onLost(outstanding, trouble)
  setTimeout(() => {
    if (listener.closing) return
    connection.trouble = undefined
    connectSocket(connection, target, listener)
  }, reopenMs)
}
