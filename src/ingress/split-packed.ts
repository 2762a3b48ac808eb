// Cuts a MessagePack array into its elements without reading them: it counts values and passes over what their heads
// announce (the MessagePack specification, "Formats"), and can be interrupted at any byte. What an element may be is the
// kernel's to judge. No value starts with c1, so what follows it cannot be told apart, and is not looked at; nor is what
// follows the last element.
// What always holds: no recursion, and time linear in the bytes, whatever they announce; at most one element within the
// limit is held; a longer one is refused, its end still found.
import { bulkPieceCountMax } from '../limits.ts'
import { type Element, holdElement, makeElement, pushElement, pushFault } from './element.ts'
import type { Cutter, Piece } from './pieces.ts'

type Splitter = {
  readonly element: Element
  /** Elements that have not begun; −1 before the array's head was read. */
  elementsLeft: number
  isWithin: boolean
  /** Values that have not begun: of the element at hand; at first, the array. */
  valuesLeft: number
  /** Bytes of the count behind the type byte that are to come, the count so far, and what it counts. */
  countBytesLeft: number
  count: number
  counts: Counts
  /** Bytes of content to pass over, once the count is read. */
  passBytes: number
  broken: boolean
  /** Bytes of the body before the chunk at hand. */
  bodyOffset: number
}

/** What the count behind a type byte counts; a member is two values. */
type Counts = 'bytes' | 'elements' | 'members'

/** What a type byte says: a count follows, or content, or values. */
type Head = {
  readonly countBytes: number
  readonly counts: Counts
  readonly passBytes: number
  readonly values: number
}

const neverUsed = 0xc1
/** No body has as many bytes, and sums up to it are exact. */
const countMax = 2 ** 50

const heads: readonly Head[] = Array.from({ length: 256 }, (_, type) => headOf(type))

function headOf(type: number): Head {
  if (type < 0x80 || type >= 0xe0) return pass(0)
  if (type < 0xa0) return { ...pass(0), values: type < 0x90 ? 2 * (type & 15) : type & 15 }
  if (type < 0xc0) return pass(type & 31)
  if (type < 0xc4) return pass(0) // nil, c1, false, true
  if (type < 0xc7) return counted(1 << (type - 0xc4), 'bytes') // bin
  if (type < 0xca) return { ...counted(1 << (type - 0xc7), 'bytes'), passBytes: 1 } // ext, with its type behind the count
  if (type < 0xcc) return pass(4 << (type - 0xca)) // float
  if (type < 0xd4) return pass(1 << (type & 3)) // uint, int
  if (type < 0xd9) return pass(1 + (1 << (type - 0xd4))) // fixext, with its type
  if (type < 0xdc) return counted(1 << (type - 0xd9), 'bytes') // str
  return counted(2 << (type & 1), type < 0xde ? 'elements' : 'members')
}

function pass(passBytes: number): Head {
  return { countBytes: 0, counts: 'bytes', passBytes, values: 0 }
}

function counted(countBytes: number, counts: Counts): Head {
  return { countBytes, counts, passBytes: 0, values: 0 }
}

/** Whether a value that starts with this byte is an array: fixarray, array 16, array 32. */
export function isArrayHead(byte: number): boolean {
  return (byte & 0xf0) === 0x90 || byte === 0xdc || byte === 0xdd
}

export function makePackedSplitter(recordBytesMax: number): Cutter {
  const splitter: Splitter = {
    element: makeElement(recordBytesMax),
    elementsLeft: -1,
    isWithin: false,
    valuesLeft: 1,
    countBytesLeft: 0,
    count: 0,
    counts: 'bytes',
    passBytes: 0,
    broken: false,
    bodyOffset: 0,
  }
  return {
    feed: (chunk, pieces, from = 0) => feed(splitter, chunk, pieces, from),
    end: (pieces) => end(splitter, pieces),
    heldBytes: () => splitter.element.held.bytes.length,
    broken: () => splitter.broken,
  }
}

function feed(splitter: Splitter, chunk: Buffer, pieces: Piece[], from: number): number {
  let at = splitter.elementsLeft < 0 ? readArrayHead(splitter, chunk, pieces) : from
  while (at < chunk.length && !splitter.broken && pieces.length < bulkPieceCountMax)
    at = takeElement(splitter, chunk, at, pieces)
  const end = splitter.broken ? chunk.length : at
  if (end === chunk.length) splitter.bodyOffset += chunk.length
  return end
}

function end(splitter: Splitter, pieces: Piece[]): void {
  const { broken, isWithin, elementsLeft, element } = splitter
  if (broken || (elementsLeft === 0 && !isWithin)) return
  // An element that was refused already is not told a second time that it is cut.
  if (!element.skipping) fail(splitter, 0, 'it ends before its last element', pieces)
}

/** Returns how many bytes of the chunk the head takes. */
function readArrayHead(splitter: Splitter, chunk: Buffer, pieces: Piece[]): number {
  let at = 0
  for (; at < chunk.length && splitter.elementsLeft < 0; at++) {
    if (splitter.valuesLeft === 1 && !isArrayHead(chunk[at]!)) {
      fail(splitter, at, 'the array must start with its head', pieces)
      break
    }
    step(splitter, chunk[at]!)
    if (splitter.countBytesLeft > 0) continue
    splitter.elementsLeft = splitter.valuesLeft
    splitter.valuesLeft = 0
  }
  return at
}

/** Takes the element at `from`, as far as the chunk has it. Returns where it ends. */
function takeElement(splitter: Splitter, chunk: Buffer, from: number, pieces: Piece[]): number {
  const { element } = splitter
  if (!splitter.isWithin && !begin(splitter)) {
    fail(splitter, from, 'nothing may follow the array', pieces)
    return from
  }
  const at = follow(splitter, chunk, from)
  if (isComplete(splitter)) {
    splitter.isWithin = false
    pushElement(element, chunk.subarray(from, at), pieces, pieceOf)
  } else if (at === chunk.length) holdElement(element, chunk.subarray(from), pieces)
  else if (element.skipping) splitter.broken = true
  else fail(splitter, at, 'no value starts with the byte c1', pieces)
  return at
}

/** Begins the next element. False: there is none. */
function begin(splitter: Splitter): boolean {
  if (splitter.elementsLeft === 0) return false
  splitter.elementsLeft--
  splitter.isWithin = true
  splitter.valuesLeft = 1
  return true
}

function isComplete({ valuesLeft, countBytesLeft, passBytes }: Splitter): boolean {
  return valuesLeft === 0 && countBytesLeft === 0 && passBytes === 0
}

/** Returns where the element ends, the chunk ends, or a byte is that starts no value. */
function follow(splitter: Splitter, chunk: Buffer, from: number): number {
  let at = from
  while (at < chunk.length && !isComplete(splitter)) {
    const isHeadRead = splitter.countBytesLeft === 0
    if (isHeadRead && splitter.passBytes > 0) {
      const bytes = Math.min(splitter.passBytes, chunk.length - at)
      splitter.passBytes -= bytes
      at += bytes
    } else if (isHeadRead && chunk[at] === neverUsed) break
    else step(splitter, chunk[at++]!)
  }
  return at
}

/** Takes a type byte, or a byte of the count behind one. */
function step(splitter: Splitter, byte: number): void {
  if (splitter.countBytesLeft === 0) {
    const head = heads[byte]!
    splitter.valuesLeft += head.values - 1
    splitter.passBytes = head.passBytes
    splitter.countBytesLeft = head.countBytes
    splitter.counts = head.counts
    splitter.count = 0
    return
  }
  splitter.count = splitter.count * 0x100 + byte
  if (--splitter.countBytesLeft > 0) return
  const { count, counts } = splitter
  if (counts === 'bytes') splitter.passBytes += count
  else splitter.valuesLeft = Math.min(splitter.valuesLeft + (counts === 'members' ? 2 * count : count), countMax)
}

function fail(splitter: Splitter, at: number, words: string, pieces: Piece[]): void {
  splitter.broken = true
  pushFault(splitter.element, splitter.bodyOffset + at, words, pieces)
}

function pieceOf(bytes: Buffer): Piece {
  return { kind: 'msgpack', bytes }
}
