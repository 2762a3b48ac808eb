// Murmur2 against the values of Kafka's own unit test, and against the partitioner of kafkajs, which had to agree too.
import { createRequire } from 'node:module'
import { beforeAll, expect, test } from 'vitest'
import { openProbe, type Probe } from '../../fixtures/probe.ts'
import { randomFrom, seedFromEnv } from '../../fixtures/random.ts'

type Exports = { murmur2(address: number, bytes: number): number }

const at = 65_536
const kafkajsMurmur2 = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2.js') as (
  key: Buffer,
) => number

let probe: Probe<Exports>
beforeAll(async () => {
  probe = await openProbe<Exports>('encode')
})

function hash(key: Uint8Array): number {
  probe.bytes.set(key, at)
  return probe.exports.murmur2(at, key.length)
}

test("the cases of Kafka's UtilsTest.testMurmur2 come out", () => {
  const cases: readonly (readonly [string, number])[] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [key, expected] of cases) expect(hash(Buffer.from(key)), key).toBe(expected)
})

test('keys of every length agree with kafkajs', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  for (let round = 0; round < 2000; round++) {
    const key = Buffer.from(Uint8Array.from({ length: random.below(80) }, () => random.below(256)))
    expect(hash(key), `seed ${seed}, key ${key.toString('hex')}`).toBe(kafkajsMurmur2(key))
  }
})
