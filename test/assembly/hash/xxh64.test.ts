// XXH64 against an independent package over every tail length, and the specification's empty hash.
import { beforeAll, expect, test } from 'vitest'
import xxhash from 'xxhash-wasm'
import { openProbe, type Probe } from '../../fixtures/probe.ts'
import { randomFrom, seedFromEnv } from '../../fixtures/random.ts'

type Exports = { xxh64(address: number, bytes: number, out: number): void }

const outAt = 65_536
const messageAt = 65_600
let probe: Probe<Exports>
beforeAll(async () => {
  probe = await openProbe<Exports>('encode')
})

function hash(message: Uint8Array, address = messageAt): bigint {
  probe.bytes.set(message, address)
  probe.exports.xxh64(address, message.length, outAt)
  return probe.view.getBigUint64(outAt, true)
}

test('the hash of nothing is that of the specification', () => {
  expect(hash(new Uint8Array(0))).toBe(0xef46db3751d8e999n)
})

test('every length up to ten stripes agrees with an independent package, at any alignment', async () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const oracle = await xxhash()
  for (const length of [...Array.from({ length: 330 }, (_, index) => index), 4096, 262_144]) {
    const message = Uint8Array.from({ length }, () => random.below(256))
    const expected = oracle.h64Raw(message)
    expect(hash(message, messageAt + random.below(32)), `seed ${seed}, ${length} bytes`).toBe(expected)
  }
})
