// The end of a dead-letter file, read backwards after a start: which lines belong to a batch whose checkpoint never came,
// and whether the last line was finished. What always holds: a complete line stays as it is.
import { fdatasyncSync, fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs'

const stepBytes = 65_536
// More than the refusals of one batch make: lines further back are of an earlier life of the log, and never come again.
const tailBytesMax = 64 * 1_048_576
const LF = 0x0a

/** What tells a dead letter from another: its record's offset and text. */
export type Letter = { readonly offset: number; readonly record: string }

/** Returns the letters at or past the checkpoint, by offset. */
export function lettersFrom(file: number, checkpoint: number): Map<number, string> {
  const size = fstatSync(file).size
  for (let bytes = stepBytes; ; bytes *= 2) {
    const start = Math.max(0, size - bytes)
    const lines = wholeLines(readAt(file, start, size - start), start === 0)
    const first = lines[0] === undefined ? undefined : parseLetter(lines[0])
    const reachesBack = first !== undefined && first.offset < checkpoint
    if (!reachesBack && start > 0 && bytes < tailBytesMax) continue
    return new Map(lettersOf(lines, checkpoint))
  }
}

function* lettersOf(lines: readonly string[], checkpoint: number): Generator<[number, string]> {
  for (const line of lines) {
    const letter = parseLetter(line)
    if (letter !== undefined && letter.offset >= checkpoint) yield [letter.offset, letter.record]
  }
}

/** The lines that begin and end in `bytes`. */
function wholeLines(bytes: Buffer, beginsFile: boolean): string[] {
  const from = beginsFile ? 0 : bytes.indexOf(LF) + 1
  const to = bytes.lastIndexOf(LF)
  return to < from ? [] : bytes.toString('utf8', from, to).split('\n')
}

// A quote inside a string is escaped, so this text is nowhere but before the record.
const recordName = ',"record":'

function parseLetter(line: string): Letter | undefined {
  const digits = /^\{"offset":([0-9]{1,16}),/.exec(line)?.[1]
  const at = line.indexOf(recordName)
  if (digits === undefined || at < 0) return undefined
  return { offset: Number(digits), record: line.slice(at + recordName.length, -1) }
}

/**
 * Returns where the next line goes. A last line without its end is cut: it was never synced, so its record comes again.
 * One that is whole but for the LF is somebody's edit, and is given its end.
 */
export function endOfLines(file: number): number {
  const { size } = fstatSync(file)
  for (let bytes = stepBytes; ; bytes *= 2) {
    const start = Math.max(0, size - bytes)
    const tail = readAt(file, start, size - start)
    const end = tail.lastIndexOf(LF) + 1
    if (end === 0 && start > 0) continue
    return end === tail.length ? size : endLine(file, start + end, tail.subarray(end))
  }
}

function endLine(file: number, start: number, unfinished: Buffer): number {
  if (isJson(unfinished)) {
    writeSync(file, '\n', start + unfinished.length)
    return start + unfinished.length + 1
  }
  ftruncateSync(file, start)
  fdatasyncSync(file)
  return start
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'))
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

function readAt(file: number, position: number, bytes: number): Buffer {
  const into = Buffer.alloc(bytes)
  let done = 0
  while (done < bytes) {
    const read = readSync(file, into, done, bytes - done, position + done)
    if (read === 0) break
    done += read
  }
  return into.subarray(0, done)
}
