// Slabs filled at random, for a stream of the default schema, and their tables spoiled.
import { chunkTableOffset, header, inputOffset, outputOffset } from '../../src/kernel/abi.ts'
import { appendChunk, readHeader, resetSlab, type Slab, sealSlab } from '../../src/kernel/memory.ts'
import { encodeValue } from '../../src/kernel/messagepack.ts'
import { recordErrorsMax, slabInputBytes } from '../../src/limits.ts'
import type { Random } from '../fixtures/random.ts'
import { sealedAtMs } from '../fixtures/slab.ts'
import { documentText } from './documents.ts'
import { mutateBytes, mutatePacked } from './mutate.ts'

const order = Buffer.from(
  '{"orderId":"ord-1","userId":7,"currency":"EUR","total":9.5,"items":[{"sku":"S","qty":2,"price":4.75}],"note":"é\\n"}',
)
const packed = encodeValue(JSON.parse(order.toString()))

function someRecord(random: Random): Uint8Array {
  const kind = random.below(4)
  if (kind === 0) return Buffer.from(documentText(random, 1 + random.below(4)))
  return kind === 1 ? order : mutateBytes(random, order)
}

function somePacked(random: Random): Uint8Array {
  return random.below(3) === 0 ? packed : mutatePacked(random, packed)
}

/** Chunks of every kind, with and without a key beside them, sound records and spoiled ones among each other. */
export function fillAtRandom(slab: Slab, random: Random): void {
  resetSlab(slab, 0)
  for (let count = random.below(60); count > 0; count--) {
    const kind = random.pick(['lines', 'lines', 'record', 'msgpack'] as const)
    const errorsMax = random.pick([0, 0, 1, 3, recordErrorsMax])
    if (kind !== 'lines') {
      const key = random.below(3) === 0 ? Buffer.alloc(1 + random.below(2000), 0x6b) : undefined
      appendChunk(slab, kind, kind === 'record' ? someRecord(random) : somePacked(random), key, errorsMax)
      continue
    }
    const feed = Buffer.from(random.pick(['\n', '\r\n', '\n\n', ' \n']))
    const parts = Array.from({ length: random.below(40) }, () => [someRecord(random), feed]).flat()
    appendChunk(slab, 'lines', Buffer.concat(parts), undefined, errorsMax)
  }
  sealSlab(slab, sealedAtMs)
}

/** Changes some words of the header and the chunk table, to numbers that tempt an unchecked addition. */
export function spoilTables(slab: Slab, random: Random): void {
  const chunkWords = (readHeader(slab, 'chunkCount') + 1) * 8
  const tempting = [
    0,
    1,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0xffff_ff80,
    4096,
    4097,
    inputOffset,
    outputOffset,
    slabInputBytes,
  ]
  for (let count = 1 + random.below(3); count > 0; count--) {
    const inHeader = random.below(3) === 0
    const at = inHeader
      ? random.pick([
          header.chunkCount,
          header.resumeChunk,
          header.resumeOffset,
          header.sealedAtMs,
          header.sealedAtMs + 4,
        ])
      : chunkTableOffset + 4 * random.below(chunkWords)
    slab.words[at >> 2] = random.below(2) === 0 ? random.pick(tempting) : random.below(2 ** 32)
  }
}
