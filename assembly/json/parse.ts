// Strict JSON (RFC 8259, UTF-8) to canonical MessagePack. walk.ts goes through arrays and objects from left to right and
// says no at the first fault; refusal.ts, literal.ts, string.ts and number.ts then say why.
// What always holds: nothing is read further than 64 bytes behind the input, and never heeded, or written further than that
// behind the output; the time is linear in the bytes; no input traps.
import { DEPTH_MAX, DUPLICATE_KEY, EMPTY, OK, RECORD_TOO_LARGE, SCRATCH_JSON, TRAILING_BYTES } from '../abi'
import { growContainers } from './containers'
import { parseContainer } from './detours'
import { anyLong, containersEnd, openFrames } from './frames'
import { NO_KEY } from './keys'
import { BIGNUMS, CONTAINERS, JSON_BYTES_MAX, outputBytesMax } from './layout'
import { QUOTE } from './lanes'
import { literalBytes, literalCode, refuseLiteral } from './literal'
import { isDigit, MINUS } from './digits'
import { numberOut, readNumber, refuseNumber } from './number'
import { forgetPlaces, keepPlaces } from './places'
import { refuse, refusedAt } from './refusal'
import { skipSpace } from './space'
import { readString, stringOut } from './string'
import { refuseString } from './string-refusal'
import { BEHIND_VALUE, firstRepeat, handOver, startWalk, walkCursor, walkOut } from './walk'

export { setSeed } from './keys'

/** End of the MessagePack that the last accepted text became. */
export let parsedEnd: usize = 0
/** Where the last refused text is wrong: docs/formats.md "Record status". */
export let errorOffset: i32 = 0
/** The last accepted text without the white space around it. */
export let valueStart: usize = 0
export let valueEnd: usize = 0

/**
 * Parses the JSON text from `input` to `inputEnd` and writes it as MessagePack from `output` on.
 * Returns OK and sets parsedEnd, valueStart and valueEnd; or returns a record status and sets errorOffset.
 * `depthMax` brackets may be open at once, DEPTH_MAX at most. RECORD_TOO_LARGE: more bytes than a record may have, or less
 * room from `output` to `outputEnd` than the worst text of that many bytes may take.
 */
export function parse(
  input: usize,
  inputEnd: usize,
  output: usize,
  outputEnd: usize,
  scratch: usize,
  depthMax: i32,
): i32 {
  const bytes = inputEnd - input
  if (bytes > JSON_BYTES_MAX || outputEnd - output < outputBytesMax(bytes)) {
    errorOffset = <i32>JSON_BYTES_MAX
    return RECORD_TOO_LARGE
  }
  const start = skipSpace(input, inputEnd)
  if (start == inputEnd) {
    errorOffset = <i32>bytes
    return EMPTY
  }
  const own = scratch + SCRATCH_JSON
  const status = parseValue(start, inputEnd, output, own, min(depthMax, DEPTH_MAX))
  if (status != OK) {
    errorOffset = <i32>(refusedAt - input)
    return status
  }
  valueStart = start
  valueEnd = walkCursor
  parsedEnd = anyLong ? growContainers(own + CONTAINERS, containersEnd, walkOut) : walkOut
  if (anyLong) forgetPlaces()
  else keepPlaces(output, walkOut)
  return OK
}

/** Parses the value at `start` and sees that nothing comes behind it. */
function parseValue(start: usize, end: usize, out: usize, scratch: usize, depthMax: i32): i32 {
  // 5b and 7b are the opening brackets.
  const isContainer = (load<u8>(start) | 0x20) == 0x7b
  const status = isContainer ? parseContainer(start, end, out, scratch, depthMax) : parseScalar(start, end, out, scratch)
  if (status != OK) return status
  const rest = skipSpace(walkCursor, end)
  if (rest != end) return refuse(TRAILING_BYTES, rest, end)
  return firstRepeat == NO_KEY ? OK : refuse(DUPLICATE_KEY, firstRepeat, end)
}

/** A text that is one scalar: the only one whose last token may be ended by the end of the input. */
function parseScalar(start: usize, end: usize, out: usize, scratch: usize): i32 {
  openFrames(scratch, 0, 0, 0)
  startWalk(start, out, scratch, 0)
  const first = <u32>load<u8>(start)
  if (first == QUOTE) {
    const next = readString(start + 1, end, out)
    return next == 0 ? refuseString(start + 1, end) : endScalar(next, stringOut)
  }
  if (first == MINUS || isDigit(first)) {
    const next = readNumber(start, end, out, scratch + BIGNUMS)
    return next == 0 ? refuseNumber(start, end) : endScalar(next, numberOut)
  }
  const word = load<u32>(start)
  const bytes = literalBytes(word, start)
  if (bytes == 0 || start + bytes > end) return refuseLiteral(start, end)
  store<u8>(out, <u8>literalCode(word))
  return endScalar(start + bytes, out + 1)
}

function endScalar(cursor: usize, out: usize): i32 {
  handOver(BEHIND_VALUE, cursor, out, 0, 0)
  return OK
}
