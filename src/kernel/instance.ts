// One instance of the WebAssembly kernel over the shared memory, as an engine. It keeps no state between calls but the
// instance itself. A trap surfaces as the `WebAssembly.RuntimeError` it is: the instance is then not to be used again.
import { instantiateSync } from '@assemblyscript/loader'
import { assert } from '../assert.ts'
import { SluiceError } from '../errors.ts'
import { abiVersion, callStatus, scratchBytes, slabBytes } from './abi.ts'
import type { Engine, MemoryMap, Plan } from './engine.ts'

export type InstanceOptions = {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly map: MemoryMap
  readonly plans: readonly Plan[]
  /** Which scratch region is this instance's own while it runs slabs; its other calls use none. */
  readonly scratchIndex: number
}

// Addresses and counts only; docs/abi.md has the meaning of each.
type KernelExports = {
  sluice_abi_v1(): number
  dataEnd(): number
  scratchBytes(): number
  slabBytes(): number
  setSeed(low: number, high: number): void
  verifyProgram(program: number, bytes: number): number
  runSlab(slab: number, program: number, secret: number, scratch: number): number
  crc32c(address: number, bytes: number): number
  indexBatch(batch: number, batchBytes: number, secret: number, index: number, indexBytes: number): number
  hashKey(address: number, bytes: number, secret: number, out: number): void
}

/**
 * Makes an instance and has it verify every program.
 * @throws SluiceError KERNEL_FAILED when the module does not fit this host, SCHEMA_UNSUPPORTED when it refuses a program.
 */
export function openInstance(options: InstanceOptions): Engine {
  const { module, memory, map, plans, scratchIndex } = options
  assert(scratchIndex >= 0 && scratchIndex < map.scratchCount, `scratch ${scratchIndex} of ${map.scratchCount}`)
  const { exports } = instantiateSync<KernelExports>(module, { env: { memory } })
  checkFit(exports, map)
  seed(exports)
  for (const plan of plans) verify(exports, plan)

  const scratch = map.scratchAddress + scratchIndex * map.scratchBytes
  const secret = map.secretAddress
  return {
    name: 'wasm',
    runSlab: (slab, plan) => exports.runSlab(slab, plan.programAddress, secret, scratch),
    crc32c: (address, bytes) => exports.crc32c(address, bytes) >>> 0,
    indexBatch: (batch, batchBytes, index, indexBytes) =>
      exports.indexBatch(batch, batchBytes, secret, index, indexBytes),
    hashKey: (address, bytes, out) => exports.hashKey(address, bytes, secret, out),
  }
}

function checkFit(exports: KernelExports, map: MemoryMap): void {
  const wrong =
    exports.sluice_abi_v1() !== abiVersion
      ? 'has another ABI version'
      : exports.slabBytes() !== slabBytes || exports.scratchBytes() !== scratchBytes
        ? 'has other slab or scratch sizes'
        : exports.dataEnd() > map.secretAddress
          ? `keeps ${exports.dataEnd()} bytes of static data, more than the memory map leaves`
          : undefined
  if (wrong !== undefined) throw new SluiceError('KERNEL_FAILED', `the kernel ${wrong}; build it anew`)
}

// The tables that find duplicate keys of an object are seeded, so that nobody can choose keys that collide in them.
function seed(exports: KernelExports): void {
  const [low = 0, high = 0] = globalThis.crypto.getRandomValues(new Int32Array(2))
  exports.setSeed(low, high)
}

function verify(exports: KernelExports, plan: Plan): void {
  const status = exports.verifyProgram(plan.programAddress, plan.compiled.program.length)
  if (status === callStatus.OK) return
  const { streamIndex } = plan
  throw new SluiceError('SCHEMA_UNSUPPORTED', `the kernel refused the program of stream ${streamIndex}`, {
    streamIndex,
  })
}
