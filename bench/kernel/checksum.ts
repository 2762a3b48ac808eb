// CRC-32C as the head of a batch takes it, beside the fastest packages the registry has for it and the JavaScript engine's
// own. The kernel finds the message in its memory, as a batch is there; the others are handed a view of the same bytes, and
// what they do with it (hash-wasm copies it into a memory of its own) is their cost.
// Messages of 1 MiB overlap, or they would not fit: distinct they are, and no contender can profit from it.
import { createCRC32 } from 'hash-wasm'
import { crc } from 'polycrc'
import { crc32c as referenceCrc32c } from '../../src/kernel/reference/crc32c.ts'
import { integerWithin, makeRandom } from '../../src/measure/random.ts'
import type { Comparison, Contender, Opponent } from './comparison.ts'
import type { Probe } from './probe.ts'

const seed = 20_260_103
const atLeast = 1.5
/** Castagnoli's polynomial, as polycrc asks for it, and reflected, as hash-wasm does. */
const polynomial = 0x1edc6f41
const reflectedPolynomial = 0x82f63b78
const ones = 0xffffffff
const scratchBytes = 65_536

/** A pass takes one in `passes` of the messages, and the next goes on with the others. */
type Case = { readonly name: string; readonly bytes: number; readonly stride: number; readonly passes: number }

const cases: readonly Case[] = [
  { name: 'CRC-32C of 200 B', bytes: 200, stride: 256, passes: 1 },
  { name: 'CRC-32C of 4 KiB', bytes: 4096, stride: 4160, passes: 1 },
  { name: 'CRC-32C of 1 MiB', bytes: 1_048_576, stride: 320, passes: 64 },
]
export const checksumNames: readonly string[] = cases.map(({ name }) => name)

type Checksum = { readonly name: string; of(message: Buffer): number; readonly atLeast?: number }

/** The comparisons among `names`. Items are messages. */
export async function checksumComparisons(
  probe: Probe,
  names: readonly string[],
  itemCount: number,
): Promise<Comparison[]> {
  const taken = cases.filter(({ name }) => names.includes(name))
  if (taken.length === 0) return []
  const opponents = await openOpponents(probe.memory)
  return taken.map((one) => compare(probe, one, itemCount, opponents))
}

async function openOpponents(memory: Buffer): Promise<Checksum[]> {
  const hasher = await createCRC32(reflectedPolynomial)
  const view = new DataView(memory.buffer)
  return [
    { name: 'hash-wasm', of: (message) => bigEndian(hasher.init().update(message).digest('binary')), atLeast },
    { name: 'polycrc', of: crc(32, polynomial, ones, ones, true), atLeast },
    { name: 'engine js', of: (message) => referenceCrc32c(memory, view, message.byteOffset, message.length) },
  ]
}

function bigEndian(digest: Uint8Array): number {
  return ((digest[0]! << 24) | (digest[1]! << 16) | (digest[2]! << 8) | digest[3]!) >>> 0
}

function compare(probe: Probe, one: Case, itemCount: number, opponents: readonly Checksum[]): Comparison {
  const { bytes, stride } = one
  const address = placeNoise(probe, (itemCount - 1) * stride + bytes)
  const messages = Array.from({ length: itemCount }, (_, index) =>
    probe.memory.subarray(address + index * stride, address + index * stride + bytes),
  )
  const passItems = Math.ceil(itemCount / one.passes)
  expectSame(probe, address, one, messages.slice(0, passItems), opponents)
  return {
    stage: 'checksum',
    name: one.name,
    itemCount: passItems,
    itemBytes: bytes,
    ours: inBatch(probe, address, one, itemCount, passItems),
    others: opponents.map((opponent) => overViews(opponent, messages, passItems)),
  }
}

function placeNoise({ memory, reserve }: Probe, bytes: number): number {
  const address = reserve(bytes)
  const random = makeRandom(seed)
  for (let at = address; at < address + bytes; at += 4) memory.writeUInt32LE(integerWithin(random, 0, 0xffffffff), at)
  return address
}

function inBatch(probe: Probe, address: number, one: Case, itemCount: number, passItems: number): Contender {
  const { exports, reserve } = probe
  const { bytes, stride } = one
  const [scratch, out] = [reserve(scratchBytes), reserve(4 * itemCount)]
  let first = 0
  const run = (): void => {
    exports.checksumEach(address + first * stride, bytes, stride, passItems, scratch, out + 4 * first)
    first = (first + passItems) % itemCount
  }
  return { name: 'kernel', run }
}

function overViews({ name, of, ...target }: Checksum, messages: readonly Buffer[], passItems: number): Opponent {
  let first = 0
  let mixed = 0
  const run = (): void => {
    for (let index = first; index < first + passItems; index++) mixed ^= of(messages[index]!)
    first = (first + passItems) % messages.length
    if (!Number.isInteger(mixed)) throw new Error(`${name} makes no number`)
  }
  return { name, run, ...target }
}

function expectSame(
  { exports, memory, reserve }: Probe,
  address: number,
  { bytes, stride }: Case,
  messages: readonly Buffer[],
  opponents: readonly Checksum[],
): void {
  const out = reserve(4 * messages.length)
  exports.checksumEach(address, bytes, stride, messages.length, reserve(scratchBytes), out)
  for (const [index, message] of messages.entries()) {
    const expected = memory.readUInt32LE(out + 4 * index)
    for (const { name, of } of opponents) {
      if (of(message) !== expected) throw new Error(`${name} makes another checksum of message ${index}`)
    }
  }
}
