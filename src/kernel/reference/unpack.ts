// Readers of canonical MessagePack: each reads one header, number or text at the reader's position and passes it.
// They refuse, with a RangeError, types that the canonical form does not use and whatever passes the end.
// What always holds: a length is believed only as far as there are bytes.
import type { TextBuffer } from './memory.ts'

/** Where reading stands. */
export type Reader = {
  readonly bytes: Uint8Array
  /** The same bytes, a character each: a piece of it costs much less than to decode the piece. */
  readonly latin1: string
  at: number
}

// The decoders work on any view; as methods they would need a Buffer over the same memory, which costs more than they do.
const { latin1Slice, utf8Slice } = Buffer.prototype as TextBuffer
const doubleBytes = new Uint8Array(8)
const double = new DataView(doubleBytes.buffer)
const u32 = 2 ** 32

export function openReader(bytes: Uint8Array): Reader {
  return { bytes, latin1: latin1Slice.call(bytes, 0, bytes.length), at: 0 }
}

/** Returns the result if all bytes were read. */
export function closeReader<T>(reader: Reader, result: T): T {
  if (reader.at === reader.bytes.length) return result
  throw new RangeError(`MessagePack value of ${reader.at} bytes in ${reader.bytes.length}`)
}

export function readByte(reader: Reader): number {
  if (reader.at >= reader.bytes.length) throw new RangeError(`MessagePack ends early, at ${reader.at}`)
  return reader.bytes[reader.at++]!
}

/** Reads an unsigned number of 1, 2 or 4 bytes. */
export function readSize(reader: Reader, bytes: number): number {
  let size = 0
  for (let i = 0; i < bytes; i++) size = size * 0x100 + readByte(reader)
  return size
}

/** Reads what follows a type byte of 0xcb to 0xd3. Integers beyond ±2^53 are bigints. */
export function readNumber(reader: Reader, type: number): number | bigint {
  switch (type) {
    case 0xcb:
      for (let i = 0; i < 8; i++) doubleBytes[i] = readByte(reader)
      return double.getFloat64(0)
    case 0xcc:
      return readSize(reader, 1)
    case 0xcd:
      return readSize(reader, 2)
    case 0xce:
      return readSize(reader, 4)
    case 0xcf:
      return readLong(readSize(reader, 4), readSize(reader, 4))
    case 0xd0:
      return (readSize(reader, 1) << 24) >> 24
    case 0xd1:
      return (readSize(reader, 2) << 16) >> 16
    case 0xd2:
      return readSize(reader, 4) | 0
    case 0xd3:
      return readLong(readSize(reader, 4) | 0, readSize(reader, 4))
    default:
      throw new RangeError(`MessagePack type 0x${type.toString(16)} at ${reader.at - 1} is not canonical`)
  }
}

function readLong(high: number, low: number): number | bigint {
  const near = high * u32 + low
  if (near > -(2 ** 53) && near < 2 ** 53) return near
  // At the edge `near` may be rounded: only the exact sum tells ±2^53 from what is one beyond.
  const exact = BigInt(high) * 0x1_0000_0000n + BigInt(low)
  return exact === 0x20_0000_0000_0000n || exact === -0x20_0000_0000_0000n ? near : exact
}

/** Bytes of the text that a type byte announces, or −1 when it announces none. */
export function readTextBytes(reader: Reader, type: number): number {
  if (type >= 0xa0 && type < 0xc0) return type & 31
  if (type < 0xd9 || type > 0xdb) return -1
  return readSize(reader, 1 << (type - 0xd9))
}

/** Reads a text of so many bytes. */
export function readText(reader: Reader, bytes: number): string {
  const start = reader.at
  const end = pass(reader, bytes)
  for (let i = start; i < end; i++) if (reader.bytes[i]! >= 0x80) return utf8Slice.call(reader.bytes, start, end)
  return reader.latin1.slice(start, end)
}

/** Reads a text of so many bytes as a JSON string. */
export function readJsonText(reader: Reader, bytes: number): string {
  const start = reader.at
  const end = pass(reader, bytes)
  for (let i = start; i < end; i++) {
    const byte = reader.bytes[i]!
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c || byte >= 0x80)
      return JSON.stringify(utf8Slice.call(reader.bytes, start, end))
  }
  return `"${reader.latin1.slice(start, end)}"`
}

function pass(reader: Reader, bytes: number): number {
  const end = reader.at + bytes
  if (end > reader.bytes.length)
    throw new RangeError(`MessagePack string of ${bytes} bytes at ${reader.at} passes the end`)
  reader.at = end
  return end
}

// Records of a stream have the same few keys: the text of each is looked up by its bytes.
const keyBytesMax = 32
const cachedKeys: (string | undefined)[] = new Array<undefined>(1024).fill(undefined)

/** Reads a member's key. */
export function readKey(reader: Reader): string {
  const at = reader.at
  const bytes = readTextBytes(reader, readByte(reader))
  if (bytes < 0) throw new RangeError(`MessagePack key at ${at} is no string`)
  if (bytes > keyBytesMax || reader.at + bytes > reader.bytes.length) return readText(reader, bytes)
  const start = reader.at
  let hash = bytes
  for (let i = start; i < start + bytes; i++) hash = (Math.imul(hash, 31) + reader.bytes[i]!) & 1023
  const cached = cachedKeys[hash]
  if (cached !== undefined && isAt(reader, start, bytes, cached)) {
    reader.at += bytes
    return cached
  }
  const key = readText(reader, bytes)
  cachedKeys[hash] = key
  return key
}

/** Whether the text is the `bytes` ASCII characters at `start`. */
function isAt({ bytes }: Reader, start: number, count: number, text: string): boolean {
  if (text.length !== count) return false
  for (let i = 0; i < count; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}
