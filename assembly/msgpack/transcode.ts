// MessagePack as clients send it to canonical MessagePack (docs/formats.md, "Value"): shorter forms where there are some,
// single-precision numbers widened, doubles that are integers as such. It refuses what JSON has no word for (bin, ext, keys
// that are no strings, NaN, infinities) and what JSON would be refused for: ill-formed UTF-8, repeated keys, many levels.
// What always holds: nothing is read further than SLACK_BYTES behind the input; the output is at most nine fifths of it; the
// time is linear in the bytes; containers stand on a stack of their own, so that no input recurses.
import {
  BAD_UTF8, DUPLICATE_KEY, EMPTY, NUMBER_RANGE, OK, RECORD_BYTES_MAX, RECORD_TOO_LARGE, SCRATCH_JSON, TOO_DEEP,
  TRAILING_BYTES, UNEXPECTED_BYTE, UNEXPECTED_END,
} from '../abi'
import { copyWide } from '../encode/copy'
import { writeDouble, writeNegative, writeUnsigned } from '../json/msgpack'
import { addKey, firstRepeat, openKeys } from './keys'
import { illFormedAt } from './text'
import { isString, lengthBytes, readBig } from './head'

/** End of what the last accepted value became. */
export let transcodedEnd: usize = 0
/** Where the last refused value is wrong, in bytes from its start. */
export let wrongOffset: i32 = 0

// An open container, 8 bytes, in json's part of the scratch:
//   0  u32  left       values to come; of a map: its keys as well
//   4  u32  container  0 for an array; a map's number
const FRAME_BYTES: usize = 8

let input: usize = 0
let inputEnd: usize = 0
let cursor: usize = 0
let out: usize = 0
let frames: usize = 0
let frame: usize = 0
let frameLimit: usize = 0
let mapCount: u32 = 0

/**
 * Writes the value from `start` to `end` in canonical form from `output` on, where there must be room for nine fifths of
 * its bytes and 64 more. `depthMax` containers may be open at once. Returns OK or a record status.
 */
export function transcode(start: usize, end: usize, output: usize, scratch: usize, depthMax: i32): i32 {
  input = start, inputEnd = end, cursor = start, out = output
  if (end - start > RECORD_BYTES_MAX) return wrong(RECORD_TOO_LARGE, start + RECORD_BYTES_MAX)
  if (start == end) return wrong(EMPTY, end)
  frames = scratch + SCRATCH_JSON
  frame = frames - FRAME_BYTES
  frameLimit = frames + <usize>max(depthMax, 0) * FRAME_BYTES
  mapCount = 0
  openKeys(scratch, end - start)
  const status = walk()
  if (status != OK) return status
  if (cursor != end) return wrong(TRAILING_BYTES, cursor)
  if (firstRepeat != 0) return wrong(DUPLICATE_KEY, firstRepeat)
  transcodedEnd = out
  return OK
}

function wrong(status: i32, at: usize): i32 {
  wrongOffset = <i32>(at - input)
  return status
}

/** Values one after the other until the outermost is complete. */
function walk(): i32 {
  while (true) {
    const status = isKeyDue() ? readKey() : readValue()
    if (status != OK) return status
    while (frame >= frames && load<u32>(frame) == 0) frame -= FRAME_BYTES
    if (frame < frames) return OK
    store<u32>(frame, load<u32>(frame) - 1)
  }
}

/** Whether the value that was just counted off is a key: of a map's keys and values an odd number is left behind it. */
function isKeyDue(): bool {
  return frame >= frames && load<u32>(frame, 4) != 0 && (load<u32>(frame) & 1) != 0
}

function readKey(): i32 {
  if (cursor == inputEnd) return wrong(UNEXPECTED_END, inputEnd)
  const at = cursor
  const type = <u32>load<u8>(at)
  if (!isString(type)) return wrong(UNEXPECTED_BYTE, at)
  const status = readString(type)
  if (status == OK) addKey(load<u32>(frame, 4), textStart, cursor - textStart, at)
  return status
}

function readValue(): i32 {
  if (cursor == inputEnd) return wrong(UNEXPECTED_END, inputEnd)
  const type = <u32>load<u8>(cursor)
  if (type < 0x80 || type >= 0xe0 || type == 0xc0 || type == 0xc2 || type == 0xc3) {
    store<u8>(out++, <u8>type)
    cursor++
    return OK
  }
  if (isString(type)) return readString(type)
  if (type < 0xa0) return openContainer(type, type & 15, cursor + 1)
  if (type >= 0xdc) return readLongContainer(type)
  if (type >= 0xca && type <= 0xd3) return readNumber(type)
  return wrong(UNEXPECTED_BYTE, cursor)
}

let textStart: usize = 0

/** A string; sets where its text starts. */
function readString(type: u32): i32 {
  const head: usize = 1 + lengthBytes(type)
  if (inputEnd - cursor < head) return wrong(UNEXPECTED_END, inputEnd)
  const bytes = head == 1 ? <usize>(type & 31) : <usize>readBig(cursor + 1, head - 1)
  const text = cursor + head
  if (inputEnd - text < bytes) return wrong(UNEXPECTED_END, inputEnd)
  const illFormed = illFormedAt(text, text + bytes)
  if (illFormed != 0) return wrong(BAD_UTF8, illFormed)
  writeStringHead(<u32>bytes)
  copyWide(out, text, bytes)
  out += bytes
  textStart = text
  cursor = text + bytes
  return OK
}

function writeStringHead(bytes: u32): void {
  if (bytes < 32) store<u8>(out++, <u8>(0xa0 | bytes))
  else if (bytes < 0x100) {
    store<u8>(out, 0xd9)
    store<u8>(out, <u8>bytes, 1)
    out += 2
  } else writeLongHead(0xda, bytes)
}

/** The head of a string or container: `code` with two bytes of count, or the code behind it with four. */
function writeLongHead(code: u32, count: u32): void {
  if (count < 0x10000) {
    store<u8>(out, <u8>code)
    store<u16>(out, bswap<u16>(<u16>count), 1)
    out += 3
    return
  }
  store<u8>(out, <u8>(code + 1))
  store<u32>(out, bswap<u32>(count), 1)
  out += 5
}

function readLongContainer(type: u32): i32 {
  if (frame + FRAME_BYTES == frameLimit) return wrong(TOO_DEEP, cursor)
  const bytes = lengthBytes(type)
  if (inputEnd - cursor - 1 < bytes) return wrong(UNEXPECTED_END, inputEnd)
  return openContainer(type, <u32>readBig(cursor + 1, bytes), cursor + 1 + bytes)
}

/** Opens the array or map of `count` elements or members whose first one is at `first`. */
function openContainer(type: u32, count: u32, first: usize): i32 {
  if (frame + FRAME_BYTES == frameLimit) return wrong(TOO_DEEP, cursor)
  const isMap = type < 0x90 || type >= 0xde
  // With more than there are bytes it ends early, whatever the elements are: so 32 bits will do for keys and values together.
  const left = <u64>count << <u64>isMap
  frame += FRAME_BYTES
  store<u32>(frame, <u32>min<u64>(left, 0x40000000))
  store<u32>(frame, isMap ? ++mapCount : 0, 4)
  if (count < 16) store<u8>(out++, <u8>((isMap ? 0x80 : 0x90) | count))
  else writeLongHead(isMap ? 0xde : 0xdc, count)
  cursor = first
  return OK
}

function readNumber(type: u32): i32 {
  const bytes = lengthBytes(type)
  if (inputEnd - cursor - 1 < bytes) return wrong(UNEXPECTED_END, inputEnd)
  const bits = readBig(cursor + 1, bytes)
  if (type <= 0xcb) {
    const value = type == 0xcb ? reinterpret<f64>(bits) : <f64>reinterpret<f32>(<u32>bits)
    return writeNumber(value, bytes)
  }
  if (type <= 0xcf) out = writeUnsigned(out, bits)
  else {
    const unused = 64 - (<u64>bytes << 3)
    writeInteger(<i64>(bits << unused) >> <i64>unused)
  }
  cursor += 1 + bytes
  return OK
}

function writeInteger(value: i64): void {
  out = value < 0 ? writeNegative(out, 0 - <u64>value) : writeUnsigned(out, <u64>value)
}

/** A double: an integer when it is one within ±2^53, but for −0. */
function writeNumber(value: f64, bytes: usize): i32 {
  const bits = reinterpret<u64>(value)
  if ((bits & 0x7ff0000000000000) == 0x7ff0000000000000) return wrong(NUMBER_RANGE, cursor)
  const isInteger = bits != 0x8000000000000000 && abs<f64>(value) <= 9007199254740992 && trunc<f64>(value) == value
  if (isInteger) writeInteger(<i64>value)
  else out = writeDouble(out, bits)
  cursor += 1 + bytes
  return OK
}
