// Shapes: what the keys of earlier records looked like, so that the next record's keys need no scanning. Records of one
// stream repeat the same few keys in nearly the same order; a key that is where it was last time is recognised by one
// comparison of sixteen bytes, and the walk knows its length without looking for its end.
// A shape is the set of keys met in objects at one place (the root, `items`, `items.price` …), 64 at most, each with a bit of
// its own: so a repeated key shows as a bit that is already set. Keys that are in no shape are compared by keys.ts.
// What always holds: a guess only saves time. A key is taken for a node's when all its bytes are the node's; a key that is
// not found in its shape is not in it. Whoever fills the table with keys nobody else sends makes others slower for a while,
// and never wrong: after so many misses the table starts anew.
//
// A node, 64 bytes, is one key of one shape, or stands for a shape itself:
//   0  u8 × 32  token    `"key":` as it stands in a text without white space, zeros behind it
//  32  u64      bit      the key's bit; of a shape: how many keys it has
//  40  u32      next     the node that last came behind this one
//  44  u32      second   the one before that
//  48  u32      inside   the shape of objects in the key's value
//  52  u32      shape    the shape the key belongs to
//  56  u32      bytes    of the token, 4 to 32; of a shape: 0
//  60  u32      lanes    the lanes of sixteen that the token fills; one more, which is never there, when it is longer
// Node 0 is NOTHING: its token matches no text and it leads nowhere but to itself. Node 1 is above the root.
import { SHAPES } from './layout'

export const NODE_BYTES: usize = 64
const NODES_MAX: usize = 768
const SHAPE_KEYS_MAX: u64 = 64
const TOKEN_BYTES_MAX: usize = 32
/** The table of nodes: 2,048 slots of two bytes behind the nodes. A node is at most seven slots from its first one. */
const SLOTS: usize = NODES_MAX * NODE_BYTES
const SLOT_MASK: u32 = 2047
const PROBES_MAX: u32 = 8
/** Keys that were not in the table, of a full table, until it is emptied. */
const MISSES_MAX: u32 = 16384

let base: usize = 0
let nodeCount: usize = 0
let missCount: u32 = 0
let seed: u64 = 0

/** Makes `scratch` (json's part) the place of the shapes, empty when it was not before. Returns NOTHING. */
@inline
export function openShapes(scratch: usize): usize {
  if (base != scratch + SHAPES || missCount > MISSES_MAX) clearShapes(scratch)
  return base
}

function clearShapes(scratch: usize): void {
  base = scratch + SHAPES
  memory.fill(base, 0, SLOTS + ((<usize>SLOT_MASK + 1) << 1))
  nodeCount = 0
  missCount = 0
  // A lane beyond the sixteen: this comparison fails whatever the text is.
  store<u32>(makeNode(base), 0x10000, 60)
  makeNode(base)
}

/** Sets what the places of nodes in the table depend on. */
export function seedShapes(value: u64): void {
  seed = value
  base = 0
}

/** A node that leads nowhere, in `shape`. */
function makeNode(shape: usize): usize {
  const node = base + nodeCount * NODE_BYTES
  nodeCount++
  store<u32>(node, <u32>base, 40)
  store<u32>(node, <u32>base, 44)
  store<u32>(node, <u32>base, 48)
  store<u32>(node, <u32>shape, 52)
  return node
}

@inline
export function isNothing(node: usize): bool {
  return node == base
}

@inline
export function nextOf(node: usize): usize {
  return load<u32>(node, 40)
}

@inline
export function secondOf(node: usize): usize {
  return load<u32>(node, 44)
}

@inline
export function bitOf(node: usize): u64 {
  return load<u64>(node, 32)
}

@inline
export function tokenBytesOf(node: usize): usize {
  return load<u32>(node, 56)
}

/** Whether the node's token, of at most 16 bytes, is what `chunk` starts with. */
@inline
export function isToken(node: usize, chunk: v128): bool {
  const lanes = load<i32>(node, 60)
  return (i8x16.bitmask(i8x16.eq(chunk, v128.load(node))) & lanes) == lanes
}

/** The shape of objects in the value of `node`'s key; NOTHING when there is no room for a new one. */
@inline
export function shapeInside(node: usize): usize {
  const shape = <usize>load<u32>(node, 48)
  return shape != base ? shape : newShape(node)
}

function newShape(node: usize): usize {
  if (node == base || nodeCount == NODES_MAX) return base
  const shape = makeNode(base)
  store<u32>(node, <u32>shape, 48)
  return shape
}

/**
 * The node of the key of `bytes` bytes, decoded, at `key` in `shape`; a new one when it was not met before. NOTHING when
 * the key is too long, the shape full, or the table. Reads up to 32 bytes from `key` on.
 */
export function findKey(shape: usize, key: usize, bytes: usize): usize {
  if (shape == base || bytes + 3 > TOKEN_BYTES_MAX) {
    missCount++
    return base
  }
  const first = slotOf(shape, key, bytes)
  for (let probe: u32 = 0; probe < PROBES_MAX; probe++) {
    const slot = base + SLOTS + (<usize>((first + probe) & SLOT_MASK) << 1)
    const index = <usize>load<u16>(slot)
    if (index == 0) return addKey(shape, key, bytes, slot)
    const node = base + index * NODE_BYTES
    if (<usize>load<u32>(node, 52) == shape && isKey(node, key, bytes)) return node
  }
  missCount++
  return base
}

@inline
function slotOf(shape: usize, key: usize, bytes: usize): u32 {
  const unused = bytes >= 8 ? 0 : bytes == 0 ? 63 : (8 - <u64>bytes) << 3
  const word = (load<u64>(key) << unused) ^ <u64>bytes ^ (<u64>shape << 32) ^ seed
  return <u32>((word * 0x9e3779b97f4a7c15) >> 53)
}

function isKey(node: usize, key: usize, bytes: usize): bool {
  if (tokenBytesOf(node) != bytes + 3) return false
  const head = i8x16.bitmask(i8x16.eq(v128.load(key), v128.load(node, 1)))
  const tail = i8x16.bitmask(i8x16.eq(v128.load(key, 16), v128.load(node, 17)))
  return ctz(~(head | (tail << 16))) >= <i32>bytes
}

function addKey(shape: usize, key: usize, bytes: usize, slot: usize): usize {
  const index = load<u64>(shape, 32)
  if (nodeCount == NODES_MAX || index == SHAPE_KEYS_MAX) {
    missCount++
    return base
  }
  store<u16>(slot, <u16>nodeCount)
  const node = makeNode(shape)
  store<u64>(shape, index + 1, 32)
  store<u64>(node, <u64>1 << index, 32)
  const tokenBytes = <u32>bytes + 3
  store<u32>(node, tokenBytes, 56)
  store<u32>(node, tokenBytes > 16 ? 0x10000 : (1 << tokenBytes) - 1, 60)
  store<u8>(node, 0x22)
  memory.copy(node + 1, key, bytes)
  store<u16>(node + 1 + bytes, 0x3a22)
  return node
}

/** Notes that `node` came behind `previous`. */
@inline
export function follow(previous: usize, node: usize): void {
  if (previous == base || node == base) return
  store<u32>(previous, load<u32>(previous, 40), 44)
  store<u32>(previous, <u32>node, 40)
}
