// Describes a record that was refused: status, offset, and for the schema which location and a pointer to the value, or the
// list of all that it refuses (docs/formats.md, "Error list").
// What always holds: nothing is written where the detail text has no room for it.
import { slabDetailBytes } from '../../limits.ts'
import {
  descriptor,
  descriptorBytes,
  detailOffset,
  errorBytes,
  errorEntry,
  errorList as listLayout,
  recordStatus,
} from '../abi.ts'
import type { Memory } from './memory.ts'
import type { Verdict } from './record.ts'
import type { Errors } from './schema/errors.ts'

/**
 * Fills the descriptor at `at`, but for the place of the input, and puts what the schema refuses at `detailEnd`. Returns the
 * new end of the detail text, or −1, with nothing written, when that has no room.
 */
export function describeRefusal(memory: Memory, slab: number, verdict: Verdict, at: number, detailEnd: number): number {
  const errors = verdict.status === recordStatus.SCHEMA_INVALID ? verdict.errors : undefined
  const start = errors === undefined || errors.isFirstOnly ? detailEnd : (detailEnd + 3) & ~3
  const bytes = errors === undefined ? 0 : detailBytes(errors)
  if (bytes > slab + detailOffset + slabDetailBytes - start) return -1
  memory.words.fill(0, at >> 2, (at + descriptorBytes) >> 2)
  memory.halves[(at + descriptor.status) >> 1] = verdict.status
  memory.words[(at + descriptor.errorOffset) >> 2] = verdict.errorOffset
  if (errors === undefined) return detailEnd
  const { locationIndex, pointer } = errors.list[0]!
  memory.words[(at + descriptor.locationIndex) >> 2] = locationIndex
  memory.halves[(at + descriptor.detailBytes) >> 1] = pointer.length
  if (errors.isFirstOnly) memory.bytes.set(pointer, start)
  else {
    memory.words[(at + descriptor.errorListOffset) >> 2] = start - slab
    putList(memory, errors, start)
  }
  memory.words[(at + descriptor.detailOffset) >> 2] = start - slab + (errors.isFirstOnly ? 0 : textOffset(errors))
  return start + bytes
}

function detailBytes(errors: Errors): number {
  return errors.isFirstOnly ? errors.textBytes : textOffset(errors) + errors.textBytes
}

/** Where a list's pointers begin, from its start. */
function textOffset({ list }: Errors): number {
  return listLayout.errors + list.length * errorBytes
}

function putList(memory: Memory, errors: Errors, start: number): void {
  const put = (at: number, value: number) => {
    memory.words[(start + at) >> 2] = value
  }
  put(listLayout.errorCount, errors.list.length)
  put(listLayout.isCut, errors.isCut ? 1 : 0)
  let at: number = listLayout.errors
  let text = textOffset(errors)
  for (const { locationIndex, errorOffset, pointer } of errors.list) {
    put(at + errorEntry.locationIndex, locationIndex)
    put(at + errorEntry.errorOffset, errorOffset)
    put(at + errorEntry.pointerOffset, text)
    put(at + errorEntry.pointerBytes, pointer.length)
    memory.bytes.set(pointer, start + text)
    at += errorBytes
    text += pointer.length
  }
}
