// What all parts of the emitter share: the program as it grows, and what is still to be written behind the block at hand.
// Blocks and data never stand inside a block, so a part that needs one leaves a task; tasks run in order.
import type { Collector } from './collect.ts'
import type { CompileOptions } from './compile.ts'
import type { SlotKind } from './layout.ts'
import type { Locations } from './locations.ts'
import type { SchemaNode } from './node.ts'
import { putU32, type Writer } from './writer.ts'

export type Emitter = {
  readonly writer: Writer
  readonly locations: Locations
  readonly options: CompileOptions
  /** References are calls that are charged; without, the schema referred to stands in their place. */
  readonly charged: boolean
  readonly tasks: (() => void)[]
  /** SCALAR items that stand between blocks, by node: several slots may name one. */
  readonly leaves: Map<SchemaNode, number>
  /** Blocks that CALL names, by node; undefined while the task that writes one waits. */
  readonly functions: Map<SchemaNode, number | undefined>
  readonly shapes: Map<SchemaNode, SlotKind>
  /** Schemas that stand in place of references or of a keyword such as `allOf`, so far. */
  inlinedCount: number
  /** Automata to be written behind everything else, by pattern or format, and where their distance is wanted. */
  readonly automata: Map<string, { readonly write: () => number; readonly wanted: { item: number; field: number }[] }>
}

/** Where a node is evaluated: within which block that collects what was evaluated, and on which way from there. */
export type Context = { readonly collector: Collector | undefined; readonly path: string }

/** Runs tasks, also those that tasks leave, until none is left; then writes the automata. */
export function runTasks(emitter: Emitter): void {
  for (let index = 0; index < emitter.tasks.length; index++) (emitter.tasks[index] as () => void)()
  emitter.tasks.length = 0
  for (const { write, wanted } of emitter.automata.values()) {
    const automaton = write()
    for (const { item, field } of wanted) putU32(emitter.writer, item + field, automaton - item)
  }
}

/** Has the distance of an automaton written at `field` of the item, once it stands. */
export function wantAutomaton(emitter: Emitter, key: string, write: () => number, item: number, field: number): void {
  const known = emitter.automata.get(key)
  if (known === undefined) emitter.automata.set(key, { write, wanted: [{ item, field }] })
  else known.wanted.push({ item, field })
}
