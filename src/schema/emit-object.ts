// Writes the items that look at an object's members: OBJECT, MEMBERS and DEPENDENT (assembly/schema/program.ts draws them).
import { encodeValue } from '../kernel/encode-value.ts'
import { putNodeSlot } from './emit.ts'
import { wantPattern } from './emit-automaton.ts'
import { countBound } from './emit-scalar.ts'
import type { Emitter } from './emitter.ts'
import { bestMultiplier, slotOf, slotsFor } from './hashing.ts'
import { unsupported } from './keywords.ts'
import { dependentLayout, entryLayout, objectLayout, op, patternLayout, tokenLayout } from './layout.ts'
import { keywordLocation, nameLocation } from './locations.ts'
import { longNameBytes, nameWord, putName } from './name.ts'
import type { SchemaNode } from './node.ts'
import { addItem, putBytes, putU16, putU32, putU64, type Writer } from './writer.ts'

const u32Max = 0xffff_ffff
const entryCountMax = 0xfffe
/** The first byte of the entry behind the last: no MessagePack has it. */
const neverUsed = 0xc1

/** What of a node's keywords an item checks: some are split over two items where another comes between. */
export type Parts = { readonly typed: boolean; readonly assertions: boolean; readonly children: boolean }

type Entry = {
  readonly name: string
  readonly encoded: Uint8Array
  /** Checks the member's value; undefined: the name is only required. */
  readonly node: SchemaNode | undefined
  /** Place in `required`, or undefined. */
  readonly order: number | undefined
}

/** The names an object lists: its properties in order, then names that are only required. */
function entriesOf(node: SchemaNode, parts: Parts): Entry[] {
  const names = parts.assertions ? ((node.keywords.required ?? []) as string[]) : []
  const required = new Map(names.map((name, index) => [name, index]))
  const properties = new Map(parts.children ? (node.named.properties ?? []) : [])
  return [...new Set([...properties.keys(), ...required.keys()])].map((name) => ({
    name,
    encoded: encodeValue(name),
    node: properties.get(name),
    order: required.get(name),
  }))
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

function putHead(emitter: Emitter, item: number, node: SchemaNode, parts: Parts): void {
  const { writer, locations } = emitter
  const location = (keyword: string) =>
    keyword in node.keywords ? keywordLocation(locations, node, keyword, node.keywords[keyword]) : u32Max
  putU32(writer, item + objectLayout.TYPED, parts.typed ? 1 : 0)
  putU32(writer, item + objectLayout.TYPE_LOCATION, parts.typed ? location('type') : u32Max)
  putU32(writer, item + objectLayout.MEMBERS_MAX, u32Max)
  putU32(writer, item + objectLayout.MIN_LOCATION, u32Max)
  putU32(writer, item + objectLayout.MAX_LOCATION, u32Max)
  if (!parts.assertions) return
  putU32(writer, item + objectLayout.MEMBERS_MIN, countBound(node, 'minProperties', 0))
  putU32(writer, item + objectLayout.MEMBERS_MAX, countBound(node, 'maxProperties', u32Max))
  putU32(writer, item + objectLayout.MAX_LOCATION, location('maxProperties'))
  putU32(writer, item + objectLayout.MIN_LOCATION, location('minProperties'))
}

function putEntry(emitter: Emitter, at: number, entry: Entry, node: SchemaNode, isPlain: boolean): void {
  const { writer, locations } = emitter
  // In OBJECT a name that is only required is an additional one; MEMBERS has to know, as patterns may take it first.
  putNodeSlot(emitter, at + entryLayout.SLOT, entry.node ?? (isPlain ? node.one.additionalProperties : undefined))
  putU32(writer, at + entryLayout.LISTED, entry.node === undefined ? 0 : 1)
  putU32(writer, at + entryLayout.REQUIRED_LOCATION, u32Max)
  if (entry.order === undefined) return
  putU32(writer, at + entryLayout.REQUIRED, 1)
  putU32(writer, at + entryLayout.REQUIRED_LOCATION, nameLocation(locations, node, entry.name))
  putU32(writer, at + entryLayout.REQUIRED_ORDER, entry.order)
}

function putPatterns(emitter: Emitter, item: number, distance: number, node: SchemaNode): void {
  const { writer, locations } = emitter
  const patterns = node.named.patternProperties ?? []
  putU32(writer, item + objectLayout.PATTERN_COUNT, patterns.length)
  putU32(writer, item + objectLayout.PATTERNS, distance)
  for (const [index, [pattern, child]] of patterns.entries()) {
    const at = distance + index * patternLayout.BYTES
    wantPattern(emitter, node, pattern, item, at)
    putNodeSlot(emitter, item + at + patternLayout.SLOT, child)
  }
  const { propertyNames } = node.one
  const location = propertyNames && keywordLocation(locations, node, 'propertyNames', undefined)
  putU32(writer, item + objectLayout.NAMES_LOCATION, location ?? u32Max)
  putNodeSlot(emitter, item + objectLayout.NAMES, propertyNames)
}

/** Appends an OBJECT for the node, or MEMBERS where names are checked or matched. */
export function addObject(emitter: Emitter, node: SchemaNode, parts: Parts): void {
  const { writer } = emitter
  const entries = entriesOf(node, parts)
  if (entries.length > entryCountMax) throw unsupported(node.pointer, 'properties', `more than ${entryCountMax} names`)
  const isPlain = !parts.children || !('patternProperties' in node.named || 'propertyNames' in node.one)
  const slotCount = slotsFor(entries.length, 0.5)
  const patternCount = isPlain ? 0 : (node.named.patternProperties ?? []).length
  const patternsAt = objectLayout.ENTRIES + (entries.length + 1) * entryLayout.BYTES
  const hashAt = patternsAt + patternCount * patternLayout.BYTES
  const textAt = hashAt + slotCount * 2
  const bytes = textAt + longNameBytes(entries.map((entry) => entry.encoded))
  const item = addItem(writer, isPlain ? op.OBJECT : op.MEMBERS, bytes)
  putHead(emitter, item, node, parts)
  putU32(writer, item + objectLayout.REQUIRED_COUNT, entries.filter((entry) => entry.order !== undefined).length)
  putU32(writer, item + objectLayout.ENTRY_COUNT, entries.length)
  putHash(writer, item, item + hashAt, entries, slotCount)
  let text = item + textAt
  let at = item + objectLayout.ENTRIES
  for (const entry of entries) {
    text += putName(writer, at, entry.encoded, text)
    putEntry(emitter, at, entry, parts.children ? node : withoutChildren(node), isPlain)
    at += entryLayout.BYTES
  }
  putBytes(writer, at + entryLayout.WORD, Uint8Array.of(neverUsed))
  putBytes(writer, at + entryLayout.MASK, Uint8Array.of(0xff))
  if (!isPlain) putPatterns(emitter, item, patternsAt, node)
  if (parts.children) putNodeSlot(emitter, item + objectLayout.ADDITIONAL, node.one.additionalProperties)
}

function withoutChildren(node: SchemaNode): SchemaNode {
  return { ...node, one: {}, many: {}, named: {} }
}

/** Appends a DEPENDENT for each trigger of `dependentRequired`. */
export function addDependent(emitter: Emitter, node: SchemaNode): void {
  const { writer, locations } = emitter
  const dependent = (node.keywords.dependentRequired ?? {}) as Readonly<Record<string, readonly string[]>>
  for (const [trigger, names] of Object.entries(dependent)) {
    const encoded = [trigger, ...names].map(encodeValue)
    const textAt = dependentLayout.TOKENS + encoded.length * tokenLayout.BYTES
    const item = addItem(writer, op.DEPENDENT, textAt + longNameBytes(encoded))
    putU32(writer, item + dependentLayout.COUNT, names.length)
    let text = item + textAt
    for (const [index, name] of encoded.entries()) {
      const at = item + dependentLayout.TOKENS + index * tokenLayout.BYTES
      text += putName(writer, at, name, text)
      if (index === 0) continue
      putU32(writer, at + tokenLayout.LOCATION, nameLocation(locations, node, names[index - 1] as string, trigger))
    }
  }
}
