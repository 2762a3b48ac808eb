// Record batches: what is written is decoded by others, and what `indexBatch` reads back it believes in nothing.
import { beforeAll, expect, test } from 'vitest'
import xxhash from 'xxhash-wasm'
import { decodeBatch, decodeWithKafkajs } from '../../fixtures/kafka.ts'
import { openProbe, type Probe } from '../../fixtures/probe.ts'
import { type Random, randomFrom, seedFromEnv } from '../../fixtures/random.ts'
import { siphashVectors } from '../../fixtures/siphash.ts'

type Exports = {
  recordBodyBytes(offsetDelta: number, keyBytes: number, valueBytes: number): number
  writeRecord(
    address: number,
    body: number,
    offsetDelta: number,
    key: number,
    keyBytes: number,
    value: number,
    valueBytes: number,
  ): number
  writeHead(batch: number, end: number, recordCount: number, timestampMs: bigint, scratch: number): void
  indexBatch(batch: number, batchBytes: number, secret: number, index: number, indexBytes: number): number
  crc32c(address: number, bytes: number): number
}

type Pair = { readonly key: Buffer | undefined; readonly value: Buffer; readonly delta: number }

const secretAt = 65_536
const keyAt = 70_000
const valueAt = 80_000
const batchAt = 1_048_576 + 3
const indexAt = 3_145_728
const scratchAt = 3_800_000
const indexBytes = 524_288
const [BAD_BATCH, NO_ROOM] = [-3, -4]
const timestampMs = 1_726_000_000_123

let probe: Probe<Exports>
beforeAll(async () => {
  probe = await openProbe<Exports>('encode', 80)
})

/** Writes a batch and returns its length. */
function write(pairs: readonly Pair[]): number {
  const { exports, bytes } = probe
  let end = batchAt + 61
  for (const { key, value, delta } of pairs) {
    if (key !== undefined) bytes.set(key, keyAt)
    bytes.set(value, valueAt)
    const keyBytes = key?.length ?? -1
    const body = exports.recordBodyBytes(delta, keyBytes, value.length)
    end = exports.writeRecord(end, body, delta, keyAt, keyBytes, valueAt, value.length)
  }
  exports.writeHead(batchAt, end, pairs.length, BigInt(timestampMs), scratchAt)
  return end - batchAt
}

const batchBytes = (length: number) => probe.bytes.slice(batchAt, batchAt + length)
const index = (length: number, room = indexBytes) => probe.exports.indexBatch(batchAt, length, secretAt, indexAt, room)

function somePairs(random: Random, count: number): Pair[] {
  const some = (length: number) => Buffer.from(Uint8Array.from({ length }, () => random.below(256)))
  return Array.from({ length: count }, (_, delta) => ({
    key: random.below(4) === 0 ? undefined : some(random.below(100)),
    value: some(random.pick([0, 1, 31, 32, 33, 200, random.below(10_000)])),
    delta,
  }))
}

/** Sets length and checksum of what was changed on purpose, so that only the structure is wrong. */
function reseal(length: number): void {
  probe.view.setUint32(batchAt + 8, length - 12)
  probe.view.setUint32(batchAt + 17, probe.exports.crc32c(batchAt + 21, length - 21))
}

test('a strict decoder and kafkajs read every record back', async () => {
  const seed = seedFromEnv()
  const pairs = somePairs(randomFrom(seed), 150)
  const length = write(pairs)
  const decoded = decodeBatch(batchBytes(length))
  const note = `seed ${seed}`
  expect(decoded, note).toMatchObject({ baseOffset: 0n, leaderEpoch: 0, lastOffsetDelta: 149, timestampMs })
  expect(
    decoded.records.map(({ key, value, offsetDelta: delta }) => ({ key, value, delta })),
    note,
  ).toEqual(pairs)

  const consumed = await decodeWithKafkajs(batchBytes(length))
  expect(
    consumed.map(({ key, value }) => ({ key: key ?? undefined, value })),
    note,
  ).toEqual(pairs.map(({ key, value }) => ({ key, value })))
  expect(new Set(consumed.map(({ timestamp }) => timestamp))).toEqual(new Set([String(timestampMs)]))
})

test('the index holds the hashes, delta and place of every record', async () => {
  const oracle = await xxhash()
  const keyOfBytes = (count: number) => Buffer.from(Uint8Array.from({ length: count }, (_, i) => i))
  probe.bytes.set(keyOfBytes(16), secretAt)
  const pairs = siphashVectors.map(
    (_, count): Pair => ({ key: keyOfBytes(count), value: keyOfBytes(count * 3), delta: count }),
  )
  const length = write([...pairs, { key: undefined, value: Buffer.from('last'), delta: 64 }])
  expect(index(length)).toBe(65)

  const { records } = decodeBatch(batchBytes(length))
  for (const [entry, record] of records.entries()) {
    const at = indexAt + entry * 32
    const keyHash = Buffer.from(probe.bytes.subarray(at, at + 16)).toString('hex')
    expect(keyHash).toBe(record.key === undefined ? '0'.repeat(32) : siphashVectors[entry])
    expect(probe.view.getBigUint64(at + 16, true)).toBe(oracle.h64Raw(record.value))
    expect(probe.view.getUint32(at + 24, true)).toBe(record.offsetDelta)
    expect(probe.view.getUint32(at + 28, true)).toBe(record.start)
  }
})

test('a batch with gaps in its deltas, as after duplicates were removed, is indexed', () => {
  const length = write([
    { key: Buffer.from('a'), value: Buffer.from('1'), delta: 2 },
    { key: Buffer.from('b'), value: Buffer.from('2'), delta: 700 },
  ])
  probe.view.setUint32(batchAt + 23, 1000)
  reseal(length)
  expect(index(length)).toBe(2)
  expect([probe.view.getUint32(indexAt + 24, true), probe.view.getUint32(indexAt + 56, true)]).toEqual([2, 700])
})

test('an index that is too small is said so, before anything is written', () => {
  const length = write(somePairs(randomFrom(1), 10))
  probe.bytes.fill(0xc5, indexAt, indexAt + 512)
  expect(index(length, 319)).toBe(NO_ROOM)
  expect(probe.bytes.subarray(indexAt, indexAt + 512).every((byte) => byte === 0xc5)).toBe(true)
  expect(index(length, 320)).toBe(10)
})

test('a batch cut anywhere, or with any bit flipped past the leader epoch, is refused', () => {
  const length = write(somePairs(randomFrom(7), 3).map((pair) => ({ ...pair, value: pair.value.subarray(0, 40) })))
  for (let cut = 0; cut < length; cut++) expect(index(cut), `cut at ${cut}`).toBe(BAD_BATCH)
  for (let bit = 16 * 8; bit < length * 8; bit++) {
    probe.bytes[batchAt + (bit >> 3)]! ^= 1 << (bit & 7)
    expect(index(length), `bit ${bit}`).toBe(BAD_BATCH)
    probe.bytes[batchAt + (bit >> 3)]! ^= 1 << (bit & 7)
  }
})

test('whatever stands in a batch with a right checksum, nothing traps and nothing is written outside the index', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const canary = 0x9e
  probe.bytes.fill(canary, indexAt - 64, indexAt)
  for (let round = 0; round < 30_000; round++) {
    const length = write(somePairs(random, 1 + random.below(4)).map((p) => ({ ...p, value: p.value.subarray(0, 50) })))
    for (let change = random.below(4); change >= 0; change--) {
      probe.bytes[batchAt + 21 + random.below(length - 21)] = random.pick([
        0,
        1,
        2,
        0x7f,
        0x80,
        0xff,
        random.below(256),
      ])
    }
    reseal(length)
    const room = random.below(5) * 32
    probe.bytes.fill(canary, indexAt + room, indexAt + room + 256)
    const count = index(length, room)
    const note = `seed ${seed}, round ${round}`
    expect(count === BAD_BATCH || count === NO_ROOM || (count >= 0 && count * 32 <= room), note).toBe(true)
    expect(
      probe.bytes.subarray(indexAt + room, indexAt + room + 256).every((byte) => byte === canary),
      note,
    ).toBe(true)
  }
  expect(probe.bytes.subarray(indexAt - 64, indexAt).every((byte) => byte === canary)).toBe(true)
})

test('lengths that reach beyond the batch or around the address space are refused', () => {
  const hostile = [0xff, 0xff, 0xff, 0xff, 0x0f]
  for (const place of [61, 64, 65, 66]) {
    const length = write([{ key: Buffer.from('k'), value: Buffer.from('some value'), delta: 0 }])
    probe.bytes.set(hostile, batchAt + place)
    reseal(length)
    expect(index(length), `at ${place}`).toBe(BAD_BATCH)
  }
})
