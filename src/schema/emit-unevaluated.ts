// Writes UNEVALUATED_ITEMS and UNEVALUATED_PROPERTIES with their sources (assembly/schema/program.ts draws them).
import { encodeValue } from '../kernel/encode-value.ts'
import { type Source, sourcesFor } from './collect.ts'
import { putNodeSlot } from './emit.ts'
import { wantPattern } from './emit-automaton.ts'
import type { Context, Emitter } from './emitter.ts'
import { op, sourceKind, sourceLayout, tokenLayout, unevaluatedLayout } from './layout.ts'
import { longNameBytes, putName } from './name.ts'
import type { SchemaNode } from './node.ts'
import { addItem, putU32 } from './writer.ts'

/** Bytes of a source's operand that stand in the item. */
function operandBytes(source: Source): number {
  if (source.evaluated.kind === 'name') return tokenLayout.BYTES
  return source.evaluated.kind === 'contains' ? 8 : 0
}

function sourceName(source: Source): Uint8Array[] {
  return source.evaluated.kind === 'name' ? [encodeValue(source.evaluated.name)] : []
}

function addUnevaluated(emitter: Emitter, node: SchemaNode, child: SchemaNode, sources: Source[], code: number): void {
  const { writer } = emitter
  let operandAt = unevaluatedLayout.SOURCES + sources.length * sourceLayout.BYTES
  let conditionsAt = operandAt + sources.reduce((bytes, source) => bytes + operandBytes(source), 0)
  let textAt = conditionsAt + sources.reduce((bytes, source) => bytes + source.conditions.length * 4, 0)
  const item = addItem(writer, code, textAt + longNameBytes(sources.flatMap(sourceName)))
  putU32(writer, item + unevaluatedLayout.COUNT, sources.length)
  for (const [index, source] of sources.entries()) {
    const at = unevaluatedLayout.SOURCES + index * sourceLayout.BYTES
    putU32(writer, item + at, conditionsAt)
    putU32(writer, item + at + sourceLayout.CONDITION_COUNT, source.conditions.length)
    for (const [place, bit] of source.conditions.entries()) putU32(writer, item + conditionsAt + place * 4, bit)
    textAt += putSource(emitter, node, item, at, source, operandAt, textAt)
    conditionsAt += source.conditions.length * 4
    operandAt += operandBytes(source)
  }
  putNodeSlot(emitter, item + unevaluatedLayout.SLOT, child)
}

/** Writes kind and operand of the source at `at`; returns the bytes of text it took. */
function putSource(
  emitter: Emitter,
  node: SchemaNode,
  item: number,
  at: number,
  { evaluated }: Source,
  operandAt: number,
  textAt: number,
): number {
  const { writer } = emitter
  const put = (kind: number, operand: number) => {
    putU32(writer, item + at + sourceLayout.KIND, kind)
    putU32(writer, item + at + sourceLayout.OPERAND, operand)
  }
  switch (evaluated.kind) {
    case 'all':
      put(sourceKind.ALL, 0)
      return 0
    case 'prefix':
      put(sourceKind.PREFIX, evaluated.count)
      return 0
    case 'pattern':
      put(sourceKind.PATTERN, 0)
      wantPattern(emitter, node, evaluated.pattern, item, at + sourceLayout.OPERAND)
      return 0
    case 'contains':
      put(sourceKind.CONTAINS, operandAt)
      putNodeSlot(emitter, item + operandAt, evaluated.node)
      return 0
    case 'name':
      put(sourceKind.NAME, operandAt)
      return putName(writer, item + operandAt, encodeValue(evaluated.name), item + textAt)
  }
}

/** Appends what asks for unevaluated children, at the end of the node's instructions. */
export function addUnevaluatedKeywords(emitter: Emitter, node: SchemaNode, { collector, path }: Context): void {
  const { unevaluatedItems, unevaluatedProperties } = node.one
  if (collector === undefined) return
  if (unevaluatedItems !== undefined) {
    addUnevaluated(emitter, node, unevaluatedItems, sourcesFor(collector, path, 'items'), op.UNEVALUATED_ITEMS)
  }
  if (unevaluatedProperties !== undefined) {
    const sources = sourcesFor(collector, path, 'properties')
    addUnevaluated(emitter, node, unevaluatedProperties, sources, op.UNEVALUATED_PROPERTIES)
  }
}
