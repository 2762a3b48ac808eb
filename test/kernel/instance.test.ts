// The kernel as an engine over the shared memory: it opens only what fits, and its small calls answer as they should.
import { createHash } from 'node:crypto'
import { crc32c } from '@aws-crypto/crc32c'
import { beforeAll, expect, test } from 'vitest'
import xxhash from 'xxhash-wasm'
import { callStatus, staticBytesMax } from '../../src/kernel/abi.ts'
import type { Engine } from '../../src/kernel/engine.ts'
import { openInstance } from '../../src/kernel/instance.ts'
import { type LogRegion, makeIndexFields, openLogRegion, readIndexEntry } from '../../src/kernel/log-region.ts'
import { layOut, openSlab } from '../../src/kernel/memory.ts'
import { decodeValue } from '../../src/kernel/messagepack.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { decodeBatch } from '../fixtures/kafka.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { siphashVectors } from '../fixtures/siphash.ts'
import { runRounds, type Stage, stageFor } from '../fixtures/slab.ts'

let module: WebAssembly.Module
let stage: Stage
let engine: Engine
let region: LogRegion

beforeAll(async () => {
  module = await loadKernel('shared')
  stage = stageFor(
    { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    { keyPointers: ['/id'] },
  )
  engine = openInstance({ module, ...stage, scratchIndex: 0 })
  region = openLogRegion(stage.memory, stage.map)
})

test('a batch from a slab is indexed with the hashes its descriptors had', async () => {
  const texts = Array.from({ length: 500 }, (_, index) => `{"id":"key-${index}","n":${index * 1.5}}`)
  const [round] = runRounds(engine, stage, [{ kind: 'lines', bytes: texts.join('\n') }])
  region.batch.set(round!.batch)
  const count = engine.indexBatch(region.batchAddress, round!.batch.length, region.indexAddress, region.indexBytes)
  expect(count).toBe(500)

  const oracle = await xxhash()
  const { records } = decodeBatch(round!.batch)
  const fields = makeIndexFields()
  const seen = new Set<string>()
  for (const [entry, record] of records.entries()) {
    readIndexEntry(region, entry, fields)
    expect([fields.offsetDelta, fields.recordOffset]).toEqual([entry, record.start])
    const valueHash = (BigInt(fields.value1) << 32n) | BigInt(fields.value0)
    expect(valueHash).toBe(oracle.h64Raw(record.value))
    seen.add([fields.key0, fields.key1, fields.key2, fields.key3].join())
  }
  expect(seen.size).toBe(500)
})

test('a damaged batch and an index too small come back as a status', () => {
  const [round] = runRounds(engine, stage, [{ kind: 'lines', bytes: '{"id":"a"}' }])
  region.batch.set(round!.batch)
  const index = (bytes: number) =>
    engine.indexBatch(region.batchAddress, round!.batch.length, region.indexAddress, bytes)
  expect([index(32), index(31)]).toEqual([1, callStatus.NO_ROOM])
  region.batch[round!.batch.length - 3]! ^= 1
  expect(index(32)).toBe(callStatus.BAD_BATCH)
})

test('keys are hashed with the secret of the memory', () => {
  const key = Buffer.from(Uint8Array.from({ length: 33 }, (_, index) => index))
  region.batch.set(key)
  engine.hashKey(region.batchAddress, key.length, region.indexAddress)
  const hash = Buffer.from(stage.memory.buffer, region.indexAddress, 16).toString('hex')
  expect(hash).toBe(siphashVectors[33])
})

test('the checksum is unsigned', () => {
  const message = createHash('sha512').update('a checksum with its top bit set').digest()
  for (let length = 0; length < 40; length++) {
    region.batch.set(message.subarray(0, length))
    expect(engine.crc32c(region.batchAddress, length)).toBe(crc32c(message.subarray(0, length)))
  }
})

test('a program that was changed after it was compiled is refused', () => {
  const { plans } = stageFor({ type: 'object' })
  const compiled = plans[0]!.compiled
  const program = compiled.program.slice()
  program[70]! ^= 1
  const changed = layOut({
    slabCount: 1,
    scratchCount: 1,
    secret: new Uint8Array(16),
    compiled: [{ ...compiled, program }],
  })
  expect(() => openInstance({ module, ...changed, scratchIndex: 0 })).toThrow(
    expect.objectContaining({ code: 'SCHEMA_UNSUPPORTED', extra: { streamIndex: 0 } }),
  )
})

test('a module of another ABI, or with more static data than the map leaves, is refused', () => {
  const { memory, plans, map } = stage
  const low = { ...map, secretAddress: 2048 }
  expect(() => openInstance({ module, memory, plans, map: low, scratchIndex: 0 })).toThrow(
    expect.objectContaining({ code: 'KERNEL_FAILED' }),
  )
  expect(map.secretAddress).toBe(staticBytesMax)
})

test('instances over one memory do not disturb each other', () => {
  const two = layOut({
    slabCount: 2,
    scratchCount: 2,
    secret: new Uint8Array(16),
    compiled: [stage.plans[0]!.compiled],
  })
  const engines = [0, 1].map((scratchIndex) => openInstance({ module, ...two, scratchIndex }))
  const inputs = [0, 1].map((which) => Array.from({ length: 300 }, (_, n) => `{"id":"${which}-${n}"}`).join('\n'))
  const run = (which: number) =>
    runRounds(engines[which]!, { ...stage, ...two, slab: openSlab(two.memory, two.map, which) }, [
      { kind: 'lines', bytes: inputs[which]! },
    ])
  const [first] = run(0)
  const [second] = run(1)
  expect(run(0)[0]!.batch).toEqual(first!.batch)
  expect(run(1)[0]!.batch).toEqual(second!.batch)
})

test('whatever another user left in the scratch changes no outcome', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const engines = Array.from({ length: 2 }, () => openInstance({ module, ...stage, scratchIndex: 0 }))
  const scratch = new Uint8Array(stage.memory.buffer, stage.map.scratchAddress, stage.map.scratchBytes)
  const members = (count: number) => Array.from({ length: count }, (_, index) => `"name${index}":${index}`).join()
  const texts = [0, 3, 70, 2000].flatMap((count) => [
    `{"id":"x","in":{${members(count)}}}`,
    `{"id":"x","id":{${members(count)}}}`,
  ])
  for (let turn = 0; turn < 60; turn++) {
    for (let from = 0; from < scratch.length; from += 4096) scratch.fill(random.below(256), from, from + 4096)
    const engine = random.pick(engines)
    for (let again = 0; again < 2; again++) {
      const [round] = runRounds(engine, stage, [{ kind: 'lines', bytes: texts.join('\n') }])
      const statuses = round!.outcomes.map(({ status }) => status)
      const expected = texts.map((_, index) => (index % 2 === 0 ? 'ENCODED' : 'DUPLICATE_KEY'))
      expect(statuses, `seed ${seed}, turn ${turn}`).toEqual(expected)
      const values = decodeBatch(round!.batch).records.map(({ value }) => decodeValue(value))
      expect(values).toEqual(texts.filter((_, index) => index % 2 === 0).map((text) => JSON.parse(text)))
    }
  }
})

test('the parts of the memory do not overlap and everything fits', () => {
  const options = { slabCount: 24, scratchCount: 3, secret: new Uint8Array(16), compiled: [stage.plans[0]!.compiled] }
  const { map, plans, memory } = layOut(options)
  expect(plans[0]!.programAddress).toBeGreaterThanOrEqual(map.secretAddress + 16)
  const programEnd = plans[0]!.programAddress + plans[0]!.compiled.program.length
  expect(map.scratchAddress).toBeGreaterThanOrEqual(programEnd)
  expect(map.logAddress).toBeGreaterThanOrEqual(map.scratchAddress + 3 * map.scratchBytes)
  const log = openLogRegion(memory, map)
  expect(map.slabAddress).toBeGreaterThanOrEqual(log.indexAddress + log.indexBytes)
  expect(memory.buffer.byteLength).toBe(map.totalBytes)
  expect([map.slabAddress % 64, map.scratchAddress % 64, plans[0]!.programAddress % 16]).toEqual([0, 0, 0])
})
