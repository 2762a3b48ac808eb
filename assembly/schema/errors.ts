// What the schema refuses in a record, listed in the order in which the machine finds it: location in the schema, byte offset
// in the record, JSON pointer (docs/formats.md, "Error list"). Cold: only the run that explains a refusal lists anything.
// What always holds: the list has at most ERROR_LIST_BYTES_MAX bytes; an error that is one too many or has no room ends it
// and marks it as cut; what refuses in a branch that may fail is never in it.
import { ERROR_BYTES, ERROR_LIST_BYTES_MAX, ERROR_LIST_HEAD_BYTES, POINTER_BYTES_MAX, RECORD_ERRORS_MAX, SCRATCH_KEY } from '../abi'
import {
  FRAME_AT, FRAME_BYTES, FRAME_COUNT, FRAME_KIND, FRAME_LEFT, FRAME_NAME, FRAME_WALK_LAST, handler, stackBase, top,
} from './machine'
import { placeOf } from './place'
import { isObject, stringBytes, stringHeadBytes } from './value'

// Parts of the scratch behind the key: the list, and pointers until it is known how many errors stand before them.
const LIST_OFFSET: usize = SCRATCH_KEY + 0x10000
const TEXT_OFFSET: usize = SCRATCH_KEY + 0x20000
const PATH_OFFSET: usize = SCRATCH_KEY + 0x40000

/** The list; whole once `endErrors` was called. */
export let errorList: usize = 0
export let errorListBytes: usize = 0
export let errorCount: u32 = 0
/** Of the first error. */
export let firstLocation: i32 = -1
export let firstOffset: i32 = 0
export let firstPointer: usize = 0
export let firstPointerBytes: i32 = 0
/** One u32 for each level above the value that was refused last: index of the element or ordinal of the member. */
export let errorPath: usize = 0
export let errorPathCount: i32 = 0

let isListing: bool = false
let countMax: u32 = 0
let isFirstOnly: bool = false
let isCut: bool = false
let text: usize = 0
let textEnd: usize = 0

/** Begins a list of at most `max` errors; 0: the first one ends the run, and whether others follow stays unknown. */
export function beginErrors(scratch: usize, max: u32): void {
  isListing = true
  isFirstOnly = max == 0
  countMax = isFirstOnly ? 1 : min(max, RECORD_ERRORS_MAX)
  isCut = false
  errorCount = 0
  errorList = scratch + LIST_OFFSET
  errorPath = scratch + PATH_OFFSET
  text = scratch + TEXT_OFFSET
  textEnd = text
}

/**
 * The instruction at hand refuses its value. True: that was noted, evaluation goes on as if it had taken it. False: the
 * verdict is all that matters here, or there is no room for more.
 */
export function complain(location: i32): bool {
  // A refusal in a branch that may fail only decides that branch.
  if (!isListing || handler != 0) return false
  const pointer = textEnd
    if (errorCount < countMax) tracePath()
  isCut = errorCount == countMax || !hasRoom()
  if (isCut) return false
  const error = errorList + ERROR_LIST_HEAD_BYTES + <usize>errorCount * ERROR_BYTES
  store<i32>(error, location)
  store<u32>(error, placeOf(errorPath, errorPathCount), 4)
  store<u32>(error, <u32>(pointer - text), 8)
  store<u32>(error, <u32>(textEnd - pointer), 12)
  errorCount++
  return !isFirstOnly
}

/** Whether the list with one more error and the pointers noted so far is not too long. */
function hasRoom(): bool {
  return ERROR_LIST_HEAD_BYTES + <usize>(errorCount + 1) * ERROR_BYTES + (textEnd - text) <= ERROR_LIST_BYTES_MAX
}

/** Ends the list: pointers go behind the errors. `exhausted`: the run was given up, more might have come. */
export function endErrors(exhausted: bool): void {
  isListing = false
  const entriesEnd = ERROR_LIST_HEAD_BYTES + <usize>errorCount * ERROR_BYTES
  let textBytes: usize = 0
  for (let at = ERROR_LIST_HEAD_BYTES; at < entriesEnd; at += ERROR_BYTES) {
    const error = errorList + at
    textBytes = <usize>(load<u32>(error, 8) + load<u32>(error, 12))
    store<u32>(error, load<u32>(error, 8) + <u32>entriesEnd, 8)
  }
  store<u32>(errorList, errorCount)
  store<u32>(errorList, <u32>(isCut || exhausted), 4)
  memory.copy(errorList + entriesEnd, text, textBytes)
  errorListBytes = entriesEnd + textBytes
  if (errorCount == 0) return
  const first = errorList + ERROR_LIST_HEAD_BYTES
  firstLocation = load<i32>(first)
  firstOffset = load<i32>(first, 4)
  firstPointer = errorList + entriesEnd
  firstPointerBytes = load<i32>(first, 12)
}

/** Takes the way to the value from the frames that walk over children, as ordinals and as a pointer behind the last one. */
function tracePath(): void {
  const limit = textEnd + POINTER_BYTES_MAX
  let open = true
  errorPathCount = 0
  for (let frame = stackBase; frame <= top; frame += FRAME_BYTES) {
    const kind = load<u32>(frame, FRAME_KIND)
    if (kind > FRAME_WALK_LAST) continue
    const ordinal = load<u32>(frame, FRAME_COUNT) - load<u32>(frame, FRAME_LEFT) - 1
    store<u32>(errorPath + (<usize>errorPathCount << 2), ordinal)
    errorPathCount++
    const named = isObject(load<u8>(<usize>load<u32>(frame, FRAME_AT)))
    if (open) open = named ? appendName(load<u32>(frame, FRAME_NAME), limit) : appendIndex(ordinal, limit)
  }
}

/** Appends a member's name, `~` and `/` escaped; false when it does not fit. */
function appendName(name: usize, limit: usize): bool {
  const from = name + stringHeadBytes(load<u8>(name))
  const end = from + stringBytes(name)
  let out = textEnd
  if (out >= limit) return false
  store<u8>(out++, 0x2f)
  for (let p = from; p < end; p++) {
    const byte = <u32>load<u8>(p)
    const escaped = byte == 0x7e || byte == 0x2f
    if (out + 1 + <usize>escaped > limit) return false
    store<u8>(out++, escaped ? 0x7e : byte)
    if (escaped) store<u8>(out++, byte == 0x7e ? 0x30 : 0x31)
  }
  textEnd = out
  return true
}

/** Appends an element's index; false when it does not fit. */
function appendIndex(index: u32, limit: usize): bool {
  let digits: usize = 1
  for (let rest = index; rest >= 10; rest /= 10) digits++
  if (textEnd + 1 + digits > limit) return false
  store<u8>(textEnd, 0x2f)
  for (let at = digits; at != 0; at--) {
    store<u8>(textEnd + at, 0x30 + (index % 10))
    index /= 10
  }
  textEnd += digits + 1
  return true
}
