// The contract both engines fulfil over the same memory: instance.ts (WebAssembly) and reference.ts (plain JavaScript).
// Everything above the kernel sees this type only. Addresses are byte offsets in the shared memory.
import type { CompiledSchema } from '../schema/compile.ts'

export type EngineName = 'wasm' | 'js'

/** One stream as the kernel knows it. Plain data: it is posted to the workers. */
export type Plan = {
  readonly streamIndex: number
  readonly compiled: CompiledSchema
  /** Where `compiled.program` was written in the shared memory. */
  readonly programAddress: number
}

/** Where the parts of the shared memory are; made once by main, posted to every thread. */
export type MemoryMap = {
  readonly secretAddress: number
  /** Scratch of instance i is at `scratchAddress + i × scratchBytes`. */
  readonly scratchAddress: number
  readonly scratchBytes: number
  readonly scratchCount: number
  /** Slab i is at `slabAddress + i × slabBytes`. */
  readonly slabAddress: number
  readonly slabCount: number
  /** A region of the log thread, to lay batches read from disk into: `slabOutputBytes` for the batch and 2 × that for its index. */
  readonly logAddress: number
  readonly totalBytes: number
}

export type Engine = {
  readonly name: EngineName
  /** Runs one round of the slab at `slab`. Returns `callStatus.OK` or a negative status; per-record outcomes are in the descriptors. */
  runSlab(slab: number, plan: Plan): number
  /** CRC-32C (Castagnoli) of `bytes` bytes at `address`, unsigned. */
  crc32c(address: number, bytes: number): number
  /**
   * Hashes every record of the batch at `batch`: 32 bytes each at `index`, as {@link indexEntry} says.
   * Returns the number of records, or a negative `callStatus` when the batch is damaged or `indexBytes` is too small.
   */
  indexBatch(batch: number, batchBytes: number, index: number, indexBytes: number): number
  /** SipHash-2-4-128 of `bytes` bytes at `address` with the data directory's secret, written to `out` (16 bytes). */
  hashKey(address: number, bytes: number, out: number): void
}

/** An entry written by `indexBatch`, 32 bytes. A record without a key has a zero key hash. */
export const indexEntry = { keyHash: 0, valueHash: 16, offsetDelta: 24, recordOffset: 28, bytes: 32 } as const
