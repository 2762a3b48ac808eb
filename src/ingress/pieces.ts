// What the cutters make of a body: pieces the intake takes whole, and records that are refused before it.
// A cutter is fed chunks as the network brings them and may be interrupted at any byte.
import type { ErrorCode } from '../errors.ts'

/** Something of a body, in its order. */
export type Piece =
  /** Whole NDJSON lines, perhaps many; a line ends at LF or at the piece's end. */
  | { readonly kind: 'lines'; readonly bytes: Uint8Array }
  /** One value, in JSON or in MessagePack. */
  | { readonly kind: 'record' | 'msgpack'; readonly bytes: Uint8Array }
  /** One record that was not kept, and why. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }

export type Cutter = {
  /**
   * Appends the pieces that the chunk completes from byte `from` on; with `bulkPieceCountMax` of them it may stop. Returns
   * where it stopped: the chunk's length, or where to go on. The chunk is kept by no one but the pieces.
   */
  feed(chunk: Buffer, pieces: Piece[], from?: number): number
  /** Appends what is left when the body has ended. */
  end(pieces: Piece[]): void
  /** What the unfinished record takes in memory. */
  heldBytes(): number
  /** Nothing after this point can be read as records. */
  broken(): boolean
}

export function tooLarge(recordBytesMax: number): Piece {
  const message = `The record is larger than ${recordBytesMax} bytes`
  return { kind: 'refused', code: 'RECORD_TOO_LARGE', message }
}
