// Why a record does not fit its schema: the first error in the order of docs/schema.md, where in the schema, and where in
// the record, as a JSON pointer and as the ordinals of the children on the way. Cold: runs after SCHEMA_INVALID only.
import { OK, POINTER_BYTES_MAX, SCHEMA_INVALID, SCRATCH_KEY } from '../abi'
import {
  compareStackOf, FRAME_AT, FRAME_BYTES, FRAME_COUNT, FRAME_KIND, FRAME_LEFT, FRAME_NAME, FRAME_WALK_LAST, refusedLocation,
  stackBase, top,
} from './machine'
import { plainEnd } from './flat'
import { HEADER_ROOT, SLOT_FLAT_OBJECT } from './program'
import { run } from './run'
import { setCompareStack } from './scalar'
import { isObject, stringBytes, stringHeadBytes } from './value'
import { leafLocation } from './walk'

/** Index into the compiled schema's `locations`. */
export let failLocation: i32 = -1
/** RFC 6901 text of at most POINTER_BYTES_MAX bytes: tokens are appended while they fit whole. */
export let failPointer: usize = 0
export let failPointerBytes: i32 = 0
/** One u32 for each level: index of the element or ordinal of the member. */
export let failPath: usize = 0
export let failPathCount: i32 = 0

const POINTER_OFFSET: usize = SCRATCH_KEY + 0x10000
const PATH_OFFSET: usize = SCRATCH_KEY + 0x20000

/** OK when the value fits after all, else SCHEMA_INVALID or TOO_COMPLEX, with the `fail` globals set for the former. */
export function explain(value: usize, valueEnd: usize, program: usize, scratch: usize): i32 {
  const kind = load<u32>(program, HEADER_ROOT)
  const operand = <usize>load<u32>(program, HEADER_ROOT + 4)
  setCompareStack(compareStackOf(scratch))
  failPointer = scratch + POINTER_OFFSET
  failPath = scratch + PATH_OFFSET
  failPointerBytes = 0
  failPathCount = 0
  if (kind < SLOT_FLAT_OBJECT) return explainLeaf(program, kind, operand, value)
  const status = run(program, operand, value, valueEnd, scratch, true)
  if (status != SCHEMA_INVALID) return status
  failLocation = refusedLocation
  tracePath()
  return status
}

/** A schema that is one leaf: the value itself was refused. */
function explainLeaf(program: usize, kind: u32, operand: usize, value: usize): i32 {
  if (plainEnd(program, kind, operand, value) != 0) return OK
  failLocation = leafLocation(program, kind, operand, value)
  return SCHEMA_INVALID
}

/** Writes the way to the refused value from the frames that walk over children. */
function tracePath(): void {
  let open = true
  for (let frame = stackBase; frame <= top; frame += FRAME_BYTES) {
    const kind = load<u32>(frame, FRAME_KIND)
    if (kind > FRAME_WALK_LAST) continue
    const ordinal = load<u32>(frame, FRAME_COUNT) - load<u32>(frame, FRAME_LEFT) - 1
    store<u32>(failPath + (<usize>failPathCount << 2), ordinal)
    failPathCount++
    const named = isObject(load<u8>(<usize>load<u32>(frame, FRAME_AT)))
    if (open) open = named ? appendName(load<u32>(frame, FRAME_NAME)) : appendIndex(ordinal)
  }
}

/** Appends a member's name, `~` and `/` escaped; false when it does not fit. */
function appendName(name: usize): bool {
  const text = name + stringHeadBytes(load<u8>(name))
  const end = text + stringBytes(name)
  const limit = failPointer + POINTER_BYTES_MAX
  let out = failPointer + <usize>failPointerBytes
  if (out >= limit) return false
  store<u8>(out++, 0x2f)
  for (let p = text; p < end; p++) {
    const byte = <u32>load<u8>(p)
    const escaped = byte == 0x7e || byte == 0x2f
    if (out + 1 + <usize>escaped > limit) return false
    store<u8>(out++, escaped ? 0x7e : byte)
    if (escaped) store<u8>(out++, byte == 0x7e ? 0x30 : 0x31)
  }
  failPointerBytes = <i32>(out - failPointer)
  return true
}

/** Appends an element's index; false when it does not fit. */
function appendIndex(index: u32): bool {
  let digits: usize = 1
  for (let rest = index; rest >= 10; rest /= 10) digits++
  if (<usize>failPointerBytes + 1 + digits > POINTER_BYTES_MAX) return false
  const out = failPointer + <usize>failPointerBytes
  store<u8>(out, 0x2f)
  for (let at = digits; at != 0; at--) {
    store<u8>(out + at, 0x30 + (index % 10))
    index /= 10
  }
  failPointerBytes += <i32>digits + 1
  return true
}
