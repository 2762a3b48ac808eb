// Copies of a few hundred bytes. `memory.copy` is a call into the engine, dearer than what it copies here.

/** Copies `bytes` bytes; reads and writes may pass the end by 31 bytes. The regions must not overlap. */
// @ts-ignore: decorator
@inline export function copyWide(to: usize, from: usize, bytes: usize): void {
  const end = from + bytes
  while (from < end) {
    const first = v128.load(from)
    const second = v128.load(from, 16)
    v128.store(to, first)
    v128.store(to, second, 16)
    from += 32
    to += 32
  }
}
