// Describes a record that was refused: status, offset, and for the schema which location and a pointer to the value.
import { slabDetailBytes } from '../../limits.ts'
import { descriptor, descriptorBytes, detailOffset, recordStatus } from '../abi.ts'
import type { Memory } from './memory.ts'
import type { Verdict } from './record.ts'

const textEncoder = new TextEncoder()

/**
 * Fills the descriptor at `at`, but for the place of the input, and puts the pointer at `detailEnd`. Returns the new end of
 * the detail text, or −1, with nothing written, when that has no room.
 */
export function describeRefusal(memory: Memory, slab: number, verdict: Verdict, at: number, detailEnd: number): number {
  const isSchema = verdict.status === recordStatus.SCHEMA_INVALID
  const pointer = textEncoder.encode(isSchema ? verdict.pointer : '')
  if (pointer.length > slab + detailOffset + slabDetailBytes - detailEnd) return -1
  memory.words.fill(0, at >> 2, (at + descriptorBytes) >> 2)
  memory.halves[(at + descriptor.status) >> 1] = verdict.status
  memory.halves[(at + descriptor.detailBytes) >> 1] = pointer.length
  memory.words[(at + descriptor.errorOffset) >> 2] = verdict.errorOffset
  if (!isSchema) return detailEnd
  memory.words[(at + descriptor.locationIndex) >> 2] = verdict.locationIndex
  memory.words[(at + descriptor.detailOffset) >> 2] = detailEnd - slab
  memory.bytes.set(pointer, detailEnd)
  return detailEnd + pointer.length
}
