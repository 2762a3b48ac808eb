// The element of an array while it is cut out: the part that earlier chunks brought is held, up to the limit.
// What always holds: an element longer than the limit is refused once and not held; a fault drops what is held.
import { append, dropHeld, type Held, makeHeld, takeHeld } from './held.ts'
import { type Piece, tooLarge } from './pieces.ts'

export type Element = {
  readonly recordBytesMax: number
  readonly held: Held
  /** It is too large and was refused; only its end is looked for. */
  skipping: boolean
}

export function makeElement(recordBytesMax: number): Element {
  return { recordBytesMax, held: makeHeld(), skipping: false }
}

/** Keeps the element's bytes up to the end of a chunk, unless it is too large already. */
export function holdElement(element: Element, part: Buffer, pieces: Piece[]): void {
  if (element.skipping) return
  const { held, recordBytesMax } = element
  element.skipping = held.size + part.length > recordBytesMax
  if (element.skipping) {
    dropHeld(held)
    pieces.push(tooLarge(recordBytesMax))
  } else append(held, part)
}

/** Appends the element, whose last bytes are `part`, as the piece that `make` makes of it, or as refused. */
export function pushElement(element: Element, part: Buffer, pieces: Piece[], make: (bytes: Buffer) => Piece): void {
  const { held, recordBytesMax } = element
  const crossed = held.size > 0 || element.skipping
  if (crossed) holdElement(element, part, pieces)
  else if (part.length > recordBytesMax) pieces.push(tooLarge(recordBytesMax))
  else pieces.push(make(part))
  if (crossed && !element.skipping) pieces.push(make(takeHeld(held)))
  element.skipping = false
}

/** Appends the fault at byte `at` of the body, after which no element can be told. */
export function pushFault(element: Element, at: number, words: string, pieces: Piece[]): void {
  dropHeld(element.held)
  const message = `The array is malformed at byte ${at} of the body: ${words}`
  pieces.push({ kind: 'refused', code: 'JSON_MALFORMED', message })
}
