// The unfinished record of a body: a buffer that grows by doubling, so that bytes that come one at a time cost what they
// weigh. It refuses nothing itself; who holds checks the size.

export type Held = {
  bytes: Buffer
  size: number
}

const empty = Buffer.alloc(0)
const firstBytes = 512

export function makeHeld(): Held {
  return { bytes: empty, size: 0 }
}

export function append(held: Held, more: Uint8Array): void {
  const size = held.size + more.length
  if (size > held.bytes.length) {
    const grown = Buffer.allocUnsafeSlow(Math.max(firstBytes, size, held.bytes.length * 2))
    held.bytes.copy(grown, 0, 0, held.size)
    held.bytes = grown
  }
  held.bytes.set(more, held.size)
  held.size = size
}

/** Returns what was held and starts anew; the bytes are the caller's. */
export function takeHeld(held: Held): Buffer {
  const bytes = held.bytes.subarray(0, held.size)
  dropHeld(held)
  return bytes
}

export function dropHeld(held: Held): void {
  held.bytes = empty
  held.size = 0
}
