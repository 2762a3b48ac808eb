// Writes DFA items for `pattern`, `patternProperties` and formats (assembly/schema/program.ts draws them). An automaton is
// written once, however often it is wanted.
import { type Emitter, wantAutomaton } from './emitter.ts'
import { unsupported } from './keywords.ts'
import { dfaLayout, op } from './layout.ts'
import type { SchemaNode } from './node.ts'
import { compilePattern } from './pattern/automaton.ts'
import type { ByteAutomaton } from './pattern/bytes.ts'
import { PatternError } from './pattern/expression.ts'
import { addItem, putBytes, putU16, putU32, type Writer } from './writer.ts'

/** Has the distance of the automaton of an expression written at `field` of the item. */
export function wantPattern(emitter: Emitter, node: SchemaNode, pattern: string, item: number, field: number): void {
  wantAutomaton(emitter, pattern, () => addDfa(emitter.writer, compile(node, pattern)), item, field)
}

/** As `wantPattern`, for a text that must match several expressions: automata that each name the next. */
export function wantPatterns(
  emitter: Emitter,
  key: string,
  patterns: () => readonly string[],
  item: number,
  field: number,
) {
  const { writer } = emitter
  const write = () => {
    const [first, ...others] = patterns().map((pattern) => addDfa(writer, compilePattern(pattern)))
    let last = first as number
    for (const next of others) {
      putU32(writer, last + dfaLayout.ALSO, next - last)
      last = next
    }
    return first as number
  }
  wantAutomaton(emitter, key, write, item, field)
}

function compile(node: SchemaNode, pattern: string): ByteAutomaton {
  const keyword = node.keywords.pattern === pattern ? 'pattern' : 'patternProperties'
  try {
    return compilePattern(pattern)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    const why = `${JSON.stringify(pattern)} cannot be an automaton: ${error.message}`
    throw unsupported(`${node.pointer}/${keyword}`, keyword, why)
  }
}

function addDfa(writer: Writer, automaton: ByteAutomaton): number {
  const item = addItem(writer, op.DFA, dfaLayout.NEXT + automaton.next.byteLength)
  putU32(writer, item + dfaLayout.STATE_COUNT, automaton.stateCount)
  putU32(writer, item + dfaLayout.CLASS_COUNT, automaton.classCount)
  putU32(writer, item + dfaLayout.START, automaton.start)
  putU32(writer, item + dfaLayout.ACCEPT_FROM, automaton.acceptFrom)
  putU32(writer, item + dfaLayout.SINK, automaton.sink)
  putBytes(writer, item + dfaLayout.CLASSES, automaton.classes)
  for (const [index, state] of automaton.next.entries()) putU16(writer, item + dfaLayout.NEXT + index * 2, state)
  return item
}
