// Writes the instructions that check the same value by further schemas: references, `allOf`, `dependentSchemas` and the
// branches. Within a block that collects what was evaluated, each branch is a block that marks its bit at its end.
import { encodeValue } from '../kernel/encode-value.ts'
import { asksUnevaluated } from './collect.ts'
import { addInstructions, endBlock, putNodeSlot } from './emit.ts'
import type { Context, Emitter } from './emitter.ts'
import { unsupported } from './keywords.ts'
import {
  applyLayout,
  blockLayout,
  branchLayout,
  callLayout,
  ifLayout,
  markLayout,
  notLayout,
  op,
  slotKind,
  whenLayout,
} from './layout.ts'
import { falseLocation, keywordLocation } from './locations.ts'
import { longNameBytes, putName } from './name.ts'
import type { SchemaNode } from './node.ts'
import { addItem, putSlot, putU32 } from './writer.ts'

/** References that lead to references twice, on each of thirty levels, would be a thousand million. */
const inlinedCountMax = 200_000

/** The context one step further down. */
function below(context: Context, token: string): Context {
  return { ...context, path: `${context.path}/${token}` }
}

/** A schema at the same value: its instructions stand here, unless it needs a block to collect in. */
export function applyInPlace(emitter: Emitter, node: SchemaNode, context: Context): void {
  const { writer, locations } = emitter
  emitter.inlinedCount++
  if (emitter.inlinedCount > inlinedCountMax) {
    throw unsupported(node.pointer, node.holder, `more than ${inlinedCountMax} schemas apply, written out`)
  }
  if (node.verdict === true) return
  if (node.verdict === false) {
    putU32(writer, addItem(writer, op.FALSE, 8) + 4, falseLocation(locations, node))
  } else if (asksUnevaluated(node) && context.collector === undefined) {
    const item = addItem(writer, op.APPLY, applyLayout.BYTES)
    putNodeSlot(emitter, item + applyLayout.SLOT, node)
  } else addInstructions(emitter, node, context)
}

/** `$ref` and `$dynamicRef`. */
export function addReferences(emitter: Emitter, node: SchemaNode, context: Context): void {
  const { writer } = emitter
  for (const keyword of ['$ref', '$dynamicRef']) {
    const target = node.one[keyword]
    if (target === undefined) continue
    const inPlace = !emitter.charged || context.collector !== undefined || target.verdict !== undefined
    if (inPlace) {
      if (emitter.charged) addItem(writer, op.CHARGE, 8)
      applyInPlace(emitter, target, below(context, keyword))
    } else addCall(emitter, target)
  }
}

/** CALL of the target's own block, which is written once. */
function addCall(emitter: Emitter, target: SchemaNode): void {
  const { writer, functions, tasks } = emitter
  const item = addItem(writer, op.CALL, callLayout.BYTES)
  if (!functions.has(target)) {
    functions.set(target, undefined)
    tasks.push(() => {
      const block = addItem(writer, op.BLOCK, blockLayout.BYTES)
      functions.set(target, block)
      endBlock(emitter, target, { collector: undefined, path: '' })
    })
  }
  // The task of the function may have run long ago, or may still wait: this one runs after it.
  tasks.push(() => putU32(writer, item + callLayout.BLOCK, functions.get(target) as number))
}

/** A slot for a branch; while what was evaluated is collected, a block that marks the branch's bit. */
function putBranchSlot(emitter: Emitter, slot: number, node: SchemaNode, context: Context): void {
  const { writer, tasks } = emitter
  if (context.collector === undefined) {
    putNodeSlot(emitter, slot, node)
    return
  }
  const bit = context.collector.bits.get(context.path)
  putSlot(writer, slot, slotKind.BLOCK, 0)
  tasks.push(() => {
    const block = addItem(writer, op.BLOCK, blockLayout.BYTES)
    putU32(writer, block + blockLayout.OWNER, slot)
    putSlot(writer, slot, slotKind.BLOCK, block)
    applyInPlace(emitter, node, context)
    if (bit !== undefined) putU32(writer, addItem(writer, op.MARK, markLayout.BYTES) + markLayout.BIT, bit)
    addItem(writer, op.END, 8)
  })
}

/** `dependentSchemas`: WHEN for each. */
function addDependentSchemas(emitter: Emitter, node: SchemaNode, context: Context): void {
  const { writer } = emitter
  for (const [name, child] of node.named.dependentSchemas ?? []) {
    const encoded = encodeValue(name)
    const textAt = whenLayout.TOKEN + 48
    const item = addItem(writer, op.WHEN, textAt + longNameBytes([encoded]))
    putName(writer, item + whenLayout.TOKEN, encoded, item + textAt)
    putBranchSlot(emitter, item + whenLayout.SLOT, child, below(context, `dependentSchemas/${name}`))
  }
}

/** `anyOf` and `oneOf`. */
function addBranches(emitter: Emitter, node: SchemaNode, keyword: 'anyOf' | 'oneOf', context: Context): void {
  const { writer, locations } = emitter
  const branches = node.many[keyword]
  if (branches === undefined) return
  const item = addItem(writer, keyword === 'anyOf' ? op.ANY : op.ONE, branchLayout.SLOTS + branches.length * 8)
  putU32(writer, item + branchLayout.LOCATION, keywordLocation(locations, node, keyword, undefined))
  putU32(writer, item + branchLayout.COUNT, branches.length)
  putU32(writer, item + branchLayout.ALL, context.collector === undefined ? 0 : 1)
  for (const [index, child] of branches.entries()) {
    const slot = item + branchLayout.SLOTS + index * 8
    putBranchSlot(emitter, slot, child, below(context, `${keyword}/${index}`))
  }
}

function addNot(emitter: Emitter, node: SchemaNode): void {
  if (node.one.not === undefined) return
  const { writer, locations } = emitter
  const item = addItem(writer, op.NOT, notLayout.BYTES)
  putU32(writer, item + notLayout.LOCATION, keywordLocation(locations, node, 'not', undefined))
  putNodeSlot(emitter, item + notLayout.SLOT, node.one.not)
}

function addIf(emitter: Emitter, node: SchemaNode, context: Context): void {
  const { if: condition, then, else: otherwise } = node.one
  // Without consequences a condition matters only for what it evaluates.
  if (condition === undefined) return
  if (then === undefined && otherwise === undefined && context.collector === undefined) return
  const { writer } = emitter
  const item = addItem(writer, op.IF, ifLayout.BYTES)
  putBranchSlot(emitter, item + ifLayout.SLOT, condition, below(context, 'if'))
  if (then !== undefined) putBranchSlot(emitter, item + ifLayout.THEN, then, below(context, 'then'))
  if (otherwise !== undefined) putBranchSlot(emitter, item + ifLayout.ELSE, otherwise, below(context, 'else'))
}

/** All of a node's keywords that check the same value again, but for references, in canonical order. */
export function addApplicators(emitter: Emitter, node: SchemaNode, context: Context): void {
  addDependentSchemas(emitter, node, context)
  for (const [index, child] of (node.many.allOf ?? []).entries()) {
    applyInPlace(emitter, child, below(context, `allOf/${index}`))
  }
  addBranches(emitter, node, 'anyOf', context)
  addBranches(emitter, node, 'oneOf', context)
  addNot(emitter, node)
  addIf(emitter, node, context)
}
