// Cuts a JSON array into its elements without parsing them: it follows strings and nesting depth only, byte by byte, and
// can be interrupted at any byte. What is inside an element is the kernel's to judge; what is between elements is judged
// here. After a fault between elements nothing that follows can be told apart, so the rest of the body is not looked at.
// What always holds: at most one element within the limit is held; a longer one is refused, its end still found.
import { bulkPieceCountMax } from '../limits.ts'
import { type Element, holdElement, makeElement, pushElement, pushFault } from './element.ts'
import type { Cutter, Piece } from './pieces.ts'

const [tab, lf, cr, space, quote, comma, backslash] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x5c]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Where the scanner stands between two bytes. */
type State = 'start' | 'first' | 'next' | 'element' | 'string' | 'escape' | 'after' | 'broken'

type Splitter = {
  readonly element: Element
  state: State
  /** Brackets open in the element; −1 once its end was found. */
  depth: number
  /** Bytes of the body before the chunk at hand. */
  bodyOffset: number
}

/** 1 for the bytes that decide where an element ends; most bytes do not. */
const structural = new Uint8Array(256)
for (const byte of [quote, comma, openBracket, closeBracket, openBrace, closeBrace]) structural[byte] = 1

/** What a person is told when the byte fits nothing in this state. */
const expected: Readonly<Partial<Record<State, string>>> = {
  start: 'the array must start with "["',
  next: 'an element must follow a ","',
  after: 'nothing but white space may follow the array',
}

export function makeArraySplitter(recordBytesMax: number): Cutter {
  const splitter: Splitter = {
    element: makeElement(recordBytesMax),
    state: 'start',
    depth: 0,
    bodyOffset: 0,
  }
  return {
    feed: (chunk, pieces, from = 0) => feed(splitter, chunk, pieces, from),
    end: (pieces) => end(splitter, pieces),
    heldBytes: () => splitter.element.held.bytes.length,
    broken: () => splitter.state === 'broken',
  }
}

function feed(splitter: Splitter, chunk: Buffer, pieces: Piece[], from: number): number {
  let start = from
  let at = from
  for (; at < chunk.length && splitter.state !== 'broken' && pieces.length < bulkPieceCountMax; at++) {
    if (isWithin(splitter.state)) {
      at = within(splitter, chunk, at)
      if (splitter.depth >= 0) break // the chunk ended before the element
      pushElement(splitter.element, chunk.subarray(start, at), pieces, recordOf)
      splitter.state = chunk[at] === comma ? 'next' : 'after'
      continue
    }
    const next = between(splitter.state, chunk[at]!)
    if (next === 'broken') fail(splitter, splitter.bodyOffset + at, pieces)
    else if (next === 'element') {
      splitter.depth = 0
      start = at-- // the same byte again, as the element's first
    }
    splitter.state = next
  }
  if (isWithin(splitter.state)) holdElement(splitter.element, chunk.subarray(start), pieces)
  const end = splitter.state === 'broken' ? chunk.length : at
  if (end === chunk.length) splitter.bodyOffset += chunk.length
  return end
}

function end(splitter: Splitter, pieces: Piece[]): void {
  const { state } = splitter
  if (state === 'after' || state === 'broken') return
  // An element that was refused already is not told a second time that it is cut.
  if (!splitter.element.skipping) fail(splitter, splitter.bodyOffset, pieces, 'it ends before its "]"')
  splitter.state = 'broken'
}

function fail(splitter: Splitter, at: number, pieces: Piece[], words = expected[splitter.state]): void {
  pushFault(splitter.element, at, words ?? 'an element or "]" must follow', pieces)
}

function recordOf(bytes: Buffer): Piece {
  return { kind: 'record', bytes: trimEnd(bytes) }
}

/** The state after a byte between elements; `broken` when it fits nothing there. */
function between(state: State, byte: number): State {
  if (isSpace(byte)) return state
  if (state === 'start') return byte === openBracket ? 'first' : 'broken'
  if (state === 'after') return 'broken'
  if (byte === closeBracket) return state === 'first' ? 'after' : 'broken'
  return byte === comma ? 'broken' : 'element'
}

function isWithin(state: State): boolean {
  return state === 'element' || state === 'string' || state === 'escape'
}

/** Follows the element from `from`. Returns where it ends (then the depth is −1), or the chunk's length. */
function within(splitter: Splitter, chunk: Buffer, from: number): number {
  let at = from
  while (at < chunk.length && splitter.depth >= 0) {
    at = splitter.state === 'element' ? throughTokens(splitter, chunk, at) : throughString(splitter, chunk, at)
  }
  return at
}

function throughString(splitter: Splitter, chunk: Buffer, from: number): number {
  let escaped = splitter.state === 'escape'
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]
    if (escaped) escaped = false
    else if (byte === backslash) escaped = true
    else if (byte === quote) {
      splitter.state = 'element'
      return at + 1
    }
  }
  splitter.state = escaped ? 'escape' : 'string'
  return chunk.length
}

function throughTokens(splitter: Splitter, chunk: Buffer, from: number): number {
  let level = splitter.depth
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]!
    if (structural[byte] === 0) continue
    if (byte === quote) {
      splitter.state = 'string'
      splitter.depth = level
      return at + 1
    }
    if (byte === openBrace || byte === openBracket) level++
    else if (level === 0 && (byte === comma || byte === closeBracket)) {
      splitter.depth = -1
      return at
    } else if (level > 0 && (byte === closeBrace || byte === closeBracket)) level--
  }
  splitter.depth = level
  return chunk.length
}

function isSpace(byte: number): boolean {
  return byte === space || byte === lf || byte === cr || byte === tab
}

function trimEnd(bytes: Buffer): Buffer {
  let length = bytes.length
  while (length > 0 && isSpace(bytes[length - 1]!)) length--
  return bytes.subarray(0, length)
}
