// Writes slots and blocks: which items a schema becomes, and in which order. The order within a block is that of
// docs/schema.md, "The order of errors".
import { asksUnevaluated, collect } from './collect.ts'
import { addArray, addContains, addUnique } from './emit-array.ts'
import { addApplicators, addReferences, applyInPlace } from './emit-branch.ts'
import { addDependent, addObject } from './emit-object.ts'
import { addScalar } from './emit-scalar.ts'
import { addUnevaluatedKeywords } from './emit-unevaluated.ts'
import type { Context, Emitter } from './emitter.ts'
import { blockLayout, op, scalarKeywords, slotKind, typeBits } from './layout.ts'
import { falseLocation } from './locations.ts'
import type { SchemaNode } from './node.ts'
import { shapeOf, targetOf, typeMask } from './shape.ts'
import { addItem, putSlot, putU32 } from './writer.ts'

const arrayCounts = ['maxItems', 'minItems']
const arrayChildren = ['prefixItems', 'items']
const objectAssertions = ['maxProperties', 'minProperties', 'required']
const objectChildren = ['properties', 'patternProperties', 'additionalProperties', 'propertyNames']

/** Writes a slot for the node; what it names follows as a task. No node: anything is taken. */
export function putNodeSlot(emitter: Emitter, slot: number, given: SchemaNode | undefined): void {
  const node = given === undefined ? undefined : targetOf(emitter, given)
  const kind = node === undefined ? slotKind.ANY : shapeOf(emitter, node)
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
  const block = addItem(emitter.writer, op.BLOCK, blockLayout.BYTES)
  putU32(emitter.writer, block + blockLayout.OWNER, owner)
  endBlock(emitter, node, { collector: undefined, path: '' })
  return block
}

/** The instructions of a block that has begun, and its end. */
export function endBlock(emitter: Emitter, node: SchemaNode, context: Context): void {
  const { writer } = emitter
  const collects = asksUnevaluated(node)
  if (collects) addItem(writer, op.COLLECT, 8)
  applyInPlace(emitter, node, collects ? { collector: collect(node), path: '' } : context)
  if (collects) addItem(writer, op.RELEASE, 8)
  addItem(writer, op.END, 8)
}

function asks(node: SchemaNode, keywords: readonly string[]): boolean {
  return keywords.some((each) => each in node.keywords || each in node.one || each in node.many || each in node.named)
}

/** The instructions of one schema object, in canonical order. */
export function addInstructions(emitter: Emitter, node: SchemaNode, context: Context): void {
  addReferences(emitter, node, context)
  // What `type` leaves no value for is written as well: all errors of a value of another type may be asked for. A container's
  // own instruction checks `type` too where nothing comes between that could refuse another type's value.
  const mask = typeMask(node)
  const asksScalar = asks(node, scalarKeywords.slice(1))
  const array = asks(node, [...arrayCounts, ...arrayChildren])
  const object = asks(node, [...objectAssertions, ...objectChildren])
  const asksArray = array || asks(node, ['uniqueItems', 'contains'])
  const typedArray = array && mask === typeBits.array && !asksScalar
  const typedObject = object && mask === typeBits.object && !asksScalar && !asksArray
  const typed = asks(node, ['type']) && !typedArray && !typedObject
  if (typed || asksScalar) addScalar(emitter, node, typed)
  addArrayInstructions(emitter, node, array, typedArray)
  addObjectInstructions(emitter, node, object, typedObject)
  addApplicators(emitter, node, context)
  addUnevaluatedKeywords(emitter, node, context)
}

/** `uniqueItems` comes between the counts and the elements. */
function addArrayInstructions(emitter: Emitter, node: SchemaNode, asked: boolean, typed: boolean): void {
  const split = node.keywords.uniqueItems === true && asks(node, arrayChildren)
  if (asked) addArray(emitter, node, { typed, assertions: true, children: !split })
  addUnique(emitter, node)
  if (split && asked) addArray(emitter, node, { typed: false, assertions: false, children: true })
  addContains(emitter, node)
}

/** `dependentRequired` comes between `required` and the members. */
function addObjectInstructions(emitter: Emitter, node: SchemaNode, asked: boolean, typed: boolean): void {
  const split = 'dependentRequired' in node.keywords && asks(node, objectChildren)
  if (asked) addObject(emitter, node, { typed, assertions: true, children: !split })
  addDependent(emitter, node)
  if (split && asked) addObject(emitter, node, { typed: false, assertions: false, children: true })
}
