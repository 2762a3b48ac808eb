// SipHash-2-4 with 128-bit output (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, and the authors'
// reference code for the 128-bit variant).
// It refuses nothing. What always holds: BigInts live in `state` and within one function, each operation wrapped in
// BigInt.asUintN(64, …), which V8 compiles to plain 64-bit instructions (see xxh64.ts).

const state = new BigUint64Array(4)
const lastWord = new DataView(new ArrayBuffer(8))

/**
 * Hashes `bytes` bytes at `start` of `view` with the 16-byte secret at `secret`, and writes 16 bytes at `out`.
 * All three are positions in the same memory.
 */
export function sipHash128(view: DataView, start: number, bytes: number, secret: number, out: number): void {
  seed(view, secret)
  const tail = start + (bytes & ~7)
  for (let at = start; at < tail; at += 8) compressWord(view, at)
  compressTail(view, tail, bytes)
  state[2] = BigInt.asUintN(64, state[2]! ^ 0xeen)
  finish(view, out)
  state[1] = BigInt.asUintN(64, state[1]! ^ 0xddn)
  finish(view, out + 8)
}

function seed(view: DataView, secret: number): void {
  const k0 = view.getBigUint64(secret, true)
  const k1 = view.getBigUint64(secret + 8, true)
  state[0] = BigInt.asUintN(64, k0 ^ 0x736f6d6570736575n)
  // The 128-bit variant starts with 0xee in this word: …6d ^ ee = …83.
  state[1] = BigInt.asUintN(64, k1 ^ 0x646f72616e646f83n)
  state[2] = BigInt.asUintN(64, k0 ^ 0x6c7967656e657261n)
  state[3] = BigInt.asUintN(64, k1 ^ 0x7465646279746573n)
}

function compressWord(view: DataView, at: number): void {
  state[3] = BigInt.asUintN(64, state[3]! ^ view.getBigUint64(at, true))
  round()
  round()
  state[0] = BigInt.asUintN(64, state[0]! ^ view.getBigUint64(at, true))
}

/** The last word: the bytes left over, and the length in its top byte. */
function compressTail(view: DataView, tail: number, bytes: number): void {
  let low = 0
  let high = bytes << 24
  for (let i = 0; i < (bytes & 7); i++) {
    if (i < 4) low |= view.getUint8(tail + i) << (i * 8)
    else high |= view.getUint8(tail + i) << (i * 8 - 32)
  }
  lastWord.setInt32(0, low, true)
  lastWord.setInt32(4, high, true)
  compressWord(lastWord, 0)
}

function finish(view: DataView, out: number): void {
  round()
  round()
  round()
  round()
  const first = BigInt.asUintN(64, state[0]! ^ state[1]!)
  view.setBigUint64(out, BigInt.asUintN(64, first ^ BigInt.asUintN(64, state[2]! ^ state[3]!)), true)
}

function round(): void {
  const a = BigInt.asUintN(64, state[0]! + state[1]!)
  const b = state[1]!
  const bTurned = BigInt.asUintN(64, BigInt.asUintN(64, b << 13n) | BigInt.asUintN(64, b >> 51n))
  const b1 = BigInt.asUintN(64, bTurned ^ a)
  const a1 = BigInt.asUintN(64, BigInt.asUintN(64, a << 32n) | BigInt.asUintN(64, a >> 32n))
  const d = state[3]!
  const c = BigInt.asUintN(64, state[2]! + d)
  const dTurned = BigInt.asUintN(64, BigInt.asUintN(64, d << 16n) | BigInt.asUintN(64, d >> 48n))
  const d1 = BigInt.asUintN(64, dTurned ^ c)
  const a2 = BigInt.asUintN(64, a1 + d1)
  const c1 = BigInt.asUintN(64, c + b1)
  const d2 = BigInt.asUintN(64, BigInt.asUintN(64, d1 << 21n) | BigInt.asUintN(64, d1 >> 43n))
  const b2 = BigInt.asUintN(64, BigInt.asUintN(64, b1 << 17n) | BigInt.asUintN(64, b1 >> 47n))
  state[0] = a2
  state[1] = BigInt.asUintN(64, b2 ^ c1)
  state[2] = BigInt.asUintN(64, BigInt.asUintN(64, c1 << 32n) | BigInt.asUintN(64, c1 >> 32n))
  state[3] = BigInt.asUintN(64, d2 ^ a2)
}
