// Checks a compiled schema once, when it is loaded, so that nothing has to be checked when it runs: every item in its
// place, every reference to an item of the right kind, every name as MessagePack writes it. A program that passes cannot
// make the kernel trap, loop for ever or read outside the program, the value and the scratch, whoever wrote it. What it
// says about a record is not checked; that is the compiler's matter.
//
// Why a run ends: a block is named by one slot only, which stands before it, so blocks form trees; the one way back, a
// call, is charged; a walk ends with the container's children.
import {
  BAD_PROGRAM, DEPTH_MAX, KEY_BYTES_MAX, OK, PROGRAM_BYTES_MAX, PROGRAM_HEADER_BYTES, PROGRAM_MAGIC, PROGRAM_VERSION,
  RECORD_BYTES_MAX,
} from '../abi'
import { crc32c } from '../hash/crc32c'
import { forgetShapes } from '../json/shapes'
import { itemBytes } from './machine'
import {
  HEADER_BYTES_TOTAL, HEADER_CHECKSUM, HEADER_DEPTH_MAX, HEADER_ROOT, HEADER_ITEMS_END,
  HEADER_KEY_BYTES_MAX, HEADER_KEY_PATHS, HEADER_KEY_PATH_COUNT, HEADER_RECORD_BYTES_MAX, HEADER_STARTS, KEY_PATHS_COUNT,
  BLOCK_BYTES, OP_BLOCK, OP_COLLECT, OP_END, OP_KEY_PATHS, OP_RELEASE,
} from './program'
import { isData, isInstruction, itemHolds } from './verify-item'
import { slotHolds, startsAt } from './verify-slot'

const CHECKSUM_FROM: usize = 16

/** OK or BAD_PROGRAM for the `bytes` bytes at `program`. Whatever was known of a program there before is forgotten. */
export function verifyProgram(program: usize, bytes: i32): i32 {
  forgetShapes()
  return headerHolds(program, <u32>bytes) && bitmapHolds(program) && itemsHold(program) && rootsHold(program)
    ? OK
    : BAD_PROGRAM
}

function headerHolds(program: usize, bytes: u32): bool {
  if ((program & 15) != 0 || bytes < <u32>PROGRAM_HEADER_BYTES || bytes > PROGRAM_BYTES_MAX || (bytes & 15) != 0) return false
  if (load<u32>(program) != PROGRAM_MAGIC || load<u32>(program, 4) != PROGRAM_VERSION) return false
  if (load<u32>(program, HEADER_BYTES_TOTAL) != bytes) return false
  if (load<u32>(program, HEADER_CHECKSUM) != crc32c(program + CHECKSUM_FROM, bytes - <u32>CHECKSUM_FROM)) return false
  return limitsHold(program) && extentsHold(program, bytes)
}

function limitsHold(program: usize): bool {
  if (load<u32>(program, HEADER_DEPTH_MAX) > <u32>DEPTH_MAX) return false
  if (load<u32>(program, HEADER_RECORD_BYTES_MAX) > <u32>RECORD_BYTES_MAX) return false
  return load<u32>(program, HEADER_KEY_BYTES_MAX) <= <u32>KEY_BYTES_MAX
}

/** Items from 64 up to the bitmap, the bitmap up to the end. */
function extentsHold(program: usize, bytes: u32): bool {
  const itemsEnd = load<u32>(program, HEADER_ITEMS_END)
  const starts = load<u32>(program, HEADER_STARTS)
  if (itemsEnd < <u32>PROGRAM_HEADER_BYTES || itemsEnd > starts || starts > bytes || (itemsEnd & 7) != 0) return false
  const units = (itemsEnd - <u32>PROGRAM_HEADER_BYTES) >> 3
  return (units + 7) >> 3 <= bytes - starts
}

/** Whether the bitmap marks the start of each item and nothing else, and items fill the program without a gap. */
function bitmapHolds(program: usize): bool {
  const end = <usize>load<u32>(program, HEADER_ITEMS_END)
  const starts = program + load<u32>(program, HEADER_STARTS)
  let offset = PROGRAM_HEADER_BYTES
  let nextStart = PROGRAM_HEADER_BYTES
  for (; offset < end; offset += 8) {
    const unit = (offset - PROGRAM_HEADER_BYTES) >> 3
    const marked = ((load<u8>(starts + (unit >> 3)) >> <u8>(unit & 7)) & 1) != 0
    if (marked != (offset == nextStart)) return false
    if (!marked) continue
    const bytes = itemBytes(program + offset)
    if (bytes == 0 || bytes > end - offset) return false
    nextStart = offset + bytes
  }
  return nextStart == end
}

/** Blocks begin, hold instructions and end; data stand between them; each item is right in itself. */
function itemsHold(program: usize): bool {
  const end = <usize>load<u32>(program, HEADER_ITEMS_END)
  let inBlock = false
  let collects = false
  for (let offset = PROGRAM_HEADER_BYTES; offset < end; offset += itemBytes(program + offset)) {
    const op = load<u32>(program + offset) & 0xff
    if (!(inBlock ? isInstruction(op) : op == OP_BLOCK || isData(op))) return false
    if (op == OP_BLOCK) {
      inBlock = true
      collects = startsAt(program, offset + itemBytes(program + offset), OP_COLLECT)
    } else if (op == OP_END) inBlock = false
    else if (!pairHolds(program, offset, op, collects)) return false
    if (!itemHolds(program, offset)) return false
  }
  return !inBlock
}

/** COLLECT is the first instruction of its block, and then RELEASE the last, else there is none. */
function pairHolds(program: usize, offset: usize, op: u32, collects: bool): bool {
  const isLast = startsAt(program, offset + itemBytes(program + offset), OP_END)
  if (op == OP_COLLECT) return !isLast && startsAt(program, offset - BLOCK_BYTES, OP_BLOCK)
  return (op == OP_RELEASE) == (collects && isLast)
}

/** The slot the run starts with, and the key paths. */
function rootsHold(program: usize): bool {
  if (!slotHolds(program, HEADER_ROOT)) return false
  const count = load<u32>(program, HEADER_KEY_PATH_COUNT)
  if (count == 0) return true
  const paths = <usize>load<u32>(program, HEADER_KEY_PATHS)
  return startsAt(program, paths, OP_KEY_PATHS) && load<u32>(program + paths, KEY_PATHS_COUNT) == count
}
