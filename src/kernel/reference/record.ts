// One record, from bytes to a verdict. The fast way is JSON.parse, the plain packer and Ajv; whatever they refuse, or may
// have got wrong, is done again the exact way, which has the last word.
import { isUtf8 } from 'node:buffer'
import { type RecordStatus, recordStatus } from '../abi.ts'
import { type Parsed, parseExact } from './exact.ts'
import { parsePacked } from './exact-packed.ts'
import type { Memory } from './memory.ts'
import { packExact } from './pack-exact.ts'
import { countStrings, lost, packedStringCount, packPlain } from './pack-plain.ts'
import type { Errors } from './schema/errors.ts'
import type { Stream } from './stream.ts'
import { notAscii, scanText } from './text.ts'

/** A record and what became of it: made once, filled once a record. */
export type Verdict = {
  /** 0: accepted. */
  status: RecordStatus | 0
  /** Refused: byte offset in the record. */
  errorOffset: number
  /** SCHEMA_INVALID: what the schema refuses, one error at least. */
  errors: Errors | undefined
  /** Accepted: end of the packed value. */
  packedEnd: number
  /** Accepted: the key in the record; undefined: none that is usable. */
  key: string | undefined
}

/** Where the value is packed to; it has room for the longest encoding of the record. */
export type Target = { bytes: Uint8Array; at: number }

/** The bytes a record is in. `text`, where it is there, shows those from `textStart` on, a character a byte. */
export type Source = { readonly memory: Memory; text: string | undefined; textStart: number }

export function makeVerdict(): Verdict {
  return { status: 0, errorOffset: 0, errors: undefined, packedEnd: 0, key: undefined }
}

/**
 * Checks the record at `start` … `end` of the source and packs its value. Of one that the schema refuses up to `errorsMax`
 * errors are listed; 0: the first.
 */
export function checkRecord(
  stream: Stream,
  source: Source,
  start: number,
  end: number,
  target: Target,
  verdict: Verdict,
  errorsMax: number,
): void {
  if (end - start > stream.recordBytesMax) {
    verdict.status = recordStatus.RECORD_TOO_LARGE
    verdict.errorOffset = stream.recordBytesMax
  } else if (!checkPlain(stream, source, start, end, target, verdict)) {
    judge(stream, parseExact(source.memory.bytes, start, end, stream.depthMax), target, verdict, errorsMax)
  }
}

/** False: nothing is decided, the exact way must be gone. */
function checkPlain(
  stream: Stream,
  source: Source,
  start: number,
  end: number,
  target: Target,
  verdict: Verdict,
): boolean {
  if (stream.fits === undefined) return false
  const scanned = scanText(source.memory.view, start, end)
  const value = parseJson(source, start, end, scanned >= notAscii)
  if (value === undefined) return false
  const packedEnd = packPlain(target.bytes, target.at, value, stream.depthMax)
  if (packedEnd === lost || hasLostMembers(source.memory.bytes, start, end, scanned & ~notAscii)) return false
  if (!stream.fits(value)) return false
  verdict.status = 0
  verdict.packedEnd = packedEnd
  verdict.key = stream.hasKey ? stream.plainKey(value) : undefined
  return true
}

/** Undefined: no JSON, or bytes that no string shows truly. */
function parseJson(source: Source, start: number, end: number, isWide: boolean): unknown {
  const { bytes } = source.memory
  if (isWide && !isUtf8(bytes.subarray(start, end))) return undefined
  try {
    return JSON.parse(isWide ? bytes.utf8Slice(start, end) : narrowText(source, start, end))
  } catch (error) {
    // What is wrong, and where, is for the exact parser to say.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function narrowText({ memory, text, textStart }: Source, start: number, end: number): string {
  return text === undefined ? memory.bytes.latin1Slice(start, end) : text.slice(start - textStart, end - textStart)
}

/** A member that another of the same key overwrote leaves more quotes in the text than strings in the value. */
function hasLostMembers(bytes: Uint8Array, start: number, end: number, quotes: number): boolean {
  const count = packedStringCount()
  return quotes !== 2 * count && countStrings(bytes, start, end) !== count
}

/** checkRecord for a record in MessagePack. */
export function checkPacked(
  stream: Stream,
  memory: Memory,
  start: number,
  end: number,
  target: Target,
  verdict: Verdict,
  errorsMax: number,
): void {
  if (end - start > stream.recordBytesMax) {
    verdict.status = recordStatus.RECORD_TOO_LARGE
    verdict.errorOffset = stream.recordBytesMax
  } else judge(stream, parsePacked(memory.bytes, start, end, stream.depthMax), target, verdict, errorsMax)
}

function judge(stream: Stream, parsed: Parsed, target: Target, verdict: Verdict, errorsMax: number): void {
  verdict.status = parsed.status
  verdict.errorOffset = parsed.errorOffset
  if (parsed.root === undefined || parsed.status !== 0) return
  verdict.packedEnd = packExact(target.bytes, target.at, parsed.root)
  const errors = stream.rules.check(parsed.root, errorsMax)
  if (errors === undefined) verdict.key = stream.hasKey ? stream.exactKey(parsed.root) : undefined
  else if (errors === 'exhausted') verdict.status = recordStatus.TOO_COMPLEX
  else {
    verdict.status = recordStatus.SCHEMA_INVALID
    verdict.errorOffset = errors.list[0]!.errorOffset
    verdict.errors = errors
  }
}
