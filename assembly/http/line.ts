// The request line: `POST` or `GET`, a target that is a plain path, `HTTP/1.1`, CRLF (RFC 9112, section 3).
// Anything else that may be HTTP is handed over; control bytes are refused. Nothing is decided by a byte that is not there
// yet, so a head cut anywhere comes to the same end. Loads may pass the end by 15 bytes; what is read there is never used.
import { CR, HAND_OVER, INCOMPLETE, LF, METHOD_GET, METHOD_POST, REFUSE, SPACE } from './outcome'

const POST: u32 = 0x54534f50 // "POST", little-endian as all words here
const GET: u32 = 0x20544547 // "GET "
const SPACE_SLASH: u32 = 0x2f20
const SLASH: u32 = 0x2f
const VERSION: u64 = 0x312e312f50545448 // "HTTP/1.1"
const CRLF: u32 = 0x0a0d
const STARTS: usize = memory.data<u8>([0x50, 0x4f, 0x53, 0x54, 0x20, 0x2f, 0x47, 0x45, 0x54, 0x20, 0x2f])
const VERSION_LINE: usize = memory.data<u8>([0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e, 0x31, 0x0d, 0x0a])

export let lineMethod: u32 = 0
export let targetStart: usize = 0
export let targetEnd: usize = 0

/** Returns the address behind the line and sets method and target, or an outcome of 0 or less. */
@inline
export function readLine(input: usize, end: usize): i32 {
  if (end - input < 6) return shortStart(input, end)
  let at = input
  if (load<u32>(at) == POST && load<u16>(at, 4) == SPACE_SLASH) {
    lineMethod = METHOD_POST
    at += 5
  } else if (load<u32>(at) == GET && load<u8>(at, 4) == SLASH) {
    lineMethod = METHOD_GET
    at += 4
  } else return HAND_OVER
  targetStart = at
  at = pathEnd(at, end)
  if (at >= end) return INCOMPLETE
  targetEnd = at
  const stop: u32 = load<u8>(at)
  if (stop != SPACE) return stop < SPACE || stop == 0x7f ? REFUSE : HAND_OVER
  at++
  if (end - at >= 10 && load<u64>(at) == VERSION && load<u16>(at, 8) == CRLF) return <i32>(at + 10)
  return oddVersion(at, end)
}

/** Address of the first byte from `at` on that is none of a plain path's: 0x21 to 0x7E without "?", "%" and "#". */
@inline
function pathEnd(at: usize, end: usize): usize {
  while (at < end) {
    const chunk = v128.load(at)
    // As signed bytes, all beyond ASCII are less than a space.
    const odd = v128.or(i8x16.lt_s(chunk, i8x16.splat(0x21)), i8x16.eq(chunk, i8x16.splat(0x7f)))
    const query = v128.or(i8x16.eq(chunk, i8x16.splat(0x3f)), i8x16.eq(chunk, i8x16.splat(0x25)))
    const lanes = i8x16.bitmask(v128.or(v128.or(odd, query), i8x16.eq(chunk, i8x16.splat(0x23))))
    if (lanes != 0) return at + <usize>ctz(lanes)
    at += 16
  }
  return end
}

function oddVersion(at: usize, end: usize): i32 {
  for (let i: usize = 0; i < 10; i++) {
    if (at + i >= end) return INCOMPLETE
    const byte: u32 = load<u8>(at + i)
    if (byte == load<u8>(VERSION_LINE + i)) continue
    return byte == CR || byte == LF || i == 9 ? REFUSE : HAND_OVER
  }
  return HAND_OVER
}

// Fewer bytes than the shortest line has: is it the beginning of one?
function shortStart(input: usize, end: usize): i32 {
  return begins(input, end, STARTS, 6) || begins(input, end, STARTS + 6, 5) ? INCOMPLETE : HAND_OVER
}

function begins(input: usize, end: usize, start: usize, startBytes: usize): bool {
  const bytes = min(end - input, startBytes)
  for (let i: usize = 0; i < bytes; i++) if (load<u8>(input + i) != load<u8>(start + i)) return false
  return true
}
