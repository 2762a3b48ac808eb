// Reads and writes sockets at what the system calls cost. Reading: `node:net` makes a buffer for each read, which is half the
// user time of a small request; `onread` reads into one that all sockets share, but cannot be asked for on accepted sockets, so
// the handle is moved to a socket that has it. Writing: a stream's write makes four objects and passes eight functions before
// the system call, so an answer goes to the descriptor while the socket has nothing queued, and what is not taken to the socket.
// This is the one file that touches a handle; where there is none of the kind, everything goes the documented way.
// What always holds: bytes leave in the order in which they were given; whatever goes wrong is told by the socket's events.
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** Hears of bytes at the start of `bytes`, which is the shared buffer: they are overwritten after the call. */
export type OnBytes = (socket: Socket, bytes: Uint8Array, length: number) => void
/** A listener for 'data', for a socket that cannot read into the shared buffer. */
export type OnData = (this: Socket, bytes: Buffer) => void

type WithHandle = { _handle: { readStart?: unknown; fd?: unknown } | null }

const fileKey = Symbol('file')
type WithFile = { [fileKey]?: number }

/** Has accepted sockets read into `input`; makes what they share once. */
export function makeReader(input: Uint8Array, onBytes: OnBytes, onData: OnData): (accepted: Socket) => Socket {
  const onread = {
    buffer: input,
    // node:net calls it on the socket; a closure for each would be memory for each.
    callback(this: Socket, length: number): boolean {
      onBytes(this, input, length)
      return true
    },
  }
  return (accepted) => readInto(accepted, onread, onData)
}

/** Takes a paused socket that was not read yet. Returns the one to go on with, which reads. */
function readInto(accepted: Socket, onread: object, onData: OnData): Socket {
  const holder = accepted as unknown as WithHandle
  const handle = holder._handle
  if (typeof handle?.readStart !== 'function') return accepted.on('data', onData).resume() // the documented way
  holder._handle = null
  accepted.destroy()
  const options = { handle, allowHalfOpen: true, onread }
  const socket: Socket & WithFile = new Socket(options as ConstructorParameters<typeof Socket>[0]).resume()
  if (typeof handle.fd === 'number' && handle.fd >= 0) socket[fileKey] = handle.fd
  return socket
}

/** The descriptor that {@link writeText} may write to; −1 where there is none, as for every socket that encrypts. */
export function fileOf(socket: Socket & WithFile): number {
  return socket[fileKey] ?? -1
}

/**
 * Writes a text to a socket that is not destroyed: then its descriptor is its own. False: the client is behind, 'drain' comes
 * when it is not any more.
 */
export function writeText(socket: Socket, file: number, text: string, isAscii: boolean): boolean {
  if (!isAscii) return socket.write(text, 'utf8')
  const written = file < 0 || socket.writableLength > 0 ? 0 : tryWrite(file, text)
  return written === text.length || socket.write(text.slice(written), 'latin1')
}

/** The same for bytes, which may be written over after the call. */
export function writeBytes(socket: Socket, file: number, bytes: Uint8Array): boolean {
  const written = file < 0 || socket.writableLength > 0 ? 0 : tryWriteBytes(file, bytes)
  return written === bytes.length || socket.write(Uint8Array.prototype.slice.call(bytes, written))
}

// It never blocks, the descriptor being one of an event loop. When it is full, or the client is gone, the socket's own write
// meets the same and deals with it: it queues, or the socket fails.
function tryWrite(file: number, text: string): number {
  try {
    return writeSync(file, text, null, 'latin1')
  } catch {
    return 0
  }
}

function tryWriteBytes(file: number, bytes: Uint8Array): number {
  try {
    return writeSync(file, bytes, 0, bytes.length, null)
  } catch {
    return 0
  }
}
