// Descriptors as the host reads them and the log writes them: 64-bit offsets without BigInts, keys of any length, and no
// field that spills into its neighbour.
import { expect, test } from 'vitest'
import { descriptorBytes, descriptorsOffset, recordStatus } from '../../src/kernel/abi.ts'
import {
  makeRecordFields,
  makeRecordHashes,
  readHashes,
  readRecord,
  recordKey,
  writeVerdict,
} from '../../src/kernel/descriptors.ts'
import { openSlab, readLong, writeBaseOffset } from '../../src/kernel/memory.ts'
import { openReference } from '../../src/kernel/reference.ts'
import { keyBytesMax } from '../../src/limits.ts'
import { siphashVectors } from '../fixtures/siphash.ts'
import { runRounds, stageFor } from '../fixtures/slab.ts'

const offsets = [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER]

test('offsets up to 2^53 come back as they were written, and touch nothing else of their descriptor', () => {
  const { slab } = stageFor(true)
  const fields = makeRecordFields()
  for (const offset of offsets) {
    slab.bytes.fill(0xa5, descriptorsOffset, descriptorsOffset + 3 * descriptorBytes)
    const before = slab.bytes.slice(descriptorsOffset, descriptorsOffset + 3 * descriptorBytes)
    writeVerdict(slab, 1, recordStatus.DUPLICATE, offset)
    readRecord(slab, 1, fields)
    expect([fields.status, fields.offset]).toEqual([recordStatus.DUPLICATE, offset])
    const after = slab.bytes.slice(descriptorsOffset, descriptorsOffset + 3 * descriptorBytes)
    const changed = [...after.keys()].filter((at) => after[at] !== before[at])
    const [status, verdict] = [descriptorBytes + 8, descriptorBytes + 56]
    expect(changed.every((at) => (at >= status && at < status + 2) || (at >= verdict && at < verdict + 8))).toBe(true)
  }
})

test('the base offset is written where the batch finds it', () => {
  const { slab } = stageFor(true)
  for (const offset of offsets) {
    writeBaseOffset(slab, offset)
    expect(readLong(slab, 64)).toBe(offset)
  }
})

test('keys of one and two length bytes, behind offset deltas of one to three, are read from the encoded record', () => {
  const stage = stageFor(true)
  const engine = openReference(stage)
  const keys = ['k', 'x'.repeat(63), 'x'.repeat(64), 'ü'.repeat(keyBytesMax / 2)]
  const padding = '1\n'.repeat(8190)
  const inputs = [
    ...keys.map((key) => ({ kind: 'record', bytes: '{}', key }) as const),
    { kind: 'lines', bytes: padding } as const,
    ...keys.map((key) => ({ kind: 'record', bytes: '[]', key }) as const),
  ]
  const [round] = runRounds(engine, stage, inputs)
  const found = round!.outcomes.map(({ key }) => key).filter((key) => key !== '')
  expect(found).toEqual([...keys, ...keys])
  expect(recordKey(stage.slab, 5)).toBe('')
})

test('the words of the key hash are those of SipHash in order', () => {
  const stage = stageFor(true)
  const engine = openReference(stage)
  const key = String.fromCharCode(0, 1, 2, 3, 4, 5, 6, 7, 8)
  runRounds(engine, stage, [{ kind: 'record', bytes: '{}', key }])
  const hashes = makeRecordHashes()
  readHashes(stage.slab, 0, hashes)
  const words = Uint32Array.of(hashes.key0, hashes.key1, hashes.key2, hashes.key3)
  expect(Buffer.from(words.buffer).toString('hex')).toBe(siphashVectors[key.length])
})

test('slabs begin where the map says and do not reach into each other', () => {
  const { memory, map } = stageFor(true)
  const slabs = [0, 1, 2].map((index) => openSlab(memory, map, index))
  slabs[1]!.bytes.fill(0x77)
  expect([slabs[0]!.bytes.includes(0x77), slabs[2]!.bytes.includes(0x77)]).toEqual([false, false])
  expect(() => openSlab(memory, map, 3)).toThrow('slab 3 of 3')
})
