// Calls the kernel's head parser on text, with bytes behind the end that would be wrong to use.
import { openProbe, type Probe } from '../../fixtures/probe.ts'

type Exports = { parseHead(input: number, bytes: number, out: number): number; heapBase(): number }

/** What became of a head. The members are set when it was taken. */
export type HeadResult = {
  readonly length: number
  readonly method?: string
  readonly path?: string
  readonly contentLength?: number
  readonly close?: boolean
  readonly lines?: boolean
}

export type HeadParser = {
  /** Parses the first `bytes` bytes of `text`, as latin1. */
  parse(text: string, bytes?: number): HeadResult
  /** Only what parseHead returns. */
  outcome(text: string, bytes?: number): number
}

const outAddress = 32_768
const inputAddress = 65_536
// What looks like a line end, a colon and an end of head must not be seen behind the end.
const traps = ['\r\n\r\n'.repeat(16), ':'.repeat(64), 'A'.repeat(64), '\0'.repeat(64)].map((text) => Buffer.from(text))

export async function openHeadParser(): Promise<HeadParser> {
  const probe: Probe<Exports> = await openProbe<Exports>('http')
  let turn = 0

  function outcome(text: string, bytes = text.length): number {
    const trap = traps[turn++ % traps.length]!
    probe.bytes.set(Buffer.from(text.slice(0, bytes), 'latin1'), inputAddress)
    probe.bytes.set(trap, inputAddress + bytes)
    return probe.exports.parseHead(inputAddress, bytes, outAddress)
  }

  function parse(text: string, bytes?: number): HeadResult {
    const length = outcome(text, bytes)
    if (length <= 0) return { length }
    const [method = 0, pathOffset = 0, pathBytes = 0, contentLength = 0, flags = 0] = [0, 4, 8, 12, 16].map((at) =>
      probe.view.getUint32(outAddress + at, true),
    )
    return {
      length,
      method: method === 1 ? 'GET' : 'POST',
      path: text.slice(pathOffset, pathOffset + pathBytes),
      contentLength,
      close: (flags & 1) !== 0,
      lines: (flags & 2) !== 0,
    }
  }

  return { parse, outcome }
}

export const REFUSE = -1
export const HAND_OVER = -2

/** Where a cut changes what the head comes to, or undefined. A part of a head is incomplete, or already decided. */
export function badCut(parser: HeadParser, text: string): number | undefined {
  const whole = parser.outcome(text)
  for (let bytes = 0; bytes < text.length; bytes++) {
    const part = parser.outcome(text, bytes)
    if (part !== 0 && part !== whole) return bytes
    if (part > bytes) return bytes
  }
  return undefined
}
