// The exports of a kernel that checks itself and of the one that ships, called with the same bytes: they must answer the same.
// Each call gets its input placed exactly, so that the checked one knows where it ends, with other bytes behind it.
import { instantiateSync } from '@assemblyscript/loader'
import {
  chunkKind,
  descriptorBytes,
  descriptorsOffset,
  errorBytes,
  errorEntry,
  errorList,
  scratchBytes,
  slabBytes,
  staticBytesMax,
} from '../../src/kernel/abi.ts'
import { appendChunk, openSlab, resetSlab, type Slab, sealSlab, slabBatch } from '../../src/kernel/memory.ts'
import { type CheckedKernel, readViolation } from '../fixtures/checked.ts'
import { readAheadBytes } from '../fixtures/rights.ts'
import { sealedAtMs } from '../fixtures/slab.ts'

type Exports = {
  setSeed(low: number, high: number): void
  runSlab(slab: number, program: number, secret: number, scratch: number): number
  verifyProgram(program: number, bytes: number): number
  checkRecord(input: number, bytes: number, program: number, scratch: number): number
  checkMessagePack(input: number, bytes: number, program: number, scratch: number): number
  checkAll(input: number, bytes: number, kind: number, program: number, scratch: number, errorsMax: number): number
  valueBytes(scratch: number): number
  errorOffset(): number
  errorLocation(): number
  errorPointer(): number
  errorPointerBytes(): number
  errorList(): number
  crc32c(address: number, bytes: number): number
  hashKey(address: number, bytes: number, secret: number, out: number): void
  xxh64(address: number, bytes: number, out: number): void
  murmur2(address: number, bytes: number): number
  parseHead(input: number, bytes: number, out: number): number
  indexBatch(batch: number, batchBytes: number, secret: number, index: number, indexBytes: number): number
}

export type SideBySide = {
  readonly memory: WebAssembly.Memory
  /** Returns what `verifyProgram` says of it in both; a program that is refused is not to be used. */
  load(program: Uint8Array): number
  /** Returns the record's status; throws an Error with the first difference, or with the access that was not allowed. */
  check(form: 'json' | 'msgpack', record: Uint8Array): number
  /** One record by way of a slab, key and batch included. Returns the status of the call. */
  runSlab(kind: 'record' | 'msgpack', record: Uint8Array): number
  /** All hashes of the bytes. */
  hash(bytes: Uint8Array): void
  /** Returns what `parseHead` does. */
  parseHead(head: Uint8Array): number
  /** Returns what `indexBatch` does; `indexBytes` of room. */
  indexBatch(batch: Uint8Array, indexBytes: number): number
}

const mib = 1_048_576
const schemaInvalid = 32
const secretAt = staticBytesMax
const outAt = staticBytesMax + 4096
const programAt = staticBytesMax + 8192
const inputEndMax = 8 * mib
const indexAt = 8 * mib + 4096
const scratchAt = 12 * mib
const slabAt = scratchAt + 2 * (scratchBytes + 65_536)
const slabStride = slabBytes + 4096
const memoryBytes = Math.ceil((slabAt + 2 * slabStride) / 65_536) * 65_536

export function openSideBySide(checked: CheckedKernel, plain: WebAssembly.Module): SideBySide {
  const pages = memoryBytes / 65_536
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  const bytes = new Uint8Array(memory.buffer)
  const kernels = [checked.module, plain].map((module, index) => {
    const { exports } = instantiateSync<Exports>(module, { env: { memory } })
    exports.setSeed(0x5eed + index, 0xfeed)
    const at = { scratchAddress: 0, scratchBytes, scratchCount: 1, secretAddress: secretAt, logAddress: 0 }
    const map = { ...at, slabAddress: slabAt + index * slabStride, slabCount: 1, totalBytes: memoryBytes }
    return { exports, scratch: scratchAt + index * (scratchBytes + 65_536), slab: openSlab(memory, map, 0) }
  })
  let turn = 0

  /** Puts bytes at odd places, ending in what would go on with many a text. */
  const put = (input: Uint8Array): number => {
    const at = inputEndMax - readAheadBytes - input.length - (turn++ & 63)
    bytes.set(input, at)
    bytes.fill([0x22, 0x20, 0x30, 0x0a, 0x61, 0x00, 0xff, 0x5c][turn & 7]!, at + input.length, inputEndMax)
    return at
  }
  const both = (about: string, call: (exports: Exports, scratch: number, slab: Slab) => unknown[]): unknown[] => {
    const [left = [], right = []] = kernels.map(({ exports, scratch, slab }) => {
      try {
        return call(exports, scratch, slab)
      } catch (error) {
        throw explained(error, memory, checked, about)
      }
    })
    if (JSON.stringify(left) === JSON.stringify(right)) return left
    throw new Error(`${about}: checked ${JSON.stringify(left)}, plain ${JSON.stringify(right)}`)
  }
  /** The whole list of errors: it ends with the last one's pointer. */
  const errorListOf = (list: number) => {
    const word = (at: number) => new DataView(memory.buffer).getUint32(list + at, true)
    const last = errorList.errors + (word(errorList.errorCount) - 1) * errorBytes
    return bytesAt(list, word(last + errorEntry.pointerOffset) + word(last + errorEntry.pointerBytes))
  }
  const bytesAt = (at: number, count: number) => Buffer.from(bytes.subarray(at, at + count)).toString('hex')

  return {
    memory,
    load: (program) => {
      bytes.set(program, programAt)
      const [status] = both('verifyProgram', ({ verifyProgram }) => [verifyProgram(programAt, program.length)])
      return status as number
    },
    check: (form, record) => {
      const at = put(record)
      const about = `${form} ${JSON.stringify(Buffer.from(record.subarray(0, 500)).toString('latin1'))}`
      const [status] = both(about, (exports, scratch) => {
        const check = form === 'json' ? exports.checkRecord : exports.checkMessagePack
        const status = check(at, record.length, programAt, scratch)
        if (status === 0) return [status, bytesAt(scratch, exports.valueBytes(scratch))]
        if (status !== schemaInvalid) return [status, exports.errorOffset()]
        const pointer = bytesAt(exports.errorPointer(), exports.errorPointerBytes())
        const first = [exports.errorOffset(), exports.errorLocation(), pointer]
        const kind = form === 'json' ? chunkKind.RECORD : chunkKind.MSGPACK
        const again = exports.checkAll(at, record.length, kind, programAt, scratch, 1 + (turn % 40))
        return [status, ...first, again, errorListOf(exports.errorList())]
      })
      return status as number
    },
    runSlab: (kind, record) => {
      const [status] = both(`slab of ${Buffer.from(record).toString('hex')}`, ({ runSlab }, scratch, slab) => {
        resetSlab(slab, 0)
        appendChunk(slab, kind, record, undefined, 2)
        sealSlab(slab, sealedAtMs)
        const status = runSlab(slab.address, programAt, secretAt, scratch)
        if (status !== 0) return [status]
        const batch = Buffer.from(slabBatch(slab)).toString('hex')
        return [status, batch, bytesAt(slab.address + descriptorsOffset, descriptorBytes)]
      })
      return status as number
    },
    hash: (input) => {
      const at = put(input)
      both(`hashes of ${input.length} bytes`, ({ crc32c, murmur2, hashKey, xxh64 }) => {
        hashKey(at, input.length, secretAt, outAt)
        const key = bytesAt(outAt, 16)
        xxh64(at, input.length, outAt)
        return [crc32c(at, input.length), murmur2(at, input.length), key, bytesAt(outAt, 8)]
      })
    },
    parseHead: (head) => {
      const at = put(head)
      const about = `head ${JSON.stringify(Buffer.from(head).toString('latin1'))}`
      const [length] = both(about, ({ parseHead }) => [parseHead(at, head.length, outAt), bytesAt(outAt, 20)])
      return length as number
    },
    indexBatch: (batch, indexBytes) => {
      const at = put(batch)
      const [count] = both(`batch ${Buffer.from(batch).toString('hex')}`, ({ indexBatch }) => {
        const count = indexBatch(at, batch.length, secretAt, indexAt, indexBytes)
        return [count, bytesAt(indexAt, Math.max(count, 0) * 32)]
      })
      return count as number
    },
  }
}

/** The error of a call as it was, or with what the guard noted. */
export function explained(error: unknown, memory: WebAssembly.Memory, checked: CheckedKernel, about: string): Error {
  const violation = error instanceof WebAssembly.RuntimeError ? readViolation(memory, checked.accesses) : undefined
  if (violation === undefined) return new Error(about, { cause: error })
  const { kind, bytes, address, functionName, instruction } = violation
  return new Error(`${kind} of ${bytes} bytes at ${address} by ${instruction} in ${functionName}: ${about}`, {
    cause: error,
  })
}
