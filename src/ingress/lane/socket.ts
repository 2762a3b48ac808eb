// Has an accepted socket read straight into one buffer that all sockets share: half the user time of a small request goes
// into the buffer that node:net otherwise makes for each read. `onread` does that, but for accepted sockets there is no way
// to ask for it, so the handle is moved to a socket that has it. This is the one file that touches a handle.
import { Socket } from 'node:net'

/** Hears of bytes at the start of `bytes`, which is the shared buffer: they are overwritten after the call. */
export type OnBytes = (socket: Socket, bytes: Uint8Array, length: number) => void
/** A listener for 'data', for a socket that cannot read into the shared buffer. */
export type OnData = (this: Socket, bytes: Buffer) => void

type WithHandle = { _handle: { readStart?: unknown } | null }

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
  return new Socket(options as ConstructorParameters<typeof Socket>[0]).resume()
}
