// Runs an automaton over the bytes of a text: one table look-up a byte, whatever the pattern.
import { DFA_ACCEPT_FROM, DFA_ALSO, DFA_CLASS_COUNT, DFA_CLASSES, DFA_NEXT, DFA_SINK, DFA_START } from './program'

/** Whether the automaton, and each that it names, accepts the text. */
export function dfaTakes(dfa: usize, text: usize, bytes: usize): bool {
  while (oneTakes(dfa, text, bytes)) {
    const also = <usize>load<u32>(dfa, DFA_ALSO)
    if (also == 0) return true
    dfa += also
  }
  return false
}

function oneTakes(dfa: usize, text: usize, bytes: usize): bool {
  const classCount = load<u32>(dfa, DFA_CLASS_COUNT)
  const sink = load<u32>(dfa, DFA_SINK)
  const end = text + bytes
  let state = load<u32>(dfa, DFA_START)
  // State 0 and the sink do not change any more. (A sink of 0 is none: state 0 refuses.)
  while (text < end && state != 0 && state != sink) {
    const column = <u32>load<u8>(dfa + <usize>load<u8>(text), DFA_CLASSES)
    state = <u32>load<u16>(dfa + (<usize>(state * classCount + column) << 1), DFA_NEXT)
    text++
  }
  return state >= load<u32>(dfa, DFA_ACCEPT_FROM)
}
