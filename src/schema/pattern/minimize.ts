// Merges the states of a deterministic automaton that no text tells apart.
import type { ClassAutomaton } from './determine.ts'

/**
 * The smallest automaton of the same language. Hopcroft's algorithm (1971): blocks of states are split by where a class
 * leads, each time taking up the smaller half, so that the time is n log n.
 */
export function minimize(automaton: ClassAutomaton): ClassAutomaton {
  const { next, accepts, classCount } = automaton
  const sources = sourcesOf(automaton)
  const accepting = accepts.flatMap((accept, state) => (accept ? [state] : []))
  const refusing = accepts.flatMap((accept, state) => (accept ? [] : [state]))
  const blocks = [accepting, refusing].filter((block) => block.length > 0).map((block) => new Set(block))
  const blockOf = new Int32Array(next.length)
  for (const [index, block] of blocks.entries()) for (const state of block) blockOf[state] = index
  const waiting = new Set(blocks.keys())
  for (const splitter of waiting) {
    waiting.delete(splitter)
    const states = [...(blocks[splitter] as Set<number>)]
    for (let taken = 0; taken < classCount; taken++) {
      const leading = states.flatMap((state) => sources[taken]?.[state] ?? [])
      for (const [index, inside] of groupByBlock(leading, blockOf)) split(blocks, blockOf, waiting, index, inside)
    }
  }
  return merge(automaton, blocks, blockOf)
}

/** States that lead to a state, by class and state. */
function sourcesOf({ next, classCount }: ClassAutomaton): number[][][] {
  const sources = Array.from({ length: classCount }, () => Array.from({ length: next.length }, (): number[] => []))
  for (const [state, targets] of next.entries()) {
    for (const [taken, target] of targets.entries()) sources[taken]?.[target]?.push(state)
  }
  return sources
}

function groupByBlock(states: readonly number[], blockOf: Int32Array): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const state of states) {
    const block = blockOf[state] as number
    const group = groups.get(block)
    if (group === undefined) groups.set(block, [state])
    else group.push(state)
  }
  return groups
}

/** Splits a block into the states inside and the others, if there are any. */
function split(
  blocks: Set<number>[],
  blockOf: Int32Array,
  waiting: Set<number>,
  index: number,
  inside: number[],
): void {
  const block = blocks[index] as Set<number>
  if (inside.length === block.size) return
  const moved = new Set(inside)
  for (const state of inside) block.delete(state)
  const created = blocks.push(moved) - 1
  for (const state of inside) blockOf[state] = created
  if (waiting.has(index)) waiting.add(created)
  else waiting.add(moved.size <= block.size ? created : index)
}

function merge({ start, next, accepts, classCount }: ClassAutomaton, blocks: Set<number>[], blockOf: Int32Array) {
  const one = blocks.map((block) => block.values().next().value as number)
  return {
    start: blockOf[start] as number,
    next: one.map((state) => (next[state] ?? []).map((target) => blockOf[target] as number)),
    accepts: one.map((state) => accepts[state] as boolean),
    classCount,
  }
}
