// XXH64 of short keys: the kernel over all keys of a batch in one call, as it does inside a batch, and xxhash-wasm called for
// every key, as a program that has its keys in JavaScript calls it. It refuses to compare what does not hash alike.
import xxhash from 'xxhash-wasm'
import { integerWithin, makeRandom } from '../../src/measure/random.ts'
import type { Comparison } from './comparison.ts'
import type { Probe } from './probe.ts'

const seed = 20_260_104
const keyBytes = 32
const name = 'XXH64 of 32 B'
export const hashNames: readonly string[] = [name]

/** The comparison, where `names` has it. Items are keys. */
export async function hashComparisons(
  { exports, memory, reserve }: Probe,
  names: readonly string[],
  itemCount: number,
): Promise<Comparison[]> {
  if (!names.includes(name)) return []
  const { h64Raw } = await xxhash()
  const [address, out] = [reserve(keyBytes * itemCount), reserve(8 * itemCount)]
  const random = makeRandom(seed)
  for (let at = 0; at < keyBytes * itemCount; at++) memory[address + at] = integerWithin(random, 0x20, 0x7e)
  const keys = Array.from({ length: itemCount }, (_, index) =>
    memory.subarray(address + index * keyBytes, address + (index + 1) * keyBytes),
  )
  const inBatch = (): void => exports.hashEach(address, keyBytes, itemCount, out)
  inBatch()
  for (const [index, key] of keys.entries()) {
    if (h64Raw(key) !== memory.readBigUInt64LE(out + 8 * index)) throw new Error(`key ${index} has two hashes`)
  }
  const perKey = (): void => {
    for (const key of keys) h64Raw(key)
  }
  // The kernel's own export, called for every key: what being inside the batch is worth.
  const ownPerKey = (): void => {
    for (let index = 0; index < itemCount; index++) exports.xxh64(address + index * keyBytes, keyBytes, out)
  }
  return [
    {
      stage: 'hash',
      name,
      itemCount,
      itemBytes: keyBytes,
      ours: { name: 'kernel', run: inBatch },
      others: [
        { name: 'xxhash-wasm, a call a key', run: perKey, atLeast: 5 },
        { name: 'the kernel, a call a key', run: ownPerKey },
      ],
    },
  ]
}
