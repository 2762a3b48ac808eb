// SipHash-2-4-128 against the authors' vectors, and for what a keyed hash must do.
import { beforeAll, expect, test } from 'vitest'
import { openProbe, type Probe } from '../../fixtures/probe.ts'
import { siphashVectors } from '../../fixtures/siphash.ts'

type Exports = { sip(address: number, bytes: number, key: number, out: number): void }

const keyAt = 65_536
const outAt = 65_552
const messageAt = 66_000
let probe: Probe<Exports>
beforeAll(async () => {
  probe = await openProbe<Exports>('encode')
})

function hash(key: Uint8Array, message: Uint8Array, address = messageAt): string {
  probe.bytes.set(key, keyAt)
  probe.bytes.fill(0xee, address, address + message.length + 16)
  probe.bytes.set(message, address)
  probe.exports.sip(address, message.length, keyAt, outAt)
  return Buffer.from(probe.bytes.subarray(outAt, outAt + 16)).toString('hex')
}

const countingUp = (length: number) => Uint8Array.from({ length }, (_, index) => index)

test('all 64 reference vectors come out, at any alignment', () => {
  for (const [length, expected] of siphashVectors.entries()) {
    for (let shift = 0; shift < 8; shift++) {
      expect(hash(countingUp(16), countingUp(length), messageAt + shift), `${length} bytes`).toBe(expected)
    }
  }
})

test('another key gives another hash for each of its bits', () => {
  const message = Buffer.from('order-0000000042')
  const seen = new Set<string>()
  for (let bit = 0; bit < 128; bit++) {
    const key = countingUp(16)
    key[bit >> 3]! ^= 1 << (bit & 7)
    seen.add(hash(key, message))
  }
  seen.add(hash(countingUp(16), message))
  expect(seen.size).toBe(129)
})

test('messages that differ in trailing zero bytes have different hashes', () => {
  const seen = new Set(Array.from({ length: 33 }, (_, length) => hash(countingUp(16), new Uint8Array(length))))
  expect(seen.size).toBe(33)
})
