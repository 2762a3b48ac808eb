// MEMBERS in the machine: objects whose names are checked, or matched against patterns. A member's checks are stages: its
// name, its entry, each pattern, and what is additional; blocks among them are entered, and the stage goes on after them.
import { dfaTakes } from './dfa'
import { complain } from './errors'
import { plainEnd } from './flat'
import {
  attempt, canonical, enter, FRAME_CURSOR, FRAME_ENTRY, FRAME_LEFT, FRAME_MATCHED, FRAME_MISSING, FRAME_NAME,
  FRAME_PC, FRAME_STAGE, leaveWalked, program, settle, top,
} from './machine'
import { findEntry, nameMatches } from './members'
import {
  ENTRY_BYTES, ENTRY_LISTED, ENTRY_REQUIRED, ENTRY_SLOT, OBJECT_ADDITIONAL, OBJECT_NAMES, OBJECT_NAMES_LOCATION,
  OBJECT_PATTERN_COUNT, OBJECT_PATTERNS, PATTERN_BYTES, PATTERN_SLOT, SLOT_BLOCK,
} from './program'
import { encodedStringBytes, skip, stringBytes, stringHeadBytes } from './value'
import { complainOfSlot, isBlock } from './walk'

const STAGE_NAME: u32 = 0
const STAGE_ENTRY: u32 = 1
const STAGE_PATTERNS: u32 = 2

/** The members from the frame's cursor on. */
export function walkMembers(): bool {
  if (load<u32>(top, FRAME_LEFT) == 0) return finish(load<u32>(top, FRAME_CURSOR))
  beginMember()
  return checkMember()
}

function finish(end: usize): bool {
  // In canonical order the missing ones were complained of at the beginning.
  return (canonical || load<u32>(top, FRAME_MISSING) == 0) && leaveWalked(end)
}

/** Takes the next member: its name and value into the frame. */
function beginMember(): void {
  const name = load<u32>(top, FRAME_CURSOR)
  store<u32>(top, name, FRAME_NAME)
  store<u32>(top, name + <u32>encodedStringBytes(name), FRAME_CURSOR)
  store<u32>(top, load<u32>(top, FRAME_LEFT) - 1, FRAME_LEFT)
  store<u32>(top, STAGE_NAME, FRAME_STAGE)
  store<u32>(top, 0, FRAME_MATCHED)
}

/** The stages of the member at hand, from the frame's stage on, and then those of the members behind it. */
function checkMember(): bool {
  const object = <usize>load<u32>(top, FRAME_PC)
  const last = STAGE_PATTERNS + load<u32>(object, OBJECT_PATTERN_COUNT)
  while (true) {
    const stage = load<u32>(top, FRAME_STAGE)
    const value = <usize>load<u32>(top, FRAME_CURSOR)
    if (stage > last) {
      store<u32>(top, <u32>skip(value), FRAME_CURSOR)
      if (load<u32>(top, FRAME_LEFT) == 0) return finish(load<u32>(top, FRAME_CURSOR))
      beginMember()
      continue
    }
    store<u32>(top, stage + 1, FRAME_STAGE)
    if (stage == STAGE_NAME) {
      const name = <usize>load<u32>(top, FRAME_NAME)
      const kind = load<u32>(object, OBJECT_NAMES)
      const operand = <usize>load<u32>(object, OBJECT_NAMES + 4)
      if (kind == SLOT_BLOCK) return attempt(operand, name)
      if (plainEnd(program, kind, operand, name) == 0 && !complain(load<i32>(object, OBJECT_NAMES_LOCATION))) return false
      continue
    }
    const slot = stage == last ? additionalSlot(object) : appliedSlot(object, stage)
    if (slot == 0) continue
    const kind = load<u32>(slot)
    const operand = <usize>load<u32>(slot, 4)
    if (isBlock(kind)) return enter(operand, value)
    if (plainEnd(program, kind, operand, value) == 0 && !complainOfSlot(kind, operand, value)) return false
  }
  return false
}

/** The slot for what nothing else took; 0: something did. */
function additionalSlot(object: usize): usize {
  return load<u32>(top, FRAME_MATCHED) != 0 ? 0 : object + OBJECT_ADDITIONAL
}

/** The slot of the entry, or of the pattern, when the member's name has it; 0: it has not. */
function appliedSlot(object: usize, stage: u32): usize {
  const slot = stage == STAGE_ENTRY ? entrySlot(object) : patternSlot(object, stage - STAGE_PATTERNS)
  if (slot != 0) store<u32>(top, 1, FRAME_MATCHED)
  return slot
}

function entrySlot(object: usize): usize {
  const name = <usize>load<u32>(top, FRAME_NAME)
  const expected = <usize>load<u32>(top, FRAME_ENTRY)
  const entry = nameMatches(expected, name) ? expected : findEntry(object, name)
  if (entry == 0) return 0
  store<u32>(top, <u32>(entry + ENTRY_BYTES), FRAME_ENTRY)
  store<u32>(top, load<u32>(top, FRAME_MISSING) - load<u32>(entry, ENTRY_REQUIRED), FRAME_MISSING)
  return load<u32>(entry, ENTRY_LISTED) != 0 ? entry + ENTRY_SLOT : 0
}

function patternSlot(object: usize, index: u32): usize {
  const pattern = object + load<u32>(object, OBJECT_PATTERNS) + <usize>index * PATTERN_BYTES
  const name = <usize>load<u32>(top, FRAME_NAME)
  const text = name + stringHeadBytes(load<u8>(name))
  return dfaTakes(object + load<u32>(pattern), text, stringBytes(name)) ? pattern + PATTERN_SLOT : 0
}

/** A block of the member at hand has ended; that of its name was attempted. */
export function resumeMembers(): bool {
  if (load<u32>(top, FRAME_STAGE) == STAGE_NAME + 1) settle()
  return checkMember()
}

/** The block of the member's name refused. */
export function refuseName(): bool {
  return complain(load<i32>(<usize>load<u32>(top, FRAME_PC), OBJECT_NAMES_LOCATION)) && checkMember()
}
