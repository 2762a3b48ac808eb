// Writes OBJECT and ARRAY items (assembly/schema/program.ts draws both).
import { encodeValue } from '../kernel/messagepack.ts'
import { putNodeSlot } from './emit.ts'
import { countBound } from './emit-scalar.ts'
import type { Emitter } from './emitter.ts'
import { bestMultiplier, slotOf, slotsFor } from './hashing.ts'
import { unsupported } from './keywords.ts'
import { arrayLayout, entryLayout, objectLayout, op } from './layout.ts'
import { keywordLocation, nameLocation } from './locations.ts'
import type { SchemaNode } from './node.ts'
import { addItem, putBytes, putU16, putU32, putU64, type Writer } from './writer.ts'

const u32Max = 0xffff_ffff
const wordBytes = 16
const entryCountMax = 0xfffe
/** The first byte of the entry behind the last: no MessagePack has it. */
const neverUsed = 0xc1

type Entry = {
  readonly encoded: Uint8Array
  readonly node: SchemaNode | undefined
  /** Place in `required`, or undefined. */
  readonly order: number | undefined
  readonly name: string
}

/** The names an object lists: its properties in order, then names that are only required. */
function entriesOf(node: SchemaNode): Entry[] {
  const required = new Map(((node.keywords.required ?? []) as string[]).map((name, index) => [name, index]))
  const properties = new Map(node.named.properties ?? [])
  const names = new Set([...properties.keys(), ...required.keys()])
  return [...names].map((name) => ({
    name,
    encoded: encodeValue(name),
    node: properties.get(name),
    order: required.get(name),
  }))
}

/** First and last eight bytes of an encoded name in one word, as the kernel mixes them. */
function nameWord(encoded: Uint8Array): bigint {
  const word = (from: number, to: number) =>
    encoded.subarray(from, to).reduceRight((bits, byte) => (bits << 8n) | BigInt(byte), 0n)
  if (encoded.length <= 8) return word(0, encoded.length)
  const last = word(encoded.length - 8, encoded.length)
  return word(0, 8) ^ BigInt.asUintN(64, (last << 29n) | (last >> 35n))
}

function putHash(writer: Writer, item: number, hash: number, entries: readonly Entry[], slotCount: number): void {
  const words = entries.map((entry) => nameWord(entry.encoded))
  const { multiplier, shift } = bestMultiplier(words, slotCount)
  putU32(writer, item + objectLayout.HASH, hash - item)
  putU64(writer, item + objectLayout.HASH_MULTIPLIER, multiplier)
  putU32(writer, item + objectLayout.HASH_SHIFT, shift)
  putU32(writer, item + objectLayout.HASH_MASK, slotCount - 1)
  const taken = new Set<number>()
  for (const [index, word] of words.entries()) {
    let slot = slotOf(word, multiplier, shift, slotCount)
    while (taken.has(slot)) slot = (slot + 1) & (slotCount - 1)
    taken.add(slot)
    putU16(writer, hash + slot * 2, index + 1)
  }
}

/** Writes word, mask, length and distance of a name at `at`; a long name stands whole at `text`. Returns the text's bytes. */
export function putName(writer: Writer, at: number, encoded: Uint8Array, text: number): number {
  const inWord = encoded.subarray(0, wordBytes)
  putBytes(writer, at + entryLayout.WORD, inWord)
  writer.bytes.fill(0xff, at + entryLayout.MASK, at + entryLayout.MASK + inWord.length)
  putU32(writer, at + entryLayout.NAME_BYTES, encoded.length)
  if (encoded.length <= wordBytes) return 0
  putU32(writer, at + entryLayout.NAME, text - at)
  putBytes(writer, text, encoded)
  return encoded.length
}

/** Bytes of the names that do not fit an entry's word. */
export function longNameBytes(names: readonly Uint8Array[]): number {
  return names.reduce((bytes, name) => bytes + (name.length > wordBytes ? name.length : 0), 0)
}

function putObjectHead(emitter: Emitter, item: number, node: SchemaNode, typed: boolean): void {
  const { writer, locations } = emitter
  const location = (keyword: string) =>
    keyword in node.keywords ? keywordLocation(locations, node, keyword, node.keywords[keyword]) : 0
  putU32(writer, item + objectLayout.TYPED, typed ? 1 : 0)
  putU32(writer, item + objectLayout.TYPE_LOCATION, typed ? location('type') : 0)
  putU32(writer, item + objectLayout.MEMBERS_MIN, countBound(node, 'minProperties', 0))
  putU32(writer, item + objectLayout.MEMBERS_MAX, countBound(node, 'maxProperties', u32Max))
  putU32(writer, item + objectLayout.MAX_LOCATION, location('maxProperties'))
  putU32(writer, item + objectLayout.MIN_LOCATION, location('minProperties'))
}

/** Appends an OBJECT for the node. `typed`: other types are refused by it. */
export function addObject(emitter: Emitter, node: SchemaNode, typed: boolean): void {
  const { writer, locations } = emitter
  const entries = entriesOf(node)
  if (entries.length > entryCountMax) throw unsupported(node.pointer, 'properties', `more than ${entryCountMax} names`)
  const slotCount = slotsFor(entries.length, 0.5)
  const hashDistance = objectLayout.ENTRIES + (entries.length + 1) * entryLayout.BYTES
  const textDistance = hashDistance + slotCount * 2
  const item = addItem(writer, op.OBJECT, textDistance + longNameBytes(entries.map((entry) => entry.encoded)))
  putObjectHead(emitter, item, node, typed)
  putU32(writer, item + objectLayout.REQUIRED_COUNT, entries.filter((entry) => entry.order !== undefined).length)
  putU32(writer, item + objectLayout.ENTRY_COUNT, entries.length)
  putHash(writer, item, item + hashDistance, entries, slotCount)
  let text = item + textDistance
  for (const [index, entry] of entries.entries()) {
    const at = item + objectLayout.ENTRIES + index * entryLayout.BYTES
    text += putName(writer, at, entry.encoded, text)
    putNodeSlot(emitter, at + entryLayout.SLOT, entry.node ?? node.one.additionalProperties)
    if (entry.order === undefined) continue
    putU32(writer, at + entryLayout.REQUIRED, 1)
    putU32(writer, at + entryLayout.REQUIRED_LOCATION, nameLocation(locations, node, entry.name))
    putU32(writer, at + entryLayout.REQUIRED_ORDER, entry.order)
  }
  const sentinel = item + objectLayout.ENTRIES + entries.length * entryLayout.BYTES
  putBytes(writer, sentinel + entryLayout.WORD, Uint8Array.of(neverUsed))
  putBytes(writer, sentinel + entryLayout.MASK, Uint8Array.of(0xff))
  putNodeSlot(emitter, item + objectLayout.ADDITIONAL, node.one.additionalProperties)
}

/** Appends an ARRAY for the node. */
export function addArray(emitter: Emitter, node: SchemaNode, typed: boolean): void {
  const { writer, locations } = emitter
  const location = (keyword: string) =>
    keyword in node.keywords ? keywordLocation(locations, node, keyword, node.keywords[keyword]) : 0
  const prefix = node.many.prefixItems ?? []
  const item = addItem(writer, op.ARRAY, arrayLayout.PREFIX + prefix.length * 8)
  putU32(writer, item + arrayLayout.TYPED, typed ? 1 : 0)
  putU32(writer, item + arrayLayout.TYPE_LOCATION, typed ? location('type') : 0)
  putU32(writer, item + arrayLayout.ITEMS_MIN, countBound(node, 'minItems', 0))
  putU32(writer, item + arrayLayout.ITEMS_MAX, countBound(node, 'maxItems', u32Max))
  putU32(writer, item + arrayLayout.MAX_LOCATION, location('maxItems'))
  putU32(writer, item + arrayLayout.MIN_LOCATION, location('minItems'))
  putU32(writer, item + arrayLayout.PREFIX_COUNT, prefix.length)
  for (const [index, child] of prefix.entries()) putNodeSlot(emitter, item + arrayLayout.PREFIX + index * 8, child)
  putNodeSlot(emitter, item + arrayLayout.ITEMS, node.one.items)
}
