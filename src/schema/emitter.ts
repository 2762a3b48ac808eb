// What all parts of the emitter share: the program as it grows, and what is still to be written behind the block at hand.
// Blocks and data never stand inside a block, so a part that needs one leaves a task; tasks run in order.
import type { CompileOptions } from './compile.ts'
import type { Locations } from './locations.ts'
import type { SchemaNode } from './node.ts'
import type { Writer } from './writer.ts'

export type Emitter = {
  readonly writer: Writer
  readonly locations: Locations
  readonly options: CompileOptions
  readonly tasks: (() => void)[]
  /** SCALAR items that stand between blocks, by node: several slots may name one. */
  readonly leaves: Map<SchemaNode, number>
}

/** Runs tasks, also those that tasks leave, until none is left. */
export function runTasks(emitter: Emitter): void {
  for (let index = 0; index < emitter.tasks.length; index++) (emitter.tasks[index] as () => void)()
  emitter.tasks.length = 0
}
