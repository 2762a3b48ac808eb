// The kernel in plain JavaScript, as one would write it for speed: JSON.parse, Ajv, a packer and hashes by hand. It runs the
// whole server as `engine: 'js'`; it is the opponent in every benchmark and the oracle in every differential test.
// What always holds: for the same bytes it leaves the same slab as the WebAssembly kernel (docs/formats.md). Where the fast
// tools lose something, reference/record.ts goes an exact, slower way.
import type { Engine, MemoryMap, Plan } from './engine.ts'
import { crc32c } from './reference/crc32c.ts'
import { viewMemory } from './reference/memory.ts'
import { indexBatch } from './reference/scan.ts'
import { sipHash128 } from './reference/siphash.ts'
import { runSlab } from './reference/slab.ts'
import { makeStream } from './reference/stream.ts'

export type ReferenceOptions = {
  readonly memory: WebAssembly.Memory
  readonly map: MemoryMap
  readonly plans: readonly Plan[]
}

/** Makes the engine; its streams are ready when this returns. Any number may share the memory, one a slab at a time. */
export function openReference({ memory, map, plans }: ReferenceOptions): Engine {
  const views = viewMemory(memory.buffer)
  const secret = map.secretAddress
  const streams = new Map(plans.map((plan) => [plan.streamIndex, makeStream(plan.compiled)]))
  const streamOf = (plan: Plan) => {
    const stream = streams.get(plan.streamIndex)
    if (stream === undefined) throw new Error(`no stream ${plan.streamIndex}`)
    return stream
  }
  return {
    name: 'js',
    runSlab: (slab, plan) => runSlab(views, streamOf(plan), secret, slab),
    crc32c: (address, bytes) => crc32c(views.bytes, views.view, address, bytes),
    indexBatch: (batch, batchBytes, index, indexBytes) =>
      indexBatch(views, secret, batch, batchBytes, index, indexBytes),
    hashKey: (address, bytes, out) => sipHash128(views.view, address, bytes, secret, out),
  }
}
