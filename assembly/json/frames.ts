// What the walk knows of the containers it is in, and the table of all containers of the text.
//
// A frame, 32 bytes; the walk is in the container of the topmost:
//   0  u32  container  its entry in the table of containers; 0 below the root
//   4  u32  close      the bracket that closes it; 0 below the root
//   8  u32  keys       where its keys start on the stack of keys (keys.ts)
//  12  u32  shape      of an object: its shape (shapes.ts)
//  16  u64  seen       of an object: the keys so far, a bit each
//  24  u32  node       while the walk is in a container inside it: the shape's node of the key the walk was at
//  28  u32  count      the commas so far
//
// An entry of the table of containers, 8 bytes, in the order of the opening brackets:
//   0  u32  header     address of the byte kept for the header in the MessagePack
//   4  u32  count      of a container with more than 15 members, with OBJECT_FLAG if it is one; otherwise 0
import { CONTAINER_BYTES, FRAME_BYTES } from './layout'

export const CLOSE_ARRAY: u32 = 0x5d
export const CLOSE_OBJECT: u32 = 0x7d
export const OBJECT_FLAG: u32 = 0x80000000

/** Whether a container of this text has more than 15 members, so that its header takes more than the byte kept for it. */
export let anyLong: bool = false
/** Where the table of containers ends. */
export let containersEnd: usize = 0
/** Where the stack of keys ends. */
export let keysEnd: usize = 0
/** The frame of the outermost container, also when it was closed. */
export let rootFrame: usize = 0
/** The frame that may not be followed by another. */
export let frameLimit: usize = 0

/** Sets up the frame below the root; no more than `depthMax` may follow it. */
export function openFrames(frame: usize, depthMax: i32, containers: usize, keys: usize): void {
  store<u64>(frame, 0)
  rootFrame = frame + FRAME_BYTES
  setSeen(rootFrame, 0)
  frameLimit = frame + <usize>max(depthMax, 0) * FRAME_BYTES
  containersEnd = containers
  keysEnd = keys
  anyLong = false
}

@inline
export function closeOf(frame: usize): u32 {
  return load<u32>(frame, 4)
}

@inline
export function keysOf(frame: usize): usize {
  return load<u32>(frame, 8)
}

@inline
export function shapeOf(frame: usize): usize {
  return load<u32>(frame, 12)
}

@inline
export function seenOf(frame: usize): u64 {
  return load<u64>(frame, 16)
}

@inline
export function setSeen(frame: usize, seen: u64): void {
  store<u64>(frame, seen, 16)
}

@inline
export function nodeOf(frame: usize): usize {
  return load<u32>(frame, 24)
}

@inline
export function countOf(frame: usize): u32 {
  return load<u32>(frame, 28)
}

@inline
export function setCount(frame: usize, count: u32): void {
  store<u32>(frame, count, 28)
}

export function setKeysEnd(end: usize): void {
  keysEnd = end
}

/** Keeps the walk's node of the container of `frame` and returns the frame of one inside it, which `close` will close. */
@inline
export function openFrame(frame: usize, close: u32, out: usize, shape: usize, node: usize): usize {
  store<u32>(frame, <u32>node, 24)
  const container = containersEnd
  containersEnd = container + CONTAINER_BYTES
  store<u64>(container, <u64>out)
  store<u32>(frame, <u32>container, FRAME_BYTES)
  store<u32>(frame, close, FRAME_BYTES + 4)
  store<u32>(frame, <u32>keysEnd, FRAME_BYTES + 8)
  store<u32>(frame, <u32>shape, FRAME_BYTES + 12)
  store<u64>(frame, 0, FRAME_BYTES + 16)
  store<u32>(frame, 0, FRAME_BYTES + 28)
  return frame + FRAME_BYTES
}

/** Opens another container in the place of the frame's, which was closed: the next row of a table. */
@inline
export function reopenFrame(frame: usize, out: usize): void {
  const container = containersEnd
  containersEnd = container + CONTAINER_BYTES
  store<u64>(container, <u64>out)
  store<u32>(frame, <u32>container)
  const around = frame - FRAME_BYTES
  setCount(around, countOf(around) + 1)
}

/** Writes the header of the frame's container, which has `count` members, or notes that it takes more than a byte. */
@inline
export function closeFrame(frame: usize, close: u32, count: u32): void {
  const container = <usize>load<u32>(frame)
  const isObject = close == CLOSE_OBJECT
  if (count > 15) {
    store<u32>(container, count | (isObject ? OBJECT_FLAG : 0), 4)
    anyLong = true
  } else store<u8>(<usize>load<u32>(container), <u8>((isObject ? 0x80 : 0x90) | count))
}
