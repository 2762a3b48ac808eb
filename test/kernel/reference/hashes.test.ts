// The hashes in plain JavaScript against reference vectors and independent packages, at every length and alignment.
import { crc32c as independentCrc32c } from '@aws-crypto/crc32c'
import { expect, test } from 'vitest'
import xxhash from 'xxhash-wasm'
import { crc32c } from '../../../src/kernel/reference/crc32c.ts'
import { sipHash128 } from '../../../src/kernel/reference/siphash.ts'
import { xxh64 } from '../../../src/kernel/reference/xxh64.ts'
import { type Random, randomFrom, seedFromEnv } from '../../fixtures/random.ts'
import { siphashVectors } from '../../fixtures/siphash.ts'

const memory = new SharedArrayBuffer(1 << 20)
const bytes = new Uint8Array(memory)
const view = new DataView(memory)
const secretAt = 16
const outAt = 64
const messageAt = 128

function messageOf(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256))
}

test('SipHash-2-4-128 gives the vectors of its authors', () => {
  for (let i = 0; i < 64; i++) bytes[secretAt + (i & 15)] = i & 15
  for (let i = 0; i < 64; i++) bytes[messageAt + 3 + i] = i
  for (const [length, expected] of siphashVectors.entries()) {
    sipHash128(view, messageAt + 3, length, secretAt, outAt)
    expect(Buffer.from(bytes.slice(outAt, outAt + 16)).toString('hex')).toBe(expected)
  }
})

test('XXH64 agrees with an independent package at every length up to ten stripes', async () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const oracle = await xxhash()
  for (let length = 0; length < 330; length++) {
    const message = messageOf(random, length)
    const at = messageAt + random.below(32)
    bytes.set(message, at)
    xxh64(view, at, length, outAt)
    expect(view.getBigUint64(outAt, true), `SLUICE_SEED=${seed}, ${length} bytes`).toBe(oracle.h64Raw(message))
  }
})

test('CRC-32C agrees with an independent package at every length up to a few steps, and on long input', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  for (const length of [...Array.from({ length: 70 }, (_, index) => index), 4095, 100_001]) {
    const message = messageOf(random, length)
    const at = messageAt + random.below(32)
    bytes.set(message, at)
    expect(crc32c(bytes, view, at, length), `SLUICE_SEED=${seed}, ${length} bytes`).toBe(independentCrc32c(message))
  }
  expect(crc32c(Buffer.from('123456789'), new DataView(Uint8Array.from(Buffer.from('123456789')).buffer), 0, 9)).toBe(
    0xe3069283,
  )
})
