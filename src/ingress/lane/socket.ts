// Has an accepted socket read straight into one buffer that all sockets share: half the user time of a small request goes
// into the buffer that node:net otherwise makes for each read. `onread` does that, but for accepted sockets there is no way
// to ask for it, so the handle is moved to a socket that has it. This is the one file that touches a handle.
import { Socket } from 'node:net'

/** Hears of bytes at the start of `bytes`; they are overwritten after the call. `isInput`: it is the shared buffer. */
export type OnBytes = (socket: Socket, bytes: Uint8Array, length: number, isInput: boolean) => void

type WithHandle = { _handle: { readStart?: unknown } | null }

/** @param accepted paused, not read yet. Returns the socket to go on with, which has been resumed. */
export function readInto(accepted: Socket, input: Uint8Array, onBytes: OnBytes): Socket {
  const holder = accepted as unknown as WithHandle
  const handle = holder._handle
  if (typeof handle?.readStart !== 'function') return readChunks(accepted, onBytes)
  holder._handle = null
  accepted.destroy()
  const socket: Socket = new Socket({
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: input,
      callback(length: number): boolean {
        onBytes(socket, input, length, true)
        return true
      },
    },
  } as unknown as ConstructorParameters<typeof Socket>[0])
  socket.resume()
  return socket
}

/** The documented way, for sockets without such a handle. */
function readChunks(socket: Socket, onBytes: OnBytes): Socket {
  socket.on('data', (bytes: Buffer) => onBytes(socket, bytes, bytes.length, false))
  socket.resume()
  return socket
}
