// What `unevaluatedItems` and `unevaluatedProperties` ask about: which children some part of the schema has evaluated. All
// parts that apply to the same value are known when the schema is compiled; what is not known is which branches will fit.
// So each branch gets a bit, which the kernel marks when it fits, and each part is a source that counts when the bits of
// all branches around it are marked.

import { unsupported } from './keywords.ts'
import { markCountMax } from './layout.ts'
import type { SchemaNode } from './node.ts'

const schemaCountMax = 20_000

/** What a source has evaluated. */
export type Evaluated =
  | { readonly kind: 'all' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'pattern'; readonly pattern: string; readonly node: SchemaNode }
  | { readonly kind: 'prefix'; readonly count: number }
  | { readonly kind: 'contains'; readonly node: SchemaNode }

export type Source = {
  readonly of: 'items' | 'properties'
  /** The way to the schema object from the one that collects, as keywords and names. */
  readonly path: string
  /** Bits that must be marked. */
  readonly conditions: readonly number[]
  readonly evaluated: Evaluated
  /** It is an `unevaluated…` keyword, which does not ask itself. */
  readonly asks: boolean
}

export type Collector = {
  readonly sources: Source[]
  /** Bits by the path of the branch. */
  readonly bits: Map<string, number>
  /** How many conditions are around a schema object, by path. */
  readonly depths: Map<string, number>
}

/** Whether the node asks what was evaluated. */
export function asksUnevaluated(node: SchemaNode): boolean {
  return 'unevaluatedItems' in node.one || 'unevaluatedProperties' in node.one
}

/** Collects the sources of a node and of all that applies in place below it. */
export function collect(node: SchemaNode): Collector {
  const collector: Collector = { sources: [], bits: new Map(), depths: new Map() }
  visit(collector, node, '', [])
  return collector
}

/** The sources that the node at `path` asks, with the conditions that are not around the node itself. */
export function sourcesFor(collector: Collector, path: string, of: Source['of']): Source[] {
  const depth = collector.depths.get(path) ?? 0
  return collector.sources
    .filter((source) => source.of === of && (source.path === path || source.path.startsWith(`${path}/`)))
    .filter((source) => source.path !== path || !source.asks)
    .map((source) => ({ ...source, conditions: source.conditions.slice(depth) }))
}

function visit(collector: Collector, node: SchemaNode, path: string, conditions: readonly number[]): void {
  if (node.verdict !== undefined) return
  if (collector.depths.size >= schemaCountMax) {
    throw unsupported(node.pointer, node.holder, `more than ${schemaCountMax} schemas apply to one value, written out`)
  }
  collector.depths.set(path, conditions.length)
  const add = (of: Source['of'], evaluated: Evaluated, asks = false) =>
    collector.sources.push({ of, path, conditions, evaluated, asks })
  for (const [name] of node.named.properties ?? []) add('properties', { kind: 'name', name })
  for (const [pattern] of node.named.patternProperties ?? []) add('properties', { kind: 'pattern', pattern, node })
  if ('additionalProperties' in node.one) add('properties', { kind: 'all' })
  if ('unevaluatedProperties' in node.one) add('properties', { kind: 'all' }, true)
  if ('prefixItems' in node.many) add('items', { kind: 'prefix', count: node.many.prefixItems?.length ?? 0 })
  if ('items' in node.one) add('items', { kind: 'all' })
  if (node.one.contains !== undefined) add('items', { kind: 'contains', node: node.one.contains })
  if ('unevaluatedItems' in node.one) add('items', { kind: 'all' }, true)
  visitInPlace(collector, node, path, conditions)
}

function visitInPlace(collector: Collector, node: SchemaNode, path: string, conditions: readonly number[]): void {
  const branch = (child: SchemaNode, at: string) =>
    visit(collector, child, at, [...conditions, addBit(collector, node, at)])
  for (const keyword of ['$ref', '$dynamicRef']) {
    const target = node.one[keyword]
    if (target !== undefined) visit(collector, target, `${path}/${keyword}`, conditions)
  }
  for (const [name, child] of node.named.dependentSchemas ?? []) branch(child, `${path}/dependentSchemas/${name}`)
  for (const [index, child] of (node.many.allOf ?? []).entries()) {
    visit(collector, child, `${path}/allOf/${index}`, conditions)
  }
  for (const keyword of ['anyOf', 'oneOf']) {
    for (const [index, child] of (node.many[keyword] ?? []).entries()) branch(child, `${path}/${keyword}/${index}`)
  }
  if (node.one.if === undefined) return
  branch(node.one.if, `${path}/if`)
  if (node.one.then !== undefined) {
    visit(collector, node.one.then, `${path}/then`, [...conditions, collector.bits.get(`${path}/if`) as number])
  }
  if (node.one.else !== undefined) branch(node.one.else, `${path}/else`)
}

function addBit(collector: Collector, node: SchemaNode, path: string): number {
  const bit = collector.bits.size
  if (bit >= markCountMax) {
    const why = `more than ${markCountMax} branches apply to a value whose unevaluated children are asked for`
    throw unsupported(node.pointer, node.holder, why)
  }
  collector.bits.set(path, bit)
  return bit
}
