// Lays out the memory that all threads share, and holds what the host reads and writes in a slab: header, chunk table,
// input and output (docs/formats.md); descriptors.ts does the records, log-region.ts the log's own part. Beside instance.ts
// these are the only files that touch the kernel's memory. They decide nothing: who may touch a slab is its owner's business.
// The memory never grows, so views never go stale.
import { assert } from '../assert.ts'
import { SluiceError } from '../errors.ts'
import { slabChunkCountMax, slabCountMax, slabInputBytes, slabOutputBytes } from '../limits.ts'
import type { CompiledSchema } from '../schema/compile.ts'
import {
  chunk,
  chunkBytes,
  chunkKind,
  chunkTableOffset,
  header,
  inputOffset,
  outputOffset,
  scratchBytes,
  secretBytes,
  slabBytes,
  slabHeaderBytes,
  staticBytesMax,
} from './abi.ts'
import type { MemoryMap, Plan } from './engine.ts'

const pageBytes = 65_536
/** What the log thread's region holds: a batch, then its index (`MemoryMap.logAddress`). */
export const logIndexBytes = 2 * slabOutputBytes

export type LayoutOptions = {
  readonly slabCount: number
  /** Kernel instances that run slabs at the same time, one scratch region each. */
  readonly scratchCount: number
  /** The data directory's 16 secret bytes. */
  readonly secret: Uint8Array
  /** One compiled schema a stream, in the order of `streamIndex`. */
  readonly compiled: readonly CompiledSchema[]
  /** False: a plain memory, which no other thread sees, for the plain build. True when left out. */
  readonly isShared?: boolean
}

export type Layout = {
  readonly memory: WebAssembly.Memory
  readonly map: MemoryMap
  readonly plans: readonly Plan[]
}

/**
 * Computes the map, makes the memory of exactly that size, and writes secret and programs into it.
 * Everything returned can be posted to a thread.
 */
export function layOut(options: LayoutOptions): Layout {
  const { slabCount, scratchCount, secret, compiled, isShared = true } = options
  assert(secret.length === secretBytes, `the secret has ${secretBytes} bytes`)
  assert(slabCount >= 1 && slabCount <= slabCountMax, `1 to ${slabCountMax} slabs`)
  assert(scratchCount >= 1, 'a kernel instance needs scratch')

  const programAddresses: number[] = []
  let end = staticBytesMax + secretBytes
  for (const { program } of compiled) {
    end = alignUp(end, 16)
    programAddresses.push(end)
    end += program.length
  }
  const map = mapBehind(end, slabCount, scratchCount)
  const memory = makeMemory(map.totalBytes, isShared)
  const bytes = new Uint8Array(memory.buffer)
  bytes.set(secret, map.secretAddress)
  const plans = compiled.map((one, streamIndex): Plan => {
    const programAddress = programAddresses[streamIndex]!
    bytes.set(one.program, programAddress)
    return { streamIndex, compiled: one, programAddress }
  })
  return { memory, map, plans }
}

function mapBehind(programsEnd: number, slabCount: number, scratchCount: number): MemoryMap {
  const scratchAddress = alignUp(programsEnd, 64)
  const logAddress = scratchAddress + scratchCount * scratchBytes
  const slabAddress = alignUp(logAddress + slabOutputBytes + logIndexBytes, 64)
  // Wide loads may pass the end of the last slab as they may pass that of any other.
  const totalBytes = alignUp(slabAddress + slabCount * slabBytes + 64, pageBytes)
  return {
    secretAddress: staticBytesMax,
    scratchAddress,
    scratchBytes,
    scratchCount,
    slabAddress,
    slabCount,
    logAddress,
    totalBytes,
  }
}

function makeMemory(totalBytes: number, isShared: boolean): WebAssembly.Memory {
  const pages = totalBytes / pageBytes
  // The kernel declares at most 2 GiB, and its addresses are signed on the JavaScript side.
  if (pages > 32_767)
    throw new SluiceError('CONFIG_INVALID', `slabs and schemas need ${totalBytes} bytes, 2 GiB at most`)
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: isShared })
}

function alignUp(address: number, bytes: number): number {
  return Math.ceil(address / bytes) * bytes
}

/** Copies all of `source` to `at` of `target`, where there is room for it. */
export type CopyBytes = (target: Uint8Array, at: number, source: Uint8Array) => void

const copyBySet: CopyBytes = (target, at, source) => target.set(source, at)

/** One slab as the host sees it. Make it once a thread and slab, and keep it. */
export type Slab = {
  readonly index: number
  /** What `Engine.runSlab` takes. */
  readonly address: number
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly halves: Uint16Array
  readonly doubles: Float64Array
  /** How input is copied into it. */
  readonly copy: CopyBytes
}

/** Views of slab `index`. `copy`: where the host knows a faster way than `set`. */
export function openSlab(memory: WebAssembly.Memory, map: MemoryMap, index: number, copy = copyBySet): Slab {
  assert(index >= 0 && index < map.slabCount, `slab ${index} of ${map.slabCount}`)
  const { buffer } = memory
  const address = map.slabAddress + index * slabBytes
  return {
    index,
    address,
    bytes: new Uint8Array(buffer, address, slabBytes),
    words: new Uint32Array(buffer, address, slabBytes >> 2),
    halves: new Uint16Array(buffer, address, slabBytes >> 1),
    doubles: new Float64Array(buffer, address, slabHeaderBytes >> 3),
    copy,
  }
}

/** The header's 32-bit fields. */
export type HeaderField = Exclude<keyof typeof header, 'sealedAtMs' | 'baseOffset'>

export function readHeader(slab: Slab, field: HeaderField): number {
  return slab.words[header[field] >> 2]!
}

export function writeHeader(slab: Slab, field: HeaderField, value: number): void {
  slab.words[header[field] >> 2] = value
}

export function writeBaseOffset(slab: Slab, offset: number): void {
  writeLong(slab, header.baseOffset, offset)
}

/** Empties the slab for records of one stream. */
export function resetSlab(slab: Slab, streamIndex: number): void {
  slab.words.fill(0, 0, slabHeaderBytes >> 2)
  writeHeader(slab, 'streamIndex', streamIndex)
}

/** Sets the batch's timestamp. The kernel may run afterwards, and nothing may be appended any more. */
export function sealSlab(slab: Slab, nowMs: number): void {
  slab.doubles[header.sealedAtMs >> 3] = nowMs
}

/** True when a round left input over: after its answers the slab goes round again. */
export function hasNextRound(slab: Slab): boolean {
  return readHeader(slab, 'resumeChunk') < readHeader(slab, 'chunkCount')
}

/** The longest input `appendChunk` would take now; 0 also when the chunk table is full. */
export function inputRoomBytes(slab: Slab): number {
  if (readHeader(slab, 'chunkCount') === slabChunkCountMax) return 0
  return slabInputBytes - readHeader(slab, 'inputBytes')
}

/** One JSON record, whole lines of NDJSON, one record in MessagePack. */
export type ChunkKind = 'record' | 'lines' | 'msgpack'

const chunkKinds = { record: chunkKind.RECORD, lines: chunkKind.LINES, msgpack: chunkKind.MSGPACK } as const

/**
 * Copies one chunk into the slab, with the key that came beside it, if any (not with `kind` 'lines'). Of its records that the
 * schema refuses up to `errorsMax` errors are listed; 0: the first is told.
 * Returns its index in the chunk table, or −1 when there is no room; then nothing was written.
 */
export function appendChunk(
  slab: Slab,
  kind: ChunkKind,
  input: Uint8Array,
  key: Uint8Array | undefined = undefined,
  errorsMax = 0,
): number {
  const index = readHeader(slab, 'chunkCount')
  const used = readHeader(slab, 'inputBytes')
  const keyBytes = key === undefined ? 0 : key.length
  if (index === slabChunkCountMax || used + keyBytes + input.length > slabInputBytes) return -1
  assert(keyBytes <= 0xffff, 'the key of a chunk has at most 65535 bytes')
  if (key !== undefined) slab.bytes.set(key, inputOffset + used)
  const start = inputOffset + used + keyBytes
  slab.copy(slab.bytes, start, input)

  const at = chunkTableOffset + index * chunkBytes
  for (let word = at >> 2; word < (at + chunkBytes) >> 2; word++) slab.words[word] = 0 // eight: `fill` is a call out of the code
  slab.words[(at + chunk.inputOffset) >> 2] = start
  slab.words[(at + chunk.inputBytes) >> 2] = input.length
  slab.halves[(at + chunk.kind) >> 1] = chunkKinds[kind]
  slab.halves[(at + chunk.keyBytes) >> 1] = keyBytes
  slab.words[(at + chunk.errorsMax) >> 2] = errorsMax
  writeHeader(slab, 'inputBytes', used + keyBytes + input.length)
  writeHeader(slab, 'chunkCount', index + 1)
  return index
}

/** A view of the chunk's bytes in the slab. */
export function chunkInput(slab: Slab, chunkIndex: number): Uint8Array {
  const at = chunkTableOffset + chunkIndex * chunkBytes
  const start = slab.words[(at + chunk.inputOffset) >> 2]!
  return slab.bytes.subarray(start, start + slab.words[(at + chunk.inputBytes) >> 2]!)
}

/** The descriptor of the chunk's first record in this round. Meaningless when `chunkRecordCount` is 0. */
export function chunkFirstRecord(slab: Slab, chunkIndex: number): number {
  return slab.words[(chunkTableOffset + chunkIndex * chunkBytes + chunk.firstRecord) >> 2]!
}

/** How many records of the chunk are in this round. */
export function chunkRecordCount(slab: Slab, chunkIndex: number): number {
  return slab.words[(chunkTableOffset + chunkIndex * chunkBytes + chunk.recordCount) >> 2]!
}

/** Whether the chunk's record is MessagePack. */
export function isPackedChunk(slab: Slab, chunkIndex: number): boolean {
  return slab.halves[(chunkTableOffset + chunkIndex * chunkBytes + chunk.kind) >> 1] === chunkKind.MSGPACK
}

/** The finished batch of this round; empty when no record was valid. */
export function slabBatch(slab: Slab): Uint8Array {
  return slab.bytes.subarray(outputOffset, outputOffset + readHeader(slab, 'batchBytes'))
}

/** A 64-bit field at byte `at` of the slab. Offsets stay below 2^53, so two words make a number without a BigInt. */
export function readLong(slab: Slab, at: number): number {
  return slab.words[at >> 2]! + slab.words[(at + 4) >> 2]! * 0x1_0000_0000
}

/** Writes a 64-bit field at byte `at` of the slab. */
export function writeLong(slab: Slab, at: number, value: number): void {
  slab.words[at >> 2] = value >>> 0
  slab.words[(at + 4) >> 2] = Math.floor(value / 0x1_0000_0000)
}
