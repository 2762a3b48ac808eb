// `pattern` as the kernel has it: an automaton, so that no text takes more than linear time. JavaScript's own expressions
// backtrack: on `^(a+)+$` thirty letters of a client would hold a worker for minutes.
// What always holds: texts are well-formed, so their UTF-8 is what the automaton was made for.
import { compilePattern } from '../../../schema/pattern/automaton.ts'
import type { ByteAutomaton } from '../../../schema/pattern/bytes.ts'

export type TextTest = (text: string) => boolean

const textEncoder = new TextEncoder()
/** Both Ajv and the rules ask for each; to compile one may take long. */
const testsByPattern = new Map<string, TextTest>()

/** Returns the test whether an expression (ECMA-262, flag u) matches somewhere in a text; compileSchema has taken it. */
export function patternTest(pattern: string): TextTest {
  const known = testsByPattern.get(pattern)
  if (known !== undefined) return known
  const automaton = compilePattern(pattern)
  const test = (text: string) => matches(automaton, text)
  testsByPattern.set(pattern, test)
  return test
}

function matches(automaton: ByteAutomaton, text: string): boolean {
  const { sink, classes, next, classCount } = automaton
  let state = automaton.start
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) return acceptsBytes(automaton, state, textEncoder.encode(text.slice(i)))
    state = next[state * classCount + classes[unit]!]!
    if (state === sink && sink !== 0) return true
  }
  return state >= automaton.acceptFrom
}

function acceptsBytes(
  { classes, next, classCount, acceptFrom }: ByteAutomaton,
  from: number,
  bytes: Uint8Array,
): boolean {
  let state = from
  for (const byte of bytes) state = next[state * classCount + classes[byte]!]!
  return state >= acceptFrom
}
