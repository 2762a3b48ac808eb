// The header fields that say where a request ends, how it is read, and what comes after it; all others are passed over.
// A field that the lane must not decide on hands the request over, one that makes the framing ambiguous refuses it.
// What it remembers between two fields is in globals of the instance, set anew for each head.
import { isDigit } from './bytes'
import { isHost } from './host'
import { FLAG_CLOSE, FLAG_LINES, HAND_OVER, METHOD_POST, REFUSE, SPACE, TAB } from './outcome'

const SEEN_HOST: u32 = 1
const SEEN_LENGTH: u32 = 2
const SEEN_TYPE: u32 = 4
const SEEN_CONNECTION: u32 = 8
const SEEN_CLOSE: u32 = 16
const SEEN_LINES: u32 = 32

// Words of names and values in lower case, little-endian. In a name, only the letters themselves become these by setting
// bit 5, since nothing else that would is a token.
const HOST: u32 = 0x74736f68
const ACCE: u32 = 0x65636361
const EXPE: u32 = 0x65707865
const PT: u32 = 0x7470
const CT: u32 = 0x7463
const UPGR: u32 = 0x72677075
const RADE: u32 = 0x65646172
const TRAI: u32 = 0x69617274
const ILER: u32 = 0x72656c69
const CONNECTI: u64 = 0x697463656e6e6f63
const ON: u32 = 0x6e6f
const CONTENT_: u64 = 0x2d746e65746e6f63
const TYPE: u32 = 0x65707974
const LENG: u32 = 0x676e656c
const TH: u32 = 0x6874
const ENCODING: u64 = 0x676e69646f636e65
const PROXY_CO: u64 = 0x6f632d79786f7270
const NNECTION: u64 = 0x6e6f697463656e6e
const TRANSFER: u64 = 0x726566736e617274
const _ENCODIN: u64 = 0x6e69646f636e652d
const APPLICAT: u64 = 0x746163696c707061
const ION_JSON: u64 = 0x6e6f736a2f6e6f69
const ION_X_ND: u64 = 0x646e2d782f6e6f69
const ION_NDJS: u64 = 0x736a646e2f6e6f69
const L: u32 = 0x6c
const KEEP_ALI: u64 = 0x696c612d7065656b
const VE: u32 = 0x6576
const CLOS: u32 = 0x736f6c63
const NDJS: u32 = 0x736a646e
const JSON: u32 = 0x6e6f736a

const LOWER4: u32 = 0x20202020
const LOWER8: u64 = 0x2020202020202020
/** Bit n: a name of n bytes may be one of ours. */
const LENGTHS: u32 = (1 << 4) | (1 << 6) | (1 << 7) | (1 << 10) | (1 << 12) | (1 << 14) | (1 << 16) | (1 << 17)

let seen: u32 = 0
let contentLength: u64 = 0
/** What the last field that decided came to. */
export let fieldOutcome: i32 = 0

@inline
export function startFields(): void {
  seen = 0
  contentLength = 0
}

/** Notes the field. Returns true when it decides, and fieldOutcome is what. */
@inline
export function readField(name: usize, nameBytes: usize, value: usize, valueEnd: usize): bool {
  if (nameBytes > 17 || ((1 << <u32>nameBytes) & LENGTHS) == 0) return false
  return readKnownLength(name, <u32>nameBytes, value, valueEnd)
}

function readKnownLength(name: usize, nameBytes: u32, value: usize, valueEnd: usize): bool {
  if (nameBytes == 4) return lower4(name) == HOST && readHost(value, valueEnd)
  if (nameBytes == 6) return readSix(name, value, valueEnd)
  if (nameBytes == 7) return readSeven(name)
  if (nameBytes == 10) return lower8(name) == CONNECTI && lower2(name + 8) == ON && readConnection(value, valueEnd)
  if (nameBytes == 12) return lower8(name) == CONTENT_ && lower4(name + 8) == TYPE && readType(value, valueEnd)
  if (nameBytes == 14) return isContentLength(name) && readLength(value, valueEnd)
  if (nameBytes == 16) return readSixteen(name)
  return isTransferEncoding(name) && decide((seen & SEEN_LENGTH) != 0 ? REFUSE : HAND_OVER)
}

@inline
function lower2(at: usize): u32 {
  return <u32>load<u16>(at) | 0x2020
}

@inline
function lower4(at: usize): u32 {
  return load<u32>(at) | LOWER4
}

@inline
function lower8(at: usize): u64 {
  return load<u64>(at) | LOWER8
}

@inline
function isContentLength(name: usize): bool {
  return lower8(name) == CONTENT_ && lower4(name + 8) == LENG && lower2(name + 12) == TH
}

@inline
function isTransferEncoding(name: usize): bool {
  return lower8(name) == TRANSFER && lower8(name + 8) == _ENCODIN && (<u32>load<u8>(name, 16) | 0x20) == 0x67
}

function decide(outcome: i32): bool {
  fieldOutcome = outcome
  return true
}

function readHost(value: usize, valueEnd: usize): bool {
  if ((seen & SEEN_HOST) != 0) return decide(REFUSE)
  seen |= SEEN_HOST
  if (isHost(value, valueEnd)) return false
  return decide(endsBlank(value, valueEnd) ? HAND_OVER : REFUSE)
}

// White space at the end of a value is legal, and rare enough to be another parser's business.
function endsBlank(value: usize, valueEnd: usize): bool {
  if (value == valueEnd) return false
  const last: u32 = load<u8>(valueEnd - 1)
  return last == SPACE || last == TAB
}

function readSix(name: usize, value: usize, valueEnd: usize): bool {
  const head = lower4(name)
  if (head == ACCE && lower2(name + 4) == PT) return mayNameLines(value, valueEnd) && decide(HAND_OVER)
  return head == EXPE && lower2(name + 4) == CT && decide(HAND_OVER)
}

// Whoever wants a result a record names application/x-ndjson, application/ndjson or application/jsonl.
function mayNameLines(value: usize, valueEnd: usize): bool {
  for (let at = value; at + 5 <= valueEnd; at++) {
    const word = lower4(at)
    if (word == NDJS || (word == JSON && (<u32>load<u8>(at, 4) | 0x20) == 0x6c)) return true
  }
  return false
}

function readSeven(name: usize): bool {
  const head = lower4(name)
  const tail = lower4(name + 3)
  return ((head == UPGR && tail == RADE) || (head == TRAI && tail == ILER)) && decide(HAND_OVER)
}

function readConnection(value: usize, valueEnd: usize): bool {
  if ((seen & SEEN_CONNECTION) != 0) return decide(HAND_OVER)
  seen |= SEEN_CONNECTION
  const bytes = valueEnd - value
  if (bytes == 10 && lower8(value) == KEEP_ALI && lower2(value + 8) == VE) return false
  if (bytes != 5 || lower4(value) != CLOS || (<u32>load<u8>(value, 4) | 0x20) != 0x65) return decide(HAND_OVER)
  seen |= SEEN_CLOSE
  return false
}

function readType(value: usize, valueEnd: usize): bool {
  if ((seen & SEEN_TYPE) != 0) return decide(HAND_OVER)
  seen |= SEEN_TYPE
  const bytes = valueEnd - value
  if (bytes < 16 || load<u64>(value) != APPLICAT) return decide(HAND_OVER)
  if (bytes == 16 && load<u64>(value, 8) == ION_JSON) return false
  if (!isLines(load<u64>(value, 8), value + 16, bytes - 16)) return decide(HAND_OVER)
  seen |= SEEN_LINES
  return false
}

// application/x-ndjson, application/ndjson or application/jsonl, as they are written.
@inline
function isLines(middle: u64, rest: usize, restBytes: usize): bool {
  if (restBytes == 4) return middle == ION_X_ND && load<u32>(rest) == JSON
  if (restBytes == 2) return middle == ION_NDJS && <u32>load<u16>(rest) == ON
  return restBytes == 1 && middle == ION_JSON && <u32>load<u8>(rest) == L
}

function readLength(value: usize, valueEnd: usize): bool {
  if ((seen & SEEN_LENGTH) != 0) return decide(REFUSE)
  seen |= SEEN_LENGTH
  if (endsBlank(value, valueEnd)) return decide(HAND_OVER)
  if (value == valueEnd || valueEnd - value > 15) return decide(REFUSE)
  for (let at = value; at < valueEnd; at++) {
    const byte: u32 = load<u8>(at)
    if (!isDigit(byte)) return decide(REFUSE)
    contentLength = contentLength * 10 + <u64>(byte - 0x30)
  }
  return false
}

// Proxy-Connection is no field of HTTP, but there are parsers that take it for Connection.
function readSixteen(name: usize): bool {
  const head = lower8(name)
  const tail = lower8(name + 8)
  return ((head == CONTENT_ && tail == ENCODING) || (head == PROXY_CO && tail == NNECTION)) && decide(HAND_OVER)
}

/** Decides on the whole head, and writes length and flags. Returns 1 for taken, or an outcome. */
@inline
export function finishFields(method: u32, out: usize): i32 {
  if ((seen & SEEN_HOST) == 0) return REFUSE
  const isPost = method == METHOD_POST
  if (isPost && (seen & (SEEN_TYPE | SEEN_LENGTH)) != (SEEN_TYPE | SEEN_LENGTH)) return HAND_OVER
  // An empty body is no record, and that of a GET means nothing.
  if (isPost != contentLength > 0) return HAND_OVER
  store<u32>(out, contentLength < 0xffffffff ? <u32>contentLength : 0xffffffff, 12)
  store<u32>(out, flags(isPost), 16)
  return 1
}

@inline
function flags(isPost: bool): u32 {
  const close = (seen & SEEN_CLOSE) != 0 ? FLAG_CLOSE : 0
  return isPost && (seen & SEEN_LINES) != 0 ? close | FLAG_LINES : close
}
