// Two engines over the same bytes, each in a slab of its own, and everything they leave compared byte by byte: header,
// chunk table, descriptors (status, hashes, places, error offset, location), detail text, input and batch. Canaries stand
// around every region, and are looked at after every round.
import { isDeepStrictEqual } from 'node:util'
import {
  callStatus,
  chunkBytes,
  chunkTableOffset,
  descriptorBytes,
  descriptorsOffset,
  detailOffset,
  inputOffset,
  slabHeaderBytes,
} from '../../src/kernel/abi.ts'
import { makeRecordFields, readRecord, recordBytes, recordPointer } from '../../src/kernel/descriptors.ts'
import type { Engine, Plan } from '../../src/kernel/engine.ts'
import { openInstance } from '../../src/kernel/instance.ts'
import {
  appendChunk,
  hasNextRound,
  readHeader,
  resetSlab,
  type Slab,
  sealSlab,
  slabBatch,
} from '../../src/kernel/memory.ts'
import { openReference } from '../../src/kernel/reference.ts'
import { slabInputBytes } from '../../src/limits.ts'
import { type CompiledSchema, type CompileOptions, compileSchema, type JsonSchema } from '../../src/schema/compile.ts'
import { type Guarded, layOutGuarded } from '../fixtures/guarded.ts'
import { compileDefaults, sealedAtMs } from '../fixtures/slab.ts'

export type Subject = {
  readonly name: string
  readonly schema: JsonSchema
  readonly options?: Partial<CompileOptions>
  /** Texts that fit the schema, for others to be made from. */
  readonly samples: readonly string[]
}

/** A stream under both engines. */
export type Pair = {
  readonly subject: Subject
  readonly plan: Plan
  readonly engines: readonly [Engine, Engine]
  readonly slabs: readonly [Slab, Slab]
  readonly guarded: Guarded
}

/** Records of each status that both engines gave. */
export type Tally = Map<number, number>

export function compileSubject({ schema, options }: Subject): CompiledSchema {
  return compileSchema(schema, { ...compileDefaults, ...options })
}

/** `opponent`: another build of the kernel; the JavaScript engine when left out. */
export function openPairs(
  module: WebAssembly.Module,
  subjects: readonly Subject[],
  compiled: readonly CompiledSchema[] = subjects.map(compileSubject),
  opponent?: WebAssembly.Module,
): Pair[] {
  const guarded = layOutGuarded({ slabCount: 2, scratchCount: 2, compiled })
  const { memory, map, plans, slabs } = guarded
  const wasm = openInstance({ module, memory, map, plans, scratchIndex: 0 })
  const other =
    opponent === undefined
      ? openReference({ memory, map, plans })
      : openInstance({ module: opponent, memory, map, plans, scratchIndex: 1 })
  return subjects.map((subject, index) => ({
    subject,
    plan: plans[index]!,
    engines: [wasm, other],
    slabs: [slabs[0]!, slabs[1]!],
    guarded,
  }))
}

/** Runs records (those without a line feed as lines, each other one alone) and throws an Error that shows the first difference. */
export function compareRecords(
  pair: Pair,
  records: readonly Uint8Array[],
  tally: Tally,
  about: string,
  form: 'json' | 'msgpack' = 'json',
): void {
  let next = 0
  while (next < records.length) {
    for (const slab of pair.slabs) resetSlab(slab, pair.plan.streamIndex)
    const first = next
    while (next < records.length && put(pair, records[next]!, form)) next++
    if (next === first) throw new Error(`${about}: a record of ${records[first]!.length} bytes does not fit a slab`)
    for (const slab of pair.slabs) sealSlab(slab, sealedAtMs)
    runRounds(pair, tally, about)
  }
}

function put({ slabs }: Pair, record: Uint8Array, form: 'json' | 'msgpack'): boolean {
  const kind = form === 'msgpack' ? 'msgpack' : record.includes(0x0a) ? 'record' : 'lines'
  return slabs.every((slab) => appendChunk(slab, kind, record) >= 0)
}

function runRounds(pair: Pair, tally: Tally, about: string): void {
  for (let round = 0; round < 100; round++) {
    if (compareRound(pair, about) !== callStatus.OK) throw new Error(`${about}: both engines refuse the slab`)
    count(pair.slabs[0], tally)
    if (!hasNextRound(pair.slabs[0])) return
  }
  throw new Error(`${about}: rounds without end`)
}

/** Runs one round of what is in the slabs; returns the status of both. A refused slab is not looked into. */
export function compareRound({ engines, slabs, plan, subject, guarded }: Pair, about: string): number {
  const [wasm = 0, js = 0] = engines.map((engine, index) => engine.runSlab(slabs[index]!.address, plan))
  guarded.expectIntact(`${about}, schema ${subject.name}`)
  if (wasm !== js) throw new Error(`${about}, schema ${subject.name}: the status of wasm is ${wasm}, of js ${js}`)
  if (wasm === callStatus.OK && !areEqual(slabs))
    throw new Error(`${about}, schema ${subject.name}: ${firstDifference(slabs)}`)
  return wasm
}

function areEqual([wasm, js]: Pair['slabs']): boolean {
  const chunkCount = readHeader(wasm, 'chunkCount')
  const parts = [
    [0, slabHeaderBytes],
    [chunkTableOffset, chunkCount * chunkBytes],
    [descriptorsOffset, readHeader(wasm, 'recordCount') * descriptorBytes],
    [detailOffset, readHeader(wasm, 'detailBytes')],
    [inputOffset, slabInputBytes],
  ] as const
  const same = ([at, bytes]: (typeof parts)[number]) =>
    Buffer.compare(wasm.bytes.subarray(at, at + bytes), js.bytes.subarray(at, at + bytes)) === 0
  return parts.every(same) && Buffer.compare(slabBatch(wasm), slabBatch(js)) === 0
}

function count(slab: Slab, tally: Tally): void {
  const fields = makeRecordFields()
  for (let index = 0; index < readHeader(slab, 'recordCount'); index++) {
    readRecord(slab, index, fields)
    tally.set(fields.status, (tally.get(fields.status) ?? 0) + 1)
  }
}

function firstDifference([wasm, js]: Pair['slabs']): string {
  const recordCount = Math.min(readHeader(wasm, 'recordCount'), readHeader(js, 'recordCount'))
  for (let index = 0; index < recordCount; index++) {
    const [left, right] = [show(wasm, index), show(js, index)]
    if (isDeepStrictEqual(left, right)) continue
    const record = Buffer.from(recordBytes(wasm, index))
    const text =
      record.length > 2000 ? `${record.length} bytes: ${record.toString('latin1', 0, 2000)}` : record.toString('latin1')
    return `wasm ${JSON.stringify(left)}, js ${JSON.stringify(right)} for ${JSON.stringify(text)}`
  }
  const heads = [wasm, js].map((slab) => Buffer.from(slab.bytes.subarray(0, slabHeaderBytes)).toString('hex'))
  return `headers, chunks or batches differ: ${heads.join(' ')}`
}

/** Everything of a record, readably. */
function show(slab: Slab, index: number): Record<string, unknown> {
  const fields = makeRecordFields()
  readRecord(slab, index, fields)
  const at = descriptorsOffset + index * descriptorBytes
  const view = Buffer.from(slab.bytes.subarray(at, at + descriptorBytes))
  const start = view.readUInt32LE(40)
  const bytes = Buffer.from(slabBatch(slab).subarray(start, start + view.readUInt32LE(44)))
  return {
    ...fields,
    pointer: recordPointer(slab, index),
    descriptor: view.toString('hex'),
    batch: bytes.toString('hex', 0, 600),
  }
}
