// Reads request heads with an instance of the kernel over a small memory of its own. Sockets read straight into that
// memory, so a head is parsed where it arrived. Single-threaded, and no state is kept from one head to the next.
import { instantiateSync } from '@assemblyscript/loader'
import { laneHeadBytesMax, laneReadBytes } from '../limits.ts'

/** What a head of the strict form says. Filled anew by each `read`. */
export type Head = {
  method: 'GET' | 'POST'
  /** From the head's start. */
  pathOffset: number
  pathBytes: number
  /** 0xffffffff for anything that long or longer. */
  contentLength: number
  /** The client asks to close the connection. */
  close: boolean
  /** The body is NDJSON, else JSON. */
  lines: boolean
}

/** What {@link Heads.read} returns instead of a length. */
export const headOutcome = { INCOMPLETE: 0, REFUSE: -1, HAND_OVER: -2 } as const

export type Heads = {
  /** Where sockets read to. */
  readonly input: Uint8Array
  /** Where `readHeld` lays what it reads; a path is read from there. */
  readonly copy: Uint8Array
  readonly head: Head
  /** Reads the head at `offset` of `input`, up to `end`. Returns its length, 0 incomplete, −1 refuse, −2 hand over. */
  read(offset: number, end: number): number
  /** The same for bytes from elsewhere. */
  readHeld(bytes: Uint8Array, offset: number, end: number): number
}

type HeadExports = {
  dataEnd(): number
  parseHead(input: number, bytes: number, out: number): number
}

const outBytes = 64
// Wide loads may pass the end of what is read.
const paddingBytes = 64
const pageBytes = 65_536
const flagClose = 1
const flagLines = 2

/** @param module the plain build of the kernel. */
export function openHeads(module: WebAssembly.Module): Heads {
  const pages = Math.ceil((262_144 + outBytes + laneReadBytes + laneHeadBytesMax + 2 * paddingBytes) / pageBytes)
  const memory = new WebAssembly.Memory({ initial: Math.max(16, pages), maximum: Math.max(16, pages) })
  // The exports themselves: the loader wraps each in a function that minds optional arguments, which costs as much as a head.
  const { instance } = instantiateSync<HeadExports>(module, { env: { memory } })
  const exports = instance.exports as HeadExports
  const out = Math.ceil(exports.dataEnd() / outBytes) * outBytes
  const inputAddress = out + outBytes
  const copyAddress = inputAddress + laneReadBytes + paddingBytes
  const words = new Uint32Array(memory.buffer, out, 5)
  const input = new Uint8Array(memory.buffer, inputAddress, laneReadBytes)
  const copy = new Uint8Array(memory.buffer, copyAddress, laneHeadBytesMax)
  const head: Head = { method: 'GET', pathOffset: 0, pathBytes: 0, contentLength: 0, close: false, lines: false }

  function parse(address: number, bytes: number): number {
    const length = exports.parseHead(address, Math.min(bytes, laneHeadBytesMax), out)
    if (length > 0) fill()
    // What is not complete within the bound is no usual head.
    return length === headOutcome.INCOMPLETE && bytes >= laneHeadBytesMax ? headOutcome.HAND_OVER : length
  }

  function fill(): void {
    head.method = words[0] === 1 ? 'GET' : 'POST'
    head.pathOffset = words[1]!
    head.pathBytes = words[2]!
    head.contentLength = words[3]!
    head.close = (words[4]! & flagClose) !== 0
    head.lines = (words[4]! & flagLines) !== 0
  }

  return {
    input,
    copy,
    head,
    read: (offset, end) => parse(inputAddress + offset, end - offset),
    readHeld(bytes, offset, end) {
      copy.set(bytes.subarray(offset, Math.min(end, offset + laneHeadBytesMax)))
      return parse(copyAddress, end - offset)
    },
  }
}
