// Cuts NDJSON at the last LF of each chunk, without looking at what is before it: finding the lines is the kernel's work.
// Only a line that crosses chunks is put together here. A line longer than the limit is refused and skipped to its LF.
// What always holds: a piece fits a slab, and at most one line within the limit is held, however long lines are.
import { slabInputBytes } from '../limits.ts'
import { append, dropHeld, makeHeld, takeHeld } from './held.ts'
import { type Cutter, type Piece, tooLarge } from './pieces.ts'

const lf = 10
// White space around a value may make a line longer than its record; the kernel judges, up to here.
const slackBytes = 1024
const pieceBytesMax = slabInputBytes / 2

export function makeLineCutter(recordBytesMax: number): Cutter {
  const held = makeHeld()
  const lineBytesMax = recordBytesMax + slackBytes
  let skipping = false

  function hold(tail: Buffer, pieces: Piece[]): void {
    if (tail.length === 0 || skipping) return
    skipping = held.size + tail.length > lineBytesMax
    if (skipping) {
      dropHeld(held)
      pieces.push(tooLarge(recordBytesMax))
    } else append(held, tail)
  }

  // The first LF ends the line that earlier chunks began. Returns where the next line starts.
  function finishHeld(chunk: Buffer, pieces: Piece[]): number {
    if (held.size === 0 && !skipping) return 0
    const end = chunk.indexOf(lf) + 1
    hold(chunk.subarray(0, end), pieces)
    if (!skipping) pieces.push({ kind: 'lines', bytes: takeHeld(held) })
    skipping = false
    return end
  }

  function pushLines(lines: Buffer, pieces: Piece[]): void {
    let rest = lines
    while (rest.length > pieceBytesMax) {
      const end = rest.lastIndexOf(lf, pieceBytesMax - 1) + 1 || rest.indexOf(lf) + 1
      if (end > lineBytesMax && end > pieceBytesMax) pieces.push(tooLarge(recordBytesMax))
      else pieces.push({ kind: 'lines', bytes: rest.subarray(0, end) })
      rest = rest.subarray(end)
    }
    if (rest.length > 0) pieces.push({ kind: 'lines', bytes: rest })
  }

  return {
    feed(chunk, pieces) {
      const end = chunk.lastIndexOf(lf) + 1
      if (end > 0) pushLines(chunk.subarray(finishHeld(chunk, pieces), end), pieces)
      hold(chunk.subarray(end), pieces)
      return chunk.length
    },
    end(pieces) {
      if (held.size > 0) pieces.push({ kind: 'lines', bytes: takeHeld(held) })
    },
    heldBytes: () => held.bytes.length,
    broken: () => false,
  }
}

/** How many records the kernel would find in these lines: those that are not white space only. */
export function countRecords(lines: Uint8Array): number {
  let count = 0
  let blank = true
  for (const byte of lines) {
    if (byte === lf) {
      if (!blank) count++
      blank = true
    } else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) blank = false
  }
  return blank ? count : count + 1
}
