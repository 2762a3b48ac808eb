// Writes blocks and slots: which items a schema becomes, and in which order. The order within a block is that of
// docs/schema.md, "The first error".
import { addArray, addObject } from './emit-container.ts'
import { addScalar } from './emit-scalar.ts'
import type { Emitter } from './emitter.ts'
import { blockLayout, op, scalarKeywords, slotKind, typeBits } from './layout.ts'
import { falseLocation } from './locations.ts'
import type { SchemaNode } from './node.ts'
import { shapeOf, typeMask } from './shape.ts'
import { addItem, putSlot, putU32 } from './writer.ts'

const arrayKeywords = ['maxItems', 'minItems', 'prefixItems', 'items']
const objectKeywords = ['maxProperties', 'minProperties', 'required', 'properties', 'additionalProperties']

/** Writes a slot for the node; what it names follows as a task. No node: anything is taken. */
export function putNodeSlot(emitter: Emitter, slot: number, node: SchemaNode | undefined): void {
  const kind = node === undefined ? slotKind.ANY : shapeOf(node)
  const isNever = kind === slotKind.NEVER && node !== undefined
  putSlot(emitter.writer, slot, kind, isNever ? falseLocation(emitter.locations, node) : 0)
  if (node === undefined || kind <= slotKind.NEVER) return
  emitter.tasks.push(() => {
    const operand = kind <= slotKind.SCALAR ? leafOf(emitter, node) : addBlock(emitter, node, slot)
    putSlot(emitter.writer, slot, kind, operand)
  })
}

/** The SCALAR between blocks for a leaf node; several slots may name one. */
function leafOf(emitter: Emitter, node: SchemaNode): number {
  const known = emitter.leaves.get(node)
  if (known !== undefined) return known
  const item = addScalar(emitter, node, true)
  emitter.leaves.set(node, item)
  return item
}

/** Appends the block of a node, for the slot that names it. */
function addBlock(emitter: Emitter, node: SchemaNode, owner: number): number {
  const { writer } = emitter
  const block = addItem(writer, op.BLOCK, blockLayout.BYTES)
  putU32(writer, block + blockLayout.OWNER, owner)
  addInstructions(emitter, node)
  addItem(writer, op.END, 8)
  return block
}

function asks(node: SchemaNode, keywords: readonly string[]): boolean {
  return keywords.some((each) => each in node.keywords || each in node.one || each in node.many || each in node.named)
}

/** The instructions of one schema object. A container's own instruction checks `type` too where nothing comes between. */
function addInstructions(emitter: Emitter, node: SchemaNode): void {
  const mask = typeMask(node)
  const hasSet = asks(node, ['enum', 'const'])
  const array = mask & typeBits.array && asks(node, arrayKeywords)
  const object = mask & typeBits.object && asks(node, objectKeywords)
  const typedArray = array && mask === typeBits.array && !hasSet
  const typedObject = object && mask === typeBits.object && !hasSet
  const typed = asks(node, ['type']) && !typedArray && !typedObject
  if (typed || asks(node, scalarKeywords.slice(1))) addScalar(emitter, node, typed)
  if (array) addArray(emitter, node, Boolean(typedArray))
  if (object) addObject(emitter, node, Boolean(typedObject))
}
