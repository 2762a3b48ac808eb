// What a schema can be checked by: the slot kind its form allows. The cheaper kinds are for schemas that ask little; the
// meaning is the same whichever is taken.

import { type SlotKind, scalarKeywords, slotKind, typeBits, typesAll } from './layout.ts'
import type { SchemaNode } from './node.ts'

const objectKeywords = new Set(['type', 'required', 'minProperties', 'maxProperties'])
const arrayKeywords = new Set(['type', 'minItems', 'maxItems'])
/** Keywords without effect on a value by themselves. */
const structure = new Set(['$schema', '$id', '$anchor', '$dynamicAnchor', '$defs', 'minContains', 'maxContains'])
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
  return values.every((value) => typeof value === 'string' && Buffer.byteLength(value) <= wordBytesMax)
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
  if (asks('enum', 'const', 'multipleOf', 'pattern', 'format')) return slotKind.SCALAR
  if (mask === typeBits.string) return slotKind.STRING
  if (mask === typeBits.integer) return slotKind.INTEGER
  return mask === typeBits.number ? slotKind.NUMBER : slotKind.SCALAR
}

/** The kinds of a plain container's children: flat when all are leaves. */
function containerKind(children: readonly SchemaNode[], highest: SlotKind): boolean {
  return children.every((child) => shapeOf(child) <= highest)
}

function isPlainObject(node: SchemaNode): boolean {
  const holds = applicators(node).every((keyword) => keyword === 'properties' || keyword === 'additionalProperties')
  if (!holds || !assertions(node).every((keyword) => objectKeywords.has(keyword))) return false
  return node.keywords.type === undefined || typeMask(node) === typeBits.object
}

function isPlainArray(node: SchemaNode): boolean {
  const holds = applicators(node).every((keyword) => keyword === 'items')
  if (!holds || !assertions(node).every((keyword) => arrayKeywords.has(keyword))) return false
  return node.keywords.type === undefined || typeMask(node) === typeBits.array
}

function objectKind(node: SchemaNode): SlotKind {
  const children = (node.named.properties ?? []).map(([, child]) => child)
  if (node.one.additionalProperties !== undefined) children.push(node.one.additionalProperties)
  if (containerKind(children, slotKind.SCALAR)) return slotKind.FLAT_OBJECT
  return containerKind(children, slotKind.FLAT_ARRAY) ? slotKind.NEST_OBJECT : slotKind.BLOCK
}

/** The slot kind for the node. */
export function shapeOf(node: SchemaNode): SlotKind {
  if (node.verdict !== undefined) return node.verdict ? slotKind.ANY : slotKind.NEVER
  const scalars = new Set<string>(scalarKeywords)
  if (applicators(node).length === 0 && assertions(node).every((keyword) => scalars.has(keyword))) return leafKind(node)
  if (isPlainObject(node)) return objectKind(node)
  if (!isPlainArray(node)) return slotKind.BLOCK
  const items = node.one.items
  return items === undefined || shapeOf(items) <= slotKind.FLAT_OBJECT ? slotKind.FLAT_ARRAY : slotKind.BLOCK
}
