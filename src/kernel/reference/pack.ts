// Writers of canonical MessagePack (docs/formats.md, "Value"): each puts one value or header at a position and returns the
// position after it. They refuse nothing but what has no UTF-8 form or no 64-bit form; who calls has checked the rest and
// left room. What always holds: the shortest form is written, an integral double within ±2^53 is an integer, −0 stays −0.

const safeMax = 2 ** 53
const u32 = 2 ** 32

// Doubles are laid down byte by byte: unlike DataView, that works on a target of any alignment without a view of its own.
const doubleBytes = new Uint8Array(8)
const double = new DataView(doubleBytes.buffer)
const textEncoder = new TextEncoder()

/** Below this many UTF-16 units a loop in JavaScript beats a call into the runtime. */
const shortTextUnits = 40

export function putNull(target: Uint8Array, at: number): number {
  target[at] = 0xc0
  return at + 1
}

/** Writes a finite double that is not an integer token beyond ±2^53; returns the position after it. */
export function putNumber(target: Uint8Array, at: number, value: number): number {
  const small = value | 0
  // Of the two zeros only 0 is an integer here.
  if (small === value && (small !== 0 || 1 / value > 0)) {
    return small >= 0 ? putPositive(target, at, small) : putNegative(target, at, small)
  }
  if (Number.isInteger(value) && value >= -safeMax && value <= safeMax && value !== 0) {
    return value >= 0 ? putPositive(target, at, value) : putNegative(target, at, value)
  }
  return putDouble(target, at, value)
}

function putDouble(target: Uint8Array, at: number, value: number): number {
  double.setFloat64(0, value)
  target[at] = 0xcb
  target[at + 1] = doubleBytes[0]!
  target[at + 2] = doubleBytes[1]!
  target[at + 3] = doubleBytes[2]!
  target[at + 4] = doubleBytes[3]!
  target[at + 5] = doubleBytes[4]!
  target[at + 6] = doubleBytes[5]!
  target[at + 7] = doubleBytes[6]!
  target[at + 8] = doubleBytes[7]!
  return at + 9
}

function putPositive(target: Uint8Array, at: number, value: number): number {
  if (value < 0x80) {
    target[at] = value
    return at + 1
  }
  if (value < 0x100) {
    target[at] = 0xcc
    target[at + 1] = value
    return at + 2
  }
  if (value < 0x10000) return putHeader16(target, at, 0xcd, value)
  if (value < u32) return putHeader32(target, at, 0xce, value)
  return putWords(target, at, 0xcf, Math.floor(value / u32), value >>> 0)
}

function putNegative(target: Uint8Array, at: number, value: number): number {
  if (value >= -32) {
    target[at] = value
    return at + 1
  }
  if (value >= -0x80) {
    target[at] = 0xd0
    target[at + 1] = value
    return at + 2
  }
  if (value >= -0x8000) return putHeader16(target, at, 0xd1, value)
  if (value >= -0x80000000) return putHeader32(target, at, 0xd2, value)
  return putWords(target, at, 0xd3, Math.floor(value / u32), value >>> 0)
}

/**
 * Writes an integer of any size up to 64 bits; returns the position after it.
 * @throws TypeError beyond −2^63 … 2^64−1.
 */
export function putBigInt(target: Uint8Array, at: number, value: bigint): number {
  if (value >= -9007199254740992n && value <= 9007199254740992n) return putNumber(target, at, Number(value))
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new TypeError(`${value} does not fit 64 bits`)
  const low = Number(BigInt.asUintN(32, value))
  const high = Number(BigInt.asUintN(32, value >> 32n))
  return putWords(target, at, value >= 0n ? 0xcf : 0xd3, high, low)
}

function putHeader16(target: Uint8Array, at: number, type: number, value: number): number {
  target[at] = type
  target[at + 1] = value >> 8
  target[at + 2] = value
  return at + 3
}

function putHeader32(target: Uint8Array, at: number, type: number, value: number): number {
  target[at] = type
  target[at + 1] = value >>> 24
  target[at + 2] = value >>> 16
  target[at + 3] = value >>> 8
  target[at + 4] = value
  return at + 5
}

function putWords(target: Uint8Array, at: number, type: number, high: number, low: number): number {
  putHeader32(target, at, type, high)
  return putHeader32(target, at + 4, target[at + 4]!, low)
}

export function putArrayHeader(target: Uint8Array, at: number, count: number): number {
  if (count < 16) {
    target[at] = 0x90 | count
    return at + 1
  }
  return count < 0x10000 ? putHeader16(target, at, 0xdc, count) : putHeader32(target, at, 0xdd, count)
}

export function putMapHeader(target: Uint8Array, at: number, count: number): number {
  if (count < 16) {
    target[at] = 0x80 | count
    return at + 1
  }
  return count < 0x10000 ? putHeader16(target, at, 0xde, count) : putHeader32(target, at, 0xdf, count)
}

function putStringHeader(target: Uint8Array, at: number, bytes: number): number {
  if (bytes < 32) {
    target[at] = 0xa0 | bytes
    return at + 1
  }
  if (bytes < 0x100) {
    target[at] = 0xd9
    target[at + 1] = bytes
    return at + 2
  }
  return bytes < 0x10000 ? putHeader16(target, at, 0xda, bytes) : putHeader32(target, at, 0xdb, bytes)
}

/**
 * Writes a string; returns the position after it, or −1 when it holds a lone surrogate. Up to `5 + 3 × length` bytes are
 * touched.
 */
export function putString(target: Uint8Array, at: number, text: string): number {
  const units = text.length
  if (units >= shortTextUnits) return putLongString(target, at, text)
  const start = at + (units < 32 ? 1 : 2)
  if (units < 32) {
    target[at] = 0xa0 | units
  } else {
    target[at] = 0xd9
    target[at + 1] = units
  }
  // One look at all units together afterwards is cheaper than one at each.
  let seen = 0
  for (let i = 0; i < units; i++) {
    const unit = text.charCodeAt(i)
    seen |= unit
    target[start + i] = unit
  }
  return seen < 0x80 ? start + units : putLongString(target, at, text)
}

function stringHeaderBytes(bytes: number): number {
  if (bytes < 32) return 1
  if (bytes < 0x100) return 2
  return bytes < 0x10000 ? 3 : 5
}

function putLongString(target: Uint8Array, at: number, text: string): number {
  if (!text.isWellFormed()) return -1
  // Room is left as if it were ASCII; when it is not and the header is longer, the body moves.
  const guess = at + stringHeaderBytes(text.length)
  const { written } = textEncoder.encodeInto(text, target.subarray(guess))
  const start = at + stringHeaderBytes(written)
  if (start !== guess) target.copyWithin(start, guess, guess + written)
  putStringHeader(target, at, written)
  return start + written
}
