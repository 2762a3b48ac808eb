// The log thread's own part of the shared memory: a batch read from disk is laid there, so that the kernel can index it,
// and a key, so that the kernel can hash it. One thread owns it; nothing else is ever put there.
import { slabOutputBytes } from '../limits.ts'
import type { RecordHashes } from './descriptors.ts'
import { indexEntry, type MemoryMap } from './engine.ts'
import { logIndexBytes } from './memory.ts'

/** The log thread's region: a batch from disk, and behind it what `Engine.indexBatch` finds in it. */
export type LogRegion = {
  readonly batchAddress: number
  /** `slabOutputBytes` long. */
  readonly batch: Uint8Array
  readonly indexAddress: number
  readonly indexBytes: number
  /** The index as words, see {@link readIndexEntry}. */
  readonly index: Uint32Array
}

export function openLogRegion(memory: WebAssembly.Memory, map: MemoryMap): LogRegion {
  const indexAddress = map.logAddress + slabOutputBytes
  return {
    batchAddress: map.logAddress,
    batch: new Uint8Array(memory.buffer, map.logAddress, slabOutputBytes),
    indexAddress,
    indexBytes: logIndexBytes,
    index: new Uint32Array(memory.buffer, indexAddress, logIndexBytes >> 2),
  }
}

/** Entry of a batch's index; the key's words are zero without a key. `recordOffset` counts from the batch's start. */
export type IndexFields = Pick<RecordHashes, 'key0' | 'key1' | 'key2' | 'key3' | 'value0' | 'value1'> & {
  offsetDelta: number
  recordOffset: number
}

export function makeIndexFields(): IndexFields {
  return { key0: 0, key1: 0, key2: 0, key3: 0, value0: 0, value1: 0, offsetDelta: 0, recordOffset: 0 }
}

export function readIndexEntry(region: LogRegion, entry: number, fields: IndexFields): void {
  const at = (entry * indexEntry.bytes) >> 2
  fields.key0 = region.index[at]!
  fields.key1 = region.index[at + 1]!
  fields.key2 = region.index[at + 2]!
  fields.key3 = region.index[at + 3]!
  fields.value0 = region.index[at + (indexEntry.valueHash >> 2)]!
  fields.value1 = region.index[at + (indexEntry.valueHash >> 2) + 1]!
  fields.offsetDelta = region.index[at + (indexEntry.offsetDelta >> 2)]!
  fields.recordOffset = region.index[at + (indexEntry.recordOffset >> 2)]!
}
