// Host names: domains whose labels that begin with `xn--` are Punycode (RFC 3492) of valid labels (RFC 5891). A label has
// at most 63 bytes, so the square of its length is still a constant. src/schema/idna.ts is the same in plain JavaScript.
import { isDomain } from './address'
import { dfaTakes } from './dfa'

const PREFIX_BYTES: usize = 4
/** The code points of a label, four bytes each, and behind them their UTF-8. */
const CODE_POINTS_BYTES: usize = 256

/** Whether the text is a host name. `labels`: the DFA of decoded labels; `room`: 512 bytes to decode one in. */
export function isHostname(text: usize, end: usize, labels: usize, room: usize): bool {
  if (!isDomain(text, end)) return false
  let label = text
  while (label < end) {
    let labelEnd = label
    while (labelEnd < end && load<u8>(labelEnd) != 0x2e) labelEnd++
    if (isEncoded(label, labelEnd) && !decodedHolds(label + PREFIX_BYTES, labelEnd, labels, room)) return false
    label = labelEnd + 1
  }
  return true
}

/** `xn--` in any case. */
function isEncoded(label: usize, end: usize): bool {
  return end - label >= PREFIX_BYTES && (load<u32>(label) | 0x2020) == 0x2d2d6e78
}

function decodedHolds(text: usize, end: usize, labels: usize, room: usize): bool {
  const count = decode(text, end, room)
  if (count < 0) return false
  const utf8 = room + CODE_POINTS_BYTES
  let out = utf8
  for (let index: usize = 0; index < <usize>count; index++) out = writeUtf8(out, load<u32>(room + (index << 2)))
  return dfaTakes(labels, utf8, out - utf8)
}

/** Value of a digit of Punycode, −1 when it is none; letters of either case. */
function digitOf(byte: u32): i32 {
  if ((byte | 0x20) - 0x61 < 26) return <i32>((byte | 0x20) - 0x61)
  return byte - 0x30 < 10 ? <i32>(byte - 0x30 + 26) : -1
}

/** Writes the basic code points, those before the last hyphen, in lower case; returns their number. */
function copyBasic(text: usize, hyphen: usize, out: usize): u32 {
  for (let p = text; p < hyphen; p++) {
    const byte = <u32>load<u8>(p)
    store<u32>(out + ((p - text) << 2), byte - 0x41 < 26 ? byte | 0x20 : byte)
  }
  return <u32>(hyphen - text)
}

/** Where the last hyphen stands; `text` when there is none. */
function lastHyphen(text: usize, end: usize): usize {
  for (let p = end; p > text; p--) if (load<u8>(p - 1) == 0x2d) return p - 1
  return text
}

/** Decodes the label without its prefix into code points at `out`; their number, or −1. RFC 3492, section 6.2. */
function decode(text: usize, end: usize, out: usize): i32 {
  const hyphen = lastHyphen(text, end)
  let count = copyBasic(text, hyphen, out)
  let p = hyphen + <usize>(hyphen < end && load<u8>(hyphen) == 0x2d)
  let codePoint: u32 = 128
  let bias: u32 = 72
  let index: u64 = 0
  while (p < end) {
    const before = index
    let weight: u64 = 1
    let k: u32 = 36
    while (true) {
      const digit = p < end ? digitOf(load<u8>(p)) : -1
      if (digit < 0) return -1
      p++
      index += <u64>digit * weight
      const threshold: u32 = k <= bias + 1 ? 1 : min<u32>(k - bias, 26)
      if (<u32>digit < threshold) break
      weight *= 36 - threshold
      if (index > 0x7fffffff || weight > 0x7fffffff) return -1
      k += 36
    }
    count++
    bias = adapt(index - before, count, before == 0)
    const points = <u64>codePoint + index / count
    if (points > 0x10ffff || (points >= 0xd800 && points < 0xe000)) return -1
    codePoint = <u32>points
    index %= count
    insert(out, count, <u32>index, codePoint)
    index++
  }
  return <i32>count
}

/** The threshold's bias for the next number: RFC 3492, section 6.1. */
function adapt(delta: u64, count: u32, first: bool): u32 {
  let rest = delta / (first ? 700 : 2)
  rest += rest / count
  let k: u32 = 0
  while (rest > 455) {
    rest /= 35
    k += 36
  }
  return k + <u32>((36 * rest) / (rest + 38))
}

/** Puts a code point at `index` of what will then be `count`. */
function insert(out: usize, count: u32, index: u32, codePoint: u32): void {
  for (let at = count - 1; at > index; at--) {
    store<u32>(out + (<usize>at << 2), load<u32>(out + (<usize>(at - 1) << 2)))
  }
  store<u32>(out + (<usize>index << 2), codePoint)
}

function writeUtf8(out: usize, codePoint: u32): usize {
  if (codePoint < 0x80) {
    store<u8>(out, codePoint)
    return out + 1
  }
  const bytes: u32 = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4
  for (let at = bytes - 1; at > 0; at--) {
    store<u8>(out + at, 0x80 | (codePoint & 0x3f))
    codePoint >>= 6
  }
  store<u8>(out, (0xf00 >> bytes) | codePoint)
  return out + bytes
}
