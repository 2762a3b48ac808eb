// Cuts a JSON array into its elements without parsing them: it follows strings and nesting depth only, byte by byte, and
// can be interrupted at any byte. What is inside an element is the kernel's to judge; what is between elements is judged
// here. After a fault between elements nothing that follows can be told apart, so the rest of the body is not looked at.
// What always holds: at most one element within the limit is held; a longer one is refused, its end still found.
import { append, dropHeld, makeHeld, takeHeld } from './held.ts'
import { type Cutter, type Piece, tooLarge } from './pieces.ts'

const [tab, lf, cr, space, quote, comma, backslash] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x5c]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Where the scanner stands between two bytes. */
type State = 'start' | 'first' | 'next' | 'element' | 'string' | 'escape' | 'after' | 'broken'

/** 1 for the bytes that decide where an element ends; most bytes do not. */
const structural = new Uint8Array(256)
for (const byte of [quote, comma, openBracket, closeBracket, openBrace, closeBrace]) structural[byte] = 1

/** What `[`, `,` or white space lead to, and what a person is told when the byte there fits nothing. */
const expected: Readonly<Partial<Record<State, string>>> = {
  start: 'the array must start with "["',
  next: 'an element must follow a ","',
  after: 'nothing but white space may follow the array',
}

export function makeArraySplitter(recordBytesMax: number): Cutter {
  const held = makeHeld()
  let state: State = 'start'
  let depth = 0
  let skipping = false
  let bodyOffset = 0

  function fail(at: number, words: string, pieces: Piece[]): void {
    state = 'broken'
    dropHeld(held)
    const message = `The array is malformed at byte ${at} of the body: ${words}`
    pieces.push({ kind: 'refused', code: 'JSON_MALFORMED', message })
  }

  // An element's bytes up to the end of the chunk are kept, unless it is too large already.
  function hold(part: Buffer, pieces: Piece[]): void {
    if (skipping) return
    skipping = held.size + part.length > recordBytesMax
    if (skipping) {
      dropHeld(held)
      pieces.push(tooLarge(recordBytesMax))
    } else append(held, part)
  }

  function pushElement(part: Buffer, pieces: Piece[]): void {
    const crossed = held.size > 0 || skipping
    if (crossed) hold(part, pieces)
    else if (part.length > recordBytesMax) pieces.push(tooLarge(recordBytesMax))
    else pieces.push({ kind: 'record', bytes: trimEnd(part) })
    if (crossed && !skipping) pieces.push({ kind: 'record', bytes: trimEnd(takeHeld(held)) })
    skipping = false
  }

  // Between elements. Returns the next state; 'broken' when the byte fits nothing there.
  function between(byte: number): State {
    if (isSpace(byte)) return state
    if (state === 'start') return byte === openBracket ? 'first' : 'broken'
    if (state === 'after') return 'broken'
    if (byte === closeBracket) return state === 'first' ? 'after' : 'broken'
    return byte === comma ? 'broken' : 'element'
  }

  function feed(chunk: Buffer, pieces: Piece[]): void {
    let start = 0
    for (let at = 0; at < chunk.length && state !== 'broken'; at++) {
      const byte = chunk[at]!
      if (state === 'element' || state === 'string' || state === 'escape') {
        at = within(chunk, at)
        if (at < chunk.length && depth < 0) {
          pushElement(chunk.subarray(start, at), pieces)
          state = chunk[at] === comma ? 'next' : 'after'
        }
        continue
      }
      const next = between(byte)
      if (next === 'broken') fail(bodyOffset + at, expected[state] ?? 'an element or "]" must follow', pieces)
      else if (next === 'element') {
        start = at
        depth = 0
        state = 'element'
        at-- // the same byte again, as the element's first
      } else state = next
    }
    if (state === 'element' || state === 'string' || state === 'escape') hold(chunk.subarray(start), pieces)
    bodyOffset += chunk.length
  }

  // Follows the element from `from`. Returns where it ends (then the depth is −1), or the chunk's length.
  function within(chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length && depth >= 0)
      at = state === 'element' ? throughTokens(chunk, at) : throughString(chunk, at)
    return at
  }

  function throughString(chunk: Buffer, from: number): number {
    let escaped = state === 'escape'
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]
      if (escaped) escaped = false
      else if (byte === backslash) escaped = true
      else if (byte === quote) {
        state = 'element'
        return at + 1
      }
    }
    state = escaped ? 'escape' : 'string'
    return chunk.length
  }

  function throughTokens(chunk: Buffer, from: number): number {
    let level = depth
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (structural[byte] === 0) continue
      if (byte === quote) {
        state = 'string'
        depth = level
        return at + 1
      }
      if (byte === openBrace || byte === openBracket) level++
      else if (level === 0 && (byte === comma || byte === closeBracket)) {
        depth = -1
        return at
      } else if (level > 0 && (byte === closeBrace || byte === closeBracket)) level--
    }
    depth = level
    return chunk.length
  }

  return {
    feed,
    end(pieces) {
      if (state === 'after' || state === 'broken') return
      if (skipping)
        state = 'broken' // that element was refused already; the cut is its fault
      else fail(bodyOffset, 'it ends before its "]"', pieces)
    },
    heldBytes: () => held.bytes.length,
    broken: () => state === 'broken',
  }
}

function isSpace(byte: number): boolean {
  return byte === space || byte === lf || byte === cr || byte === tab
}

function trimEnd(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && isSpace(bytes[end - 1]!)) end--
  return bytes.subarray(0, end)
}
