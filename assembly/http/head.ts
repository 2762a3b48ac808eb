// Request heads in the strict form that nearly every client sends (RFC 9112), in one pass and without a copy: the fast
// lane takes those, and nothing else. It never repairs: what is ambiguous in framing is refused, what is unusual is for
// another parser. What always holds: the outcome is that of the first byte that decides, so it is the same however the
// head is cut; what is taken has exactly one Host and, with a body, exactly one Content-Length.
// Loads may pass the end by 16 bytes; what is read there is never used.
import { isToken } from './bytes'
import { fieldOutcome, finishFields, readField, startFields } from './fields'
import { lineMethod, readLine, targetEnd, targetStart } from './line'
import { CR, INCOMPLETE, LF, REFUSE, SPACE, TAB } from './outcome'

const COLON: u32 = 0x3a

/**
 * Reads the head that begins at `input`, of which `bytes` bytes are there.
 * Returns the head's length when it is taken, and writes what it says to the 20 bytes at `out` (outcome.ts); else
 * 0 incomplete, −1 refuse, −2 hand over.
 */
export function parseHead(input: usize, bytes: usize, out: usize): i32 {
  const end = input + bytes
  const behindLine = readLine(input, end)
  if (behindLine <= 0) return behindLine
  let at = <usize>behindLine
  startFields()
  while (at < end && load<u8>(at) != CR) {
    const next = readFieldLine(at, end)
    if (next <= 0) return next
    at = <usize>next
  }
  if (at + 1 >= end) return INCOMPLETE
  if (load<u8>(at, 1) != LF) return REFUSE
  const outcome = finishFields(lineMethod, out)
  if (outcome <= 0) return outcome
  store<u32>(out, lineMethod)
  store<u32>(out, <u32>(targetStart - input), 4)
  store<u32>(out, <u32>(targetEnd - targetStart), 8)
  return <i32>(at + 2 - input)
}

/** Returns the address of the next line, or an outcome of 0 or less. */
@inline
function readFieldLine(name: usize, end: usize): i32 {
  const nameBytes = readName(name, end)
  if (nameBytes <= 0) return nameBytes
  const value = skipBlanks(name + <usize>nameBytes + 1, end)
  const valueEnd = textEnd(value, end)
  if (valueEnd >= end) return INCOMPLETE
  if (load<u8>(valueEnd) != CR) return REFUSE
  if (valueEnd + 1 >= end) return INCOMPLETE
  if (load<u8>(valueEnd, 1) != LF) return REFUSE
  if (readField(name, <usize>nameBytes, value, valueEnd)) return fieldOutcome
  return <i32>(valueEnd + 2)
}

/** Bytes of the name before its colon, or an outcome. */
@inline
function readName(name: usize, end: usize): i32 {
  const chunk = v128.load(name)
  const lower = v128.or(chunk, i8x16.splat(0x20))
  const letters = i8x16.lt_u(i8x16.sub(lower, i8x16.splat(0x61)), i8x16.splat(26))
  const plain = v128.or(letters, i8x16.eq(chunk, i8x16.splat(0x2d)))
  // The first lane that is neither letter nor hyphen should be the colon.
  const bytes = ctz(~i8x16.bitmask(plain) | 0x10000)
  const colon = name + <usize>bytes
  if (bytes > 0 && bytes < 16 && colon < end && load<u8>(colon) == COLON) return bytes
  return readOddName(name, end)
}

function readOddName(name: usize, end: usize): i32 {
  for (let at = name; at < end; at++) {
    const byte: u32 = load<u8>(at)
    if (byte == COLON) return at > name ? <i32>(at - name) : REFUSE
    if (!isToken(byte)) return REFUSE
  }
  return INCOMPLETE
}

@inline
function skipBlanks(at: usize, end: usize): usize {
  while (at < end && (load<u8>(at) == SPACE || load<u8>(at) == TAB)) at++
  return at
}

/** Address of the first control byte from `at` on that is no tab, or `end`. */
@inline
function textEnd(at: usize, end: usize): usize {
  while (at < end) {
    const chunk = v128.load(at)
    const stops = v128.or(i8x16.lt_u(chunk, i8x16.splat(0x20)), i8x16.eq(chunk, i8x16.splat(0x7f)))
    const lanes = i8x16.bitmask(v128.andnot(stops, i8x16.eq(chunk, i8x16.splat(0x09))))
    if (lanes != 0) return at + <usize>ctz(lanes)
    at += 16
  }
  return end
}
