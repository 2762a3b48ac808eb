// CRC-32C against the check value of the catalogues, an independent package, and the tables against the polynomial.
import { crc32c } from '@aws-crypto/crc32c'
import { beforeAll, expect, test } from 'vitest'
import { openProbe, type Probe } from '../../fixtures/probe.ts'
import { randomFrom, seedFromEnv } from '../../fixtures/random.ts'

type Exports = { crc32c(address: number, bytes: number): number }

const at = 65_536
let probe: Probe<Exports>
beforeAll(async () => {
  probe = await openProbe<Exports>('encode')
})

function checksum(message: Uint8Array, address = at): number {
  probe.bytes.set(message, address)
  return probe.exports.crc32c(address, message.length) >>> 0
}

test('the known answers of RFC 3720 and the check value come out', () => {
  expect(checksum(Buffer.from('123456789'))).toBe(0xe3069283)
  expect(checksum(new Uint8Array(0))).toBe(0)
  expect(checksum(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(checksum(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  expect(checksum(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e)
  expect(checksum(Uint8Array.from({ length: 32 }, (_, index) => 31 - index))).toBe(0x113fdb5c)
})

test('every length up to five blocks and many beyond agree with an independent package, at any alignment', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const lengths = [...Array.from({ length: 700 }, (_, index) => index), 4096, 65_535, 65_536, 1_048_571]
  for (const length of lengths) {
    const message = Uint8Array.from({ length }, () => random.below(256))
    const expected = crc32c(message)
    expect(checksum(message, at + random.below(64)), `seed ${seed}, ${length} bytes`).toBe(expected)
  }
})

test('bytes around the message do not count', () => {
  const message = Uint8Array.from({ length: 300 }, (_, index) => index)
  const expected = checksum(message)
  probe.bytes.fill(0xa5, at - 64, at)
  probe.bytes.fill(0x5a, at + message.length, at + message.length + 200)
  expect(probe.exports.crc32c(at, message.length) >>> 0).toBe(expected)
})

test('a single flipped bit anywhere in two folded blocks changes the checksum', () => {
  const message = new Uint8Array(512)
  const seen = new Set([checksum(message)])
  for (let bit = 0; bit < message.length * 8; bit++) {
    message[bit >> 3]! ^= 1 << (bit & 7)
    seen.add(checksum(message))
    message[bit >> 3]! ^= 1 << (bit & 7)
  }
  expect(seen.size).toBe(message.length * 8 + 1)
})
