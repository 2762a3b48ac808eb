// What a schema can be checked by: the slot kind its form allows. The cheaper kinds are for schemas that ask little; the
// meaning is the same whichever is taken.

import { encodeValue } from '../kernel/encode-value.ts'
import type { Emitter } from './emitter.ts'
import { type SlotKind, scalarKeywords, slotKind, typeBits, typesAll } from './layout.ts'
import type { SchemaNode } from './node.ts'

const objectKeywords = new Set(['type', 'required', 'minProperties', 'maxProperties'])
const arrayKeywords = new Set(['type', 'minItems', 'maxItems'])
/** Keywords without effect on a value by themselves. */
const structure = new Set(['$schema', '$id', '$anchor', '$dynamicAnchor', '$defs', 'minContains', 'maxContains'])
const scalarNames = new Set<string>(scalarKeywords)
const wordBytesMax = 7

/** Bits of the types the node's `type` takes. */
export function typeMask(node: SchemaNode): number {
  const type = node.keywords.type
  if (type === undefined) return typesAll
  const names = (Array.isArray(type) ? type : [type]) as (keyof typeof typeBits)[]
  return names.reduce((mask, name) => mask | typeBits[name], 0)
}

/** The values of `enum` or of `const`, where only one of them is there. */
export function onlySet(node: SchemaNode): readonly unknown[] | undefined {
  const { enum: values, const: constant } = node.keywords
  if (values !== undefined && 'const' in node.keywords) return undefined
  if ('const' in node.keywords) return [constant]
  return values as readonly unknown[] | undefined
}

/** The keywords that are assertions of the node itself. */
function assertions(node: SchemaNode): string[] {
  return Object.keys(node.keywords).filter((keyword) => !structure.has(keyword))
}

function applicators(node: SchemaNode): string[] {
  const keywords = [...Object.keys(node.one), ...Object.keys(node.many), ...Object.keys(node.named)]
  return keywords.filter((keyword) => !structure.has(keyword))
}

/** Whether every value is a short string, so that each is one word of MessagePack. */
export function areWords(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string' && encodeValue(value).length <= wordBytesMax + 1)
}

function leafKind(node: SchemaNode): SlotKind {
  const mask = typeMask(node)
  const set = onlySet(node)
  const asked = new Set(assertions(node))
  const asks = (...keywords: string[]) => keywords.some((keyword) => asked.has(keyword))
  if (asked.size === 0) return slotKind.ANY
  if (set !== undefined) {
    const plain = mask & typeBits.string && areWords(set) && !asks('maxLength', 'minLength', 'pattern', 'format')
    return plain ? slotKind.WORDS : slotKind.SCALAR
  }
  if (asks('enum', 'const')) return slotKind.SCALAR
  if (mask === typeBits.string) return asks('pattern', 'format') ? slotKind.TEXT : slotKind.STRING
  if (asks('multipleOf')) return slotKind.SCALAR
  if (mask === typeBits.integer) return slotKind.INTEGER
  return mask === typeBits.number ? slotKind.NUMBER : slotKind.SCALAR
}

/** Whether the slots of all children are of this kind or a cheaper one. */
function areAtMost(emitter: Emitter, children: readonly SchemaNode[], highest: SlotKind): boolean {
  return children.every((child) => shapeOf(emitter, targetOf(emitter, child)) <= highest)
}

function isPlain(node: SchemaNode, applied: readonly string[], asserted: ReadonlySet<string>, type: number): boolean {
  if (!applicators(node).every((keyword) => applied.includes(keyword))) return false
  if (!assertions(node).every((keyword) => asserted.has(keyword))) return false
  return node.keywords.type === undefined || typeMask(node) === type
}

function objectKind(emitter: Emitter, node: SchemaNode): SlotKind {
  const children = (node.named.properties ?? []).map(([, child]) => child)
  if (node.one.additionalProperties !== undefined) children.push(node.one.additionalProperties)
  if (areAtMost(emitter, children, slotKind.SCALAR)) return slotKind.FLAT_OBJECT
  return areAtMost(emitter, children, slotKind.FLAT_ARRAY) ? slotKind.NEST_OBJECT : slotKind.BLOCK
}

function kindOf(emitter: Emitter, node: SchemaNode): SlotKind {
  if (node.verdict !== undefined) return node.verdict ? slotKind.ANY : slotKind.NEVER
  if (isPlain(node, [], scalarNames, typeMask(node))) return leafKind(node)
  if (isPlain(node, ['properties', 'additionalProperties'], objectKeywords, typeBits.object)) {
    return objectKind(emitter, node)
  }
  if (!isPlain(node, ['items'], arrayKeywords, typeBits.array)) return slotKind.BLOCK
  const items = node.one.items === undefined ? [] : [node.one.items]
  return areAtMost(emitter, items, slotKind.FLAT_OBJECT) ? slotKind.FLAT_ARRAY : slotKind.BLOCK
}

/** The slot kind for a node that `targetOf` gave. */
export function shapeOf(emitter: Emitter, node: SchemaNode): SlotKind {
  const known = emitter.shapes.get(node)
  if (known !== undefined) return known
  const kind = kindOf(emitter, node)
  emitter.shapes.set(node, kind)
  return kind
}

/** The node that stands for this one: the target of a schema that is nothing but a reference that costs nothing. */
export function targetOf(emitter: Emitter, node: SchemaNode): SchemaNode {
  const target = node.one.$ref
  if (target === undefined || emitter.charged || applicators(node).length > 1 || assertions(node).length > 0)
    return node
  return targetOf(emitter, target)
}
