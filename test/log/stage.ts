// A stream's log without threads: slabs filled by hand with records this file encodes itself, over any disk. What the log
// says of a slab is read back as plain values.
import { createHash } from 'node:crypto'
import { crc32c } from '@aws-crypto/crc32c'
import {
  commitStatus,
  descriptor,
  descriptorBytes,
  descriptorsOffset,
  header,
  outputOffset,
  recordStatus,
} from '../../src/kernel/abi.ts'
import { makeRecordFields, readRecord } from '../../src/kernel/descriptors.ts'
import type { Engine, MemoryMap } from '../../src/kernel/engine.ts'
import { openLogRegion } from '../../src/kernel/log-region.ts'
import { layOut, openSlab, readHeader, resetSlab, type Slab, sealSlab } from '../../src/kernel/memory.ts'
import { makeStaging } from '../../src/log/blocks.ts'
import { commitSlabs } from '../../src/log/commit.ts'
import { type Disk, nodeDisk } from '../../src/log/disk.ts'
import type { RecoveryReport } from '../../src/log/log.ts'
import { makeProgress } from '../../src/log/progress.ts'
import { openReader } from '../../src/log/reader.ts'
import type { LogParts, StreamLog, StreamSettings } from '../../src/log/stream.ts'
import { openStreams } from '../../src/log/streams.ts'
import { decodeBatch } from '../fixtures/kafka.ts'

export const sealedAtMs = 1_726_000_000_123

/** A record as a client sends it. */
export type Sent = { readonly key: string | null; readonly value: string }

/** What became of it. */
export type Told = { readonly status: 'accepted' | 'duplicate' | 'conflict' | 'refused'; readonly offset: number }

export type Stage = {
  readonly memory: WebAssembly.Memory
  readonly map: MemoryMap
  readonly slabs: readonly Slab[]
  readonly parts: LogParts
}

const slabCount = 8

// As in a log thread: one for all, because a commit is through before the next one begins.
const staging = makeStaging()

export function makeStage(disk: Disk = nodeDisk): Stage {
  const { memory, map } = layOut({ slabCount, scratchCount: 1, secret: new Uint8Array(16).fill(7), compiled: [] })
  const slabs = Array.from({ length: slabCount }, (_, index) => openSlab(memory, map, index))
  const parts = {
    disk,
    engine: plainEngine(memory),
    region: openLogRegion(memory, map),
    staging,
    progress: makeProgress(1),
  }
  return { memory, map, slabs, parts }
}

/** The same memory for a process that starts anew over `disk`. */
export function restage(stage: Stage, disk: Disk): Stage {
  return { ...stage, parts: { ...stage.parts, disk, progress: makeProgress(1) } }
}

export function settingsFor(directory: string, changes: Partial<StreamSettings> = {}): StreamSettings {
  return { name: 'orders', streamIndex: 0, directory, segmentBytes: 65_536, dedupeKeyCountMax: 1000, ...changes }
}

/** Fills a slab as the kernel leaves it: `EMPTY` stands for a record the kernel refused. */
export function fillSlab(slab: Slab, records: readonly (Sent | 'EMPTY')[], streamIndex = 0): void {
  resetSlab(slab, streamIndex)
  sealSlab(slab, sealedAtMs)
  let encodedCount = 0
  let end = 61
  for (const [index, record] of records.entries()) {
    const at = descriptorsOffset + index * descriptorBytes
    slab.words.fill(0, at >> 2, (at + descriptorBytes) >> 2)
    slab.halves[(at + descriptor.status) >> 1] = record === 'EMPTY' ? recordStatus.EMPTY : recordStatus.ENCODED
    if (record === 'EMPTY') continue
    const bytes = encodeRecord(record, encodedCount++)
    slab.bytes.set(bytes, outputOffset + end)
    slab.words[(at + descriptor.outputOffset) >> 2] = end
    slab.words[(at + descriptor.outputBytes) >> 2] = bytes.length
    if (record.key !== null) slab.bytes.set(keyHash(Buffer.from(record.key)), at + descriptor.keyHash)
    slab.bytes.set(digest(record.value, 8), at + descriptor.valueHash)
    end += bytes.length
  }
  slab.words[header.recordCount >> 2] = records.length
  slab.words[header.encodedCount >> 2] = encodedCount
  slab.words[header.batchBytes >> 2] = encodedCount === 0 ? 0 : end
  if (encodedCount > 0)
    writeHead(Buffer.from(slab.bytes.buffer, slab.bytes.byteOffset + outputOffset, end), encodedCount)
}

function writeHead(batch: Buffer, encodedCount: number): void {
  batch.fill(0, 0, 61)
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt8(2, 16)
  batch.writeInt32BE(encodedCount - 1, 23)
  batch.writeBigInt64BE(BigInt(sealedAtMs), 27)
  batch.writeBigInt64BE(BigInt(sealedAtMs), 35)
  batch.fill(0xff, 43, 57)
  batch.writeInt32BE(encodedCount, 57)
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
}

function encodeRecord({ key, value }: Sent, offsetDelta: number): Buffer {
  const keyBytes = key === null ? Buffer.alloc(0) : Buffer.from(key)
  const valueBytes = Buffer.from(value)
  const body = Buffer.concat([
    Buffer.from([0, 0]),
    varint(offsetDelta),
    varint(key === null ? -1 : keyBytes.length),
    keyBytes,
    varint(valueBytes.length),
    valueBytes,
    Buffer.from([0]),
  ])
  return Buffer.concat([varint(body.length), body])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}

/** What the log said of each record of a slab that was committed or refused. */
export function toldOf(slab: Slab): Told[] {
  const fields = makeRecordFields()
  const refused = readHeader(slab, 'commitStatus') !== commitStatus.COMMITTED
  return Array.from({ length: readHeader(slab, 'recordCount') }, (_, index): Told => {
    readRecord(slab, index, fields)
    const { status, offset } = fields
    if (refused) return { status: 'refused', offset: -1 }
    if (status === recordStatus.ACCEPTED) return { status: 'accepted', offset }
    if (status === recordStatus.DUPLICATE) return { status: 'duplicate', offset }
    if (status === recordStatus.CONFLICT) return { status: 'conflict', offset }
    return { status: 'refused', offset: -1 }
  })
}

// Any strong hash does where only equality counts; the kernel's own are tested elsewhere.
function digest(text: string | Uint8Array, bytes: number): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, bytes)
}

export function keyHash(key: Uint8Array): Buffer {
  return digest(key, 16)
}

/** What the log asks of an engine, by way of an independent decoder of batches. */
function plainEngine(memory: WebAssembly.Memory): Engine {
  const bytes = new Uint8Array(memory.buffer)
  const view = new DataView(memory.buffer)
  return {
    name: 'js',
    runSlab: () => {
      throw new Error('the log runs no slab')
    },
    crc32c: (address, length) => crc32c(bytes.slice(address, address + length)),
    hashKey: (address, length, out) => bytes.set(keyHash(bytes.slice(address, address + length)), out),
    indexBatch(batch, batchBytes, index) {
      try {
        const { records } = decodeBatch(bytes.slice(batch, batch + batchBytes))
        for (const [entry, { offsetDelta, start, key, value }] of records.entries()) {
          const at = index + entry * 32
          bytes.fill(0, at, at + 32)
          if (key !== undefined) bytes.set(keyHash(key), at)
          bytes.set(digest(value, 8), at + 16)
          view.setUint32(at + 24, offsetDelta, true)
          view.setUint32(at + 28, start, true)
        }
        return records.length
      } catch {
        return -3
      }
    },
  }
}

/** Opens the stream's log over the stage's disk as the log thread does. */
export function openStage(stage: Stage, settings: StreamSettings): { log: StreamLog; report: RecoveryReport } {
  const { logs, reports } = openStreams(stage.parts, [settings], 0)
  return { log: logs[0]!, report: reports[0]! }
}

/** Hands the records over, one slab a list, and commits until all are through. */
export function commitAll(stage: Stage, log: StreamLog, lists: readonly (readonly Sent[])[], nowMs = 0): Told[][] {
  const waiting = lists.map((records, index) => {
    fillSlab(stage.slabs[index]!, records)
    return stage.slabs[index]!
  })
  for (let done = 0; done < waiting.length; ) done += commitSlabs(log, waiting.slice(done), nowMs)
  return waiting.map(toldOf)
}

/** All records a reader finds from `from` on, with text for bytes. */
export function readAll(stage: Stage, settings: StreamSettings, from: number): (Sent & { readonly offset: number })[] {
  const { disk, progress } = stage.parts
  const reader = openReader({ directory: settings.directory, streamIndex: settings.streamIndex, progress, from, disk })
  const found: (Sent & { offset: number })[] = []
  for (let records = reader.read(1000, 65_536); records.length > 0; records = reader.read(1000, 65_536)) {
    for (const { offset, key, value } of records)
      found.push({ offset, key: key && Buffer.from(key).toString(), value: Buffer.from(value).toString() })
  }
  reader.close()
  return found
}
