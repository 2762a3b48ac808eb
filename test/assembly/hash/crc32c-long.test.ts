// CRC-32C of long messages: the polynomial identity it stands on, and agreement with an independent package around every
// length where its pieces begin and end.
import { crc32c } from '@aws-crypto/crc32c'
import { beforeAll, expect, test } from 'vitest'
import { openProbe, type Probe } from '../../fixtures/probe.ts'
import { randomFrom, seedFromEnv } from '../../fixtures/random.ts'

type Exports = { crc32cLong(address: number, bytes: number, scratch: number): number }

const at = 65_536
const scratchAt = 2_097_152
const scratchBytes = 2 * (5376 + 16_384)
let probe: Probe<Exports>
beforeAll(async () => {
  probe = await openProbe<Exports>('encode')
})

function agrees(message: Uint8Array, address: number, note: string): void {
  probe.bytes.set(message, address)
  probe.bytes.fill(0xa7, address + message.length, address + message.length + 64)
  expect(probe.exports.crc32cLong(address, message.length, scratchAt) >>> 0, note).toBe(crc32c(message))
}

test('a byte may be replaced by itself 1747, 2830 and 5321 bytes further on', () => {
  for (let byte = 1; byte < 256; byte++) {
    const message = new Uint8Array(5400)
    const replaced = new Uint8Array(5400)
    message[10] = byte
    for (const distance of [1747, 2830, 5321]) replaced[10 + distance] = byte
    expect(crc32c(message)).toBe(crc32c(replaced))
  }
})

test('lengths around the threshold and around whole pieces agree with an independent package', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const message = Uint8Array.from({ length: 70_000 }, () => random.below(256))
  const turns = [12_288, 16_384 + 5321, 2 * 16_384 + 5321, 3 * 16_384 + 5321]
  const lengths = turns.flatMap((turn) => Array.from({ length: 70 }, (_, index) => turn - 35 + index))
  for (const length of [0, 1, 300, ...lengths, 70_000]) {
    agrees(message.subarray(0, length), at + random.below(64), `seed ${seed}, ${length} bytes`)
  }
})

test('whole batches agree, and nothing is written beside the scratch', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const words = Uint32Array.from({ length: 262_144 }, () => random.below(2 ** 32))
  probe.bytes.fill(0x3d, scratchAt - 64, scratchAt)
  probe.bytes.fill(0x3d, scratchAt + scratchBytes, scratchAt + scratchBytes + 64)
  for (const length of [1_048_576, 1_048_500, 600_001, random.below(1_000_000)]) {
    agrees(new Uint8Array(words.buffer, 0, length), at + 21, `seed ${seed}, ${length} bytes`)
  }
  const beside = [
    probe.bytes.subarray(scratchAt - 64, scratchAt),
    probe.bytes.subarray(scratchAt + scratchBytes, scratchAt + scratchBytes + 64),
  ]
  expect(beside.map((bytes) => bytes.every((byte) => byte === 0x3d))).toEqual([true, true])
})
