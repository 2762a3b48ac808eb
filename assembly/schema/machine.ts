// The machine that evaluates blocks: its registers, its stack of frames, and what a refusal leaves behind. Registers are
// globals of the instance; nothing is on WebAssembly's own stack between two instructions, so no input can recurse.
//
// A frame, 64 bytes, stands for what goes on once the block above it ends:
//    0 u32 kind        FRAME_*
//    4 u32 pc          the instruction that pushed it
//    8 u32 at          the value that instruction is evaluated at
//   12 u32 cursor      the next child; while one is evaluated, that child's value
//   16 u32 count       children
//   20 u32 left        children not yet begun
//   24 u32 entry       OBJECT: the entry expected next
//   28 u32 missing     OBJECT: required names not yet seen
//   32 u32 name        OBJECT: name of the child being evaluated
import { SCRATCH_SCHEMA } from '../abi'
import { BLOCK_BYTES } from './program'

export const FRAME_OBJECT: u32 = 1
export const FRAME_ARRAY: u32 = 2

export const FRAME_KIND: usize = 0
export const FRAME_PC: usize = 4
export const FRAME_AT: usize = 8
export const FRAME_CURSOR: usize = 12
export const FRAME_COUNT: usize = 16
export const FRAME_LEFT: usize = 20
export const FRAME_ENTRY: usize = 24
export const FRAME_MISSING: usize = 28
export const FRAME_NAME: usize = 32
export const FRAME_BYTES: usize = 64

// The machine's part of the scratch: the stack, behind it room for comparisons with constants.
const STACK_BYTES: usize = 0x200000
const EQUAL_STACK: usize = STACK_BYTES

/** Base of the program. */
export let program: usize = 0
/** The instruction to be executed. */
export let pc: usize = 0
/** The value it is evaluated at. */
export let at: usize = 0
/** The frame on top; the one below `stackBase` is none. */
export let top: usize = 0
export let stackBase: usize = 0
/** 1: the first refusal of the canonical order is wanted, and why; 0: only whether there is one. */
export let canonical: bool = false
/** Location of the last refusal. */
export let refusedLocation: i32 = -1
/** The last container walked to its end, and that end: saves passing over it again. */
export let walkedAt: usize = 0
export let walkedEnd: usize = 0

/** Sets the registers for the block at `block`. */
export function begin(base: usize, block: usize, value: usize, scratch: usize, exact: bool): void {
  program = base
  pc = base + block + BLOCK_BYTES
  at = value
  stackBase = scratch + SCRATCH_SCHEMA
  top = stackBase - FRAME_BYTES
  canonical = exact
  refusedLocation = -1
  walkedAt = 0
}

export function equalStackOf(scratch: usize): usize {
  return scratch + SCRATCH_SCHEMA + EQUAL_STACK
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

/** Goes on behind the instruction of the frame on top, at its value, and pops it. */
export function leave(): bool {
  pc = load<u32>(top, FRAME_PC)
  at = load<u32>(top, FRAME_AT)
  top -= FRAME_BYTES
  return next()
}

/** As `leave`, after a container was walked up to `end`. */
export function leaveWalked(end: usize): bool {
  walkedAt = load<u32>(top, FRAME_AT)
  walkedEnd = end
  return leave()
}

/** Goes on with the block at offset `block` for the child at `value`. */
export function descend(block: usize, value: usize): bool {
  store<u32>(top, <u32>value, FRAME_CURSOR)
  pc = program + block + BLOCK_BYTES
  at = value
  return true
}

/** Notes where the schema refuses; the answer of an instruction that failed. */
export function refuse(location: i32): bool {
  refusedLocation = location
  return false
}
