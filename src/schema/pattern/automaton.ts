// `pattern` as an automaton over the bytes of UTF-8: linear time on any text, whatever the expression. The bounds on states
// keep both the program and the time to compile it small; an expression that needs more is refused with that reason.
import { type ByteAutomaton, toBytes } from './bytes.ts'
import { determine } from './determine.ts'
import { PatternError, parseExpression } from './expression.ts'
import { minimize } from './minimize.ts'

const expressionStateCountMax = 20_000
const classStateCountMax = 4_000
const byteStateCountMax = 20_000
const tableBytesMax = 1_048_576

/** Automata of late, by expression: the same one is asked for by both engines, and in each stream. */
const known = new Map<string, ByteAutomaton>()
const knownCountMax = 256

/**
 * The automaton that accepts a text when the expression (ECMA-262, flag u) matches somewhere in it.
 * @throws PatternError with the reason when there is none within the bounds.
 */
export function compilePattern(pattern: string): ByteAutomaton {
  const before = known.get(pattern)
  if (before !== undefined) return before
  const expression = parseExpression(pattern, expressionStateCountMax)
  const smallest = minimize(determine(expression, classStateCountMax))
  const automaton = toBytes(smallest, expression.classes, byteStateCountMax)
  if (automaton.next.byteLength > tableBytesMax)
    throw new PatternError(`its table is longer than ${tableBytesMax} bytes`)
  if (known.size >= knownCountMax) known.clear()
  known.set(pattern, automaton)
  return automaton
}

/** Whether the automaton accepts the bytes: what the kernel does, for tests and tools. */
export function accepts(automaton: ByteAutomaton, text: Uint8Array): boolean {
  let state = automaton.start
  for (const byte of text) {
    state = automaton.next[state * automaton.classCount + (automaton.classes[byte] as number)] as number
  }
  return state >= automaton.acceptFrom
}
