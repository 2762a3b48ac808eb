// The machine that evaluates blocks: its registers and its stack of frames. Registers are globals of the instance; nothing is
// on WebAssembly's own stack between two instructions, so no input can recurse.
//
// A frame, 64 bytes, stands for what goes on once the block above it ends:
//    0 u32 kind        FRAME_*
//    4 u32 pc          the instruction that pushed it
//    8 u32 at          the value that instruction is evaluated at
//   12 u32 cursor      the next child; while one is evaluated, that child's value
//   16 u32 count       children or branches
//   20 u32 left        those not yet begun
//   24 u32 entry       OBJECT, MEMBERS: the entry expected next
//   28 u32 missing     OBJECT, MEMBERS: required names not yet seen
//   32 u32 name        of the child being evaluated
//   36 u32 handler     the register as it was when the frame was pushed
//   40 u32 collector   likewise
//   44 u32 stage       MEMBERS, UNEVALUATED: how far the checks of one child are
//   48 u32 matched     ONE, CONTAINS: what fitted; MEMBERS: 1 when something took the member
//   40 … 63            COLLECT: bits that branches marked
import { SCRATCH_SCHEMA } from '../abi'
import { BLOCK_BYTES } from './program'
import { skip } from './value'

export const FRAME_OBJECT: u32 = 1
export const FRAME_ARRAY: u32 = 2
export const FRAME_MEMBERS: u32 = 3
export const FRAME_UNEVALUATED: u32 = 4
/** Kinds up to this one walk over children. */
export const FRAME_WALK_LAST: u32 = FRAME_UNEVALUATED
export const FRAME_APPLY: u32 = 5
export const FRAME_ANY: u32 = 6
export const FRAME_ONE: u32 = 7
export const FRAME_NOT: u32 = 8
export const FRAME_IF: u32 = 9
export const FRAME_CONTAINS: u32 = 10
export const FRAME_COLLECT: u32 = 11

export const FRAME_KIND: usize = 0
export const FRAME_PC: usize = 4
export const FRAME_AT: usize = 8
export const FRAME_CURSOR: usize = 12
export const FRAME_COUNT: usize = 16
export const FRAME_LEFT: usize = 20
export const FRAME_ENTRY: usize = 24
export const FRAME_MISSING: usize = 28
export const FRAME_NAME: usize = 32
export const FRAME_HANDLER: usize = 36
export const FRAME_COLLECTOR: usize = 40
export const FRAME_STAGE: usize = 44
export const FRAME_MATCHED: usize = 48
export const FRAME_BITS: usize = 40
export const FRAME_BYTES: usize = 64

// The machine's part of the scratch: the stack, room for comparisons and hashing, the table of unique.ts.
const STACK_BYTES: usize = 0xf0000
const COMPARE_OFFSET: usize = STACK_BYTES
export const TABLE_OFFSET: usize = 0x100000
export const TABLE_BYTES: usize = 0x200000

const CREDIT_PER_BYTE: u64 = 1024
const CREDIT_BASE: u64 = 65536

/** Base of the program. */
export let program: usize = 0
/** The instruction to be executed. */
export let pc: usize = 0
/** The value it is evaluated at. */
export let at: usize = 0
/** The frame on top; the one below `stackBase` is none. */
export let top: usize = 0
export let stackBase: usize = 0
/** The innermost frame that goes on after a refusal; 0: none, the refusal is final. */
export let handler: usize = 0
/** The innermost COLLECT frame; 0: none. */
export let collector: usize = 0
/** 1: evaluation keeps to the canonical order, as refusals are listed or charges count; 0: only the verdict is wanted. */
export let canonical: bool = false
/** What references may still cost, in bytes of values. */
export let credit: u64 = 0
/** The credit is used up: nothing catches that. */
export let exhausted: bool = false
/** The last container walked to its end, and that end: saves passing over it again. */
export let walkedAt: usize = 0
export let walkedEnd: usize = 0

/** Sets the registers for the block at `block`. */
export function begin(base: usize, block: usize, value: usize, valueEnd: usize, scratch: usize, exact: bool): void {
  program = base
  pc = base + block + BLOCK_BYTES
  at = value
  stackBase = scratch + SCRATCH_SCHEMA
  top = stackBase - FRAME_BYTES
  handler = 0
  collector = 0
  canonical = exact
  credit = <u64>(valueEnd - value) * CREDIT_PER_BYTE + CREDIT_BASE
  exhausted = false
  walkedAt = 0
}

/** Room for comparisons and hashing: 16 or more bytes for each level of a value. */
export function compareStackOf(scratch: usize): usize {
  return scratch + SCRATCH_SCHEMA + COMPARE_OFFSET
}

// @ts-ignore: decorator
@inline
export function isStackFull(): bool {
  return top + 2 * FRAME_BYTES > stackBase + STACK_BYTES
}

/** Pushes a frame for the instruction at hand. */
export function push(kind: u32): void {
  top += FRAME_BYTES
  store<u32>(top, kind, FRAME_KIND)
  store<u32>(top, <u32>pc, FRAME_PC)
  store<u32>(top, <u32>at, FRAME_AT)
  store<u32>(top, <u32>handler, FRAME_HANDLER)
  store<u32>(top, <u32>collector, FRAME_COLLECTOR)
}

/** Bytes of the item at `item`. */
// @ts-ignore: decorator
@inline
export function itemBytes(item: usize): usize {
  return <usize>(load<u32>(item) >> 8) << 3
}

/** Goes on behind the instruction at hand. */
export function next(): bool {
  pc += itemBytes(pc)
  return true
}

/** Pops the frame on top: back to its instruction and value. */
export function drop(): void {
  pc = load<u32>(top, FRAME_PC)
  at = load<u32>(top, FRAME_AT)
  top -= FRAME_BYTES
}

/** Goes on behind the instruction of the frame on top, which is popped. */
export function leave(): bool {
  drop()
  return next()
}

/** As `leave`, after a container was walked up to `end`. */
export function leaveWalked(end: usize): bool {
  walkedAt = load<u32>(top, FRAME_AT)
  walkedEnd = end
  return leave()
}

/** The end of the value at hand, whose block has ended. */
export function endOfValue(): usize {
  return at == walkedAt ? walkedEnd : skip(at)
}

/** Goes on with the block at offset `block` at `value`; the frame on top goes on after it. */
export function enter(block: usize, value: usize): bool {
  pc = program + block + BLOCK_BYTES
  at = value
  return true
}

/** As `enter`, but the frame on top also goes on after a refusal. */
export function attempt(block: usize, value: usize): bool {
  handler = top
  return enter(block, value)
}

/** The block that `attempt` entered has ended: the handler further out is in charge again. */
export function settle(): void {
  handler = load<u32>(top, FRAME_HANDLER)
}

/** Drops all frames above the handler's, which becomes the frame on top, with the registers as it pushed them. */
export function unwind(): void {
  top = handler
  handler = load<u32>(top, FRAME_HANDLER)
  collector = load<u32>(top, FRAME_COLLECTOR)
  at = load<u32>(top, FRAME_AT)
  pc = load<u32>(top, FRAME_PC)
}

/** The collector becomes the frame on top, its bits zero. */
export function beginCollecting(): bool {
  push(FRAME_COLLECT)
  store<u32>(top, <u32>collector, FRAME_MISSING)
  store<u64>(top, 0, FRAME_BITS)
  store<u64>(top, 0, FRAME_BITS + 8)
  store<u64>(top, 0, FRAME_BITS + 16)
  collector = top
  return next()
}

/** The collector, which is the frame on top, is popped. */
export function endCollecting(): bool {
  collector = load<u32>(top, FRAME_MISSING)
  top -= FRAME_BYTES
  return next()
}

/** Takes the bytes of the value at hand from the credit; false when it is used up. */
export function charge(): bool {
  const bytes = <u64>(skip(at) - at)
  exhausted = bytes > credit
  if (exhausted) return false
  credit -= bytes
  return true
}
