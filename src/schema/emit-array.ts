// Writes the items that look at an array's elements: ARRAY, UNIQUE and CONTAINS (assembly/schema/program.ts draws them).
import { putNodeSlot } from './emit.ts'
import type { Parts } from './emit-object.ts'
import { countBound } from './emit-scalar.ts'
import type { Emitter } from './emitter.ts'
import { arrayLayout, containsLayout, op, uniqueLayout } from './layout.ts'
import { keywordLocation } from './locations.ts'
import type { SchemaNode } from './node.ts'
import { addItem, putU32 } from './writer.ts'

const u32Max = 0xffff_ffff

/** Appends an ARRAY for the node. */
export function addArray(emitter: Emitter, node: SchemaNode, parts: Parts): void {
  const { writer, locations } = emitter
  const location = (keyword: string) =>
    keyword in node.keywords ? keywordLocation(locations, node, keyword, node.keywords[keyword]) : u32Max
  const prefix = parts.children ? (node.many.prefixItems ?? []) : []
  const item = addItem(writer, op.ARRAY, arrayLayout.PREFIX + prefix.length * 8)
  putU32(writer, item + arrayLayout.TYPED, parts.typed ? 1 : 0)
  putU32(writer, item + arrayLayout.TYPE_LOCATION, parts.typed ? location('type') : u32Max)
  putU32(writer, item + arrayLayout.ITEMS_MAX, u32Max)
  putU32(writer, item + arrayLayout.MIN_LOCATION, u32Max)
  putU32(writer, item + arrayLayout.MAX_LOCATION, u32Max)
  if (parts.assertions) {
    putU32(writer, item + arrayLayout.ITEMS_MIN, countBound(node, 'minItems', 0))
    putU32(writer, item + arrayLayout.ITEMS_MAX, countBound(node, 'maxItems', u32Max))
    putU32(writer, item + arrayLayout.MAX_LOCATION, location('maxItems'))
    putU32(writer, item + arrayLayout.MIN_LOCATION, location('minItems'))
  }
  putU32(writer, item + arrayLayout.PREFIX_COUNT, prefix.length)
  for (const [index, child] of prefix.entries()) putNodeSlot(emitter, item + arrayLayout.PREFIX + index * 8, child)
  if (parts.children) putNodeSlot(emitter, item + arrayLayout.ITEMS, node.one.items)
}

/** Appends UNIQUE where the node wants it. */
export function addUnique({ writer, locations }: Emitter, node: SchemaNode): void {
  if (node.keywords.uniqueItems !== true) return
  const item = addItem(writer, op.UNIQUE, uniqueLayout.BYTES)
  putU32(writer, item + uniqueLayout.LOCATION, keywordLocation(locations, node, 'uniqueItems', true))
}

/** Appends CONTAINS for a node that has `contains`. */
export function addContains(emitter: Emitter, node: SchemaNode): void {
  if (node.one.contains === undefined) return
  const { writer, locations } = emitter
  const item = addItem(writer, op.CONTAINS, containsLayout.BYTES)
  const location = (keyword: string) => keywordLocation(locations, node, keyword, node.keywords[keyword])
  putU32(writer, item + containsLayout.MIN, countBound(node, 'minContains', 1))
  putU32(writer, item + containsLayout.MAX, countBound(node, 'maxContains', u32Max))
  const atLeast = 'minContains' in node.keywords ? 'minContains' : 'contains'
  putU32(writer, item + containsLayout.MIN_LOCATION, location(atLeast))
  putU32(writer, item + containsLayout.MAX_LOCATION, 'maxContains' in node.keywords ? location('maxContains') : u32Max)
  putNodeSlot(emitter, item + containsLayout.SLOT, node.one.contains)
}
