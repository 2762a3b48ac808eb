// Copies bytes into the memory that threads share. `set` does that with relaxed atomic operations, at a third of the speed of
// a plain copy. A slab has one owner at a time, so a plain one will do.
import type { CopyBytes } from '../kernel/memory.ts'

const { copy } = Buffer.prototype
// What a plain copy costs beforehand, `set` has copied by then.
const longBytes = 4096
// Node falls back to `set` for a source that is copied whole, so it is given the memory around it.
let around: Buffer = Buffer.alloc(0)

export const copyBytes: CopyBytes = (target, at, source) => {
  if (source.length < longBytes) {
    target.set(source, at)
    return
  }
  const { buffer, byteOffset } = source
  if (around.buffer !== buffer) around = Buffer.from(buffer)
  copy.call(around, target, at, byteOffset, byteOffset + source.length)
}
