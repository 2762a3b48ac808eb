// Shapes: what the keys of earlier records looked like, so that the next record's keys need no scanning. Records of one
// stream repeat the same few keys in nearly the same order; a key that is where it was last time is recognised by one
// comparison of sixteen bytes, and the walk knows its length without looking for its end.
// A shape is the set of keys met in objects at one place (the root, `items`, `items.price` …), 64 at most, each with a bit of
// its own: so a repeated key shows as a bit that is already set. Keys that are in no shape are compared by keys.ts.
// What always holds: a guess only saves time. A key is taken for a node's when all its bytes are the node's; a key that is
// not found in its shape is not in it. Keys that must be escaped are in no shape: their bytes in a text would mean another
// thing. Whoever fills the table with keys that nobody else sends makes others slower for a while, and never wrong; after
// so many misses the table starts anew.
//
// A node, 128 bytes, is one key of one shape, or stands for a shape itself:
//   0  u8 × 32  token    `"key":` as it stands in a text without white space, zeros behind it; of 16 bytes at most: only
//                        the first half, and in the second the key's MessagePack
//  32  u64      bit      the key's bit; of a shape: how many keys it has
//  40  u32      next     the node that is guessed to come behind this one: the last one, or NOTHING without trust
//  44  u32      inside   the shape of objects in the key's value; 0 while none was met
//  48  u32      shape    the shape the key belongs to
//  52  u32      bytes    of the token, 3 to 32; of a shape: 0
//  56  u32      lanes    the lanes of sixteen that the token fills; NO_LANE when it is longer or not ASCII
//  60  u32      space    bytes of white space that last came before the key
//  64  u32      last     the node that last came behind this one
//  68  i32      trust    how far the order of keys is to be trusted here, 0 to TRUST_MAX
//  72  u32      place    address of the MessagePack of the key where it was last met
//  76  u32      object   an OBJECT item of a schema, as an address, and
//  80  u32      entry    the entry it has for the key: schema/members.ts
// Node 0 is NOTHING: its token matches no text and it leads nowhere but to itself. Node 1 is above the root.
import { SHAPES } from './layout'

export const NODE_BYTES: usize = 128
const NODES_MAX: usize = 768
const SHAPE_KEYS_MAX: u64 = 64
const TOKEN_BYTES_MAX: usize = 32
/** A lane that no comparison of sixteen bytes has: it fails whatever the text is. */
const NO_LANE: u32 = 0x10000
/** The table of nodes: 2,048 slots of four bytes behind the nodes. A node is at most seven slots from its first one. */
const SLOTS: usize = NODES_MAX * NODE_BYTES
const SLOT_BITS: u64 = 11
const SLOT_COUNT: usize = 2048
const PROBES_MAX: usize = 8
const TRUST_MAX: i32 = 8
/** What a change of order takes of the trust; each time that it stays gives one. */
const DISTRUST: i32 = 2
/** Keys that were not in the table, of a full table, until it is emptied. */
const MISSES_MAX: u32 = 16384

let base: usize = 0
let nodeCount: usize = 0
let missCount: u32 = 0
let factor: u64 = 0x9e3779b97f4a7c15

/** Makes `scratch` (json's part) the place of the shapes, empty when it was not before. Returns the node above the root. */
export function openShapes(scratch: usize): usize {
  if (base != scratch + SHAPES || missCount > MISSES_MAX) clearShapes(scratch)
  return base + NODE_BYTES
}

function clearShapes(scratch: usize): void {
  base = scratch + SHAPES
  memory.fill(base, 0, SLOTS + (SLOT_COUNT << 2))
  for (let slot = base + SLOTS; slot < base + SLOTS + (SLOT_COUNT << 2); slot += 4) store<u32>(slot, <u32>base)
  nodeCount = 0
  missCount = 0
  const nothing = makeNode(base)
  store<u32>(nothing, <u32>base, 44)
  store<u32>(nothing, NO_LANE, 56)
  makeNode(base)
}

/** Sets what the places of keys in the table depend on. */
export function seedShapes(seed: u64): void {
  factor = seed | 1
  forgetShapes()
}

/** Forgets every key, and what is kept for it. */
export function forgetShapes(): void {
  base = 0
}

/** The shape of objects at the root. */
export function rootShape(): usize {
  return insideOf(base + NODE_BYTES)
}

@inline
export function placeOf(node: usize): usize {
  return load<u32>(node, 72)
}

@inline
export function setPlace(node: usize, key: usize): void {
  store<u32>(node, <u32>key, 72)
}

@inline
export function objectOf(node: usize): usize {
  return load<u32>(node, 76)
}

@inline
export function entryOf(node: usize): usize {
  return load<u32>(node, 80)
}

export function keepEntry(node: usize, object: usize, entry: usize): void {
  store<u32>(node, <u32>object, 76)
  store<u32>(node, <u32>entry, 80)
}

/** A node of `shape` that leads nowhere. */
function makeNode(shape: usize): usize {
  const node = base + nodeCount * NODE_BYTES
  nodeCount++
  store<u32>(node, <u32>base, 40)
  store<u32>(node, <u32>shape, 48)
  store<i32>(node, TRUST_MAX, 68)
  return node
}

@inline
export function isNothing(node: usize): bool {
  return node == base
}

@inline
export function bitOf(node: usize): u64 {
  return load<u64>(node, 32)
}

@inline
export function nextOf(node: usize): usize {
  return load<u32>(node, 40)
}

/** The shape of objects in the value of the node's key; 0 when none was met. */
@inline
export function insideOf(node: usize): usize {
  return load<u32>(node, 44)
}

@inline
export function shapeOfNode(node: usize): usize {
  return load<u32>(node, 48)
}

@inline
export function tokenBytesOf(node: usize): usize {
  return load<u32>(node, 52)
}

@inline
export function spaceOf(node: usize): usize {
  return load<u32>(node, 60)
}

@inline
export function noteSpace(node: usize, bytes: usize): void {
  store<u32>(node, <u32>bytes, 60)
}

/** Whether the node's token, of at most 16 bytes, is what `chunk` starts with. */
@inline
export function isToken(node: usize, chunk: v128): bool {
  const lanes = load<i32>(node, 56)
  return (i8x16.bitmask(i8x16.eq(chunk, v128.load(node))) & lanes) == lanes
}

/**
 * isToken for tokens of more than 16 bytes and for those that are not ASCII, which must end before `end`: with a string behind
 * a long one a load would leave the slack, and of a sequence of UTF-8 that is cut the first byte must be refused.
 */
@inline
export function isOddToken(node: usize, chunk: v128, at: usize, end: usize): bool {
  const bytes = tokenBytesOf(node)
  if (load<u32>(node, 56) != NO_LANE || bytes == 0 || at + bytes > end) return false
  const head = i8x16.bitmask(i8x16.eq(chunk, v128.load(node)))
  const tail = i8x16.bitmask(i8x16.eq(v128.load(at, 16), v128.load(node, 16)))
  return ctz(~<u64>(<u32>head | (<u32>tail << 16))) >= <u64>bytes
}

/** Writes the MessagePack of the node's key, whose token isToken found, and two or more bytes of waste behind it. */
@inline
export function writeKey(out: usize, node: usize): void {
  v128.store(out, v128.load(node, 16))
}

/** writeKey for a key whose token isOddToken found. */
@inline
export function writeOddKey(out: usize, node: usize): void {
  store<u8>(out, <u8>(0x9d + tokenBytesOf(node)))
  v128.store(out, v128.load(node, 1), 1)
  v128.store(out, v128.load(node, 17), 17)
}

/** Bytes of the token at the start of `chunk`, if it ends there. */
@inline
export function tokenBytes(chunk: v128, quotes: v128): usize {
  // The opening quote is none that closes.
  return <usize>ctz(i8x16.bitmask(i8x16.eq(chunk, quotes)) & 0xfffe) + 2
}

/**
 * Notes that `next` came behind `node`, which was not guessed. Where the order of keys changes more often than it stays, a
 * guess that fails costs more than none, so none is made until the order has stayed for a while.
 * NOTHING, which has no shape, has nothing behind it.
 */
@inline
export function follow(node: usize, next: usize): void {
  if (node == base) return
  const trust = load<i32>(node, 68)
  const stays = load<u32>(node, 64) == <u32>next
  const trusted = select<i32>(min(trust + 1, TRUST_MAX), max(trust - DISTRUST, 0), stays)
  store<i32>(node, trusted, 68)
  store<u32>(node, <u32>next, 64)
  store<u32>(node, select<u32>(<u32>next, <u32>base, trusted == TRUST_MAX), 40)
}

/** The first slot of a token of `bytes` bytes, the first eight of them in `word`, in `shape`. */
@inline
function slotOf(shape: usize, word: u64, bytes: usize): usize {
  const unused = <u64>(8 - min<usize>(bytes, 8)) << 3
  const mixed = ((word << unused) ^ <u64>bytes ^ (<u64>shape << 32)) * factor
  return base + SLOTS + (<usize>(mixed >> (64 - SLOT_BITS)) << 2)
}

/** The node in the first slot of a token of `bytes` bytes in `shape`: perhaps the token's. */
@inline
export function guessToken(shape: usize, word: u64, bytes: usize): usize {
  return load<u32>(slotOf(shape, word, bytes))
}

/** Gives objects in the value of the node's key a shape; NOTHING when there is no room for one. */
export function addShape(node: usize): void {
  store<u32>(node, <u32>(nodeCount == NODES_MAX ? base : makeNode(base)), 44)
}

/**
 * The node of the key of `bytes` bytes, decoded, at `key` in `shape`; a new one when it was not met before. NOTHING when
 * the key is too long, must be escaped, or finds no room. `token` is room for one.
 */
export function findKey(shape: usize, key: usize, bytes: usize, token: usize): usize {
  if (bytes + 3 > TOKEN_BYTES_MAX || !makeToken(token, key, bytes) || shape == base) {
    missCount++
    return base
  }
  const first = slotOf(shape, load<u64>(token), bytes + 3) - (base + SLOTS)
  for (let probe: usize = 0; probe < PROBES_MAX; probe++) {
    const slot = base + SLOTS + ((first + (probe << 2)) & ((SLOT_COUNT << 2) - 1))
    const node = <usize>load<u32>(slot)
    if (node == base) return addKey(shape, token, bytes + 3, slot)
    if (shapeOfNode(node) == shape && sameToken(node, token, bytes + 3)) return node
  }
  missCount++
  return base
}

/** Writes the token of a key, zeros behind it; false when the key does not stand in a text as it is. */
function makeToken(token: usize, key: usize, bytes: usize): bool {
  v128.store(token, i64x2.splat(0))
  v128.store(token, i64x2.splat(0), 16)
  store<u8>(token, 0x22)
  for (let i: usize = 0; i < bytes; i++) {
    const byte = <u32>load<u8>(key + i)
    if (byte < 0x20 || byte == 0x22 || byte == 0x5c) return false
    store<u8>(token + i, <u8>byte, 1)
  }
  store<u16>(token + bytes, 0x3a22, 1)
  return true
}

/** Whether the node's token is the one of `bytes` bytes at `token`. */
function sameToken(node: usize, token: usize, bytes: usize): bool {
  if (tokenBytesOf(node) != bytes) return false
  const head = i8x16.all_true(i8x16.eq(v128.load(node), v128.load(token)))
  return head && (bytes <= 16 || i8x16.all_true(i8x16.eq(v128.load(node, 16), v128.load(token, 16))))
}

function addKey(shape: usize, token: usize, bytes: usize, slot: usize): usize {
  const index = load<u64>(shape, 32)
  if (nodeCount == NODES_MAX || index == SHAPE_KEYS_MAX) {
    missCount++
    return base
  }
  const node = makeNode(shape)
  store<u32>(slot, <u32>node)
  store<u64>(shape, index + 1, 32)
  v128.store(node, v128.load(token))
  if (bytes > 16) v128.store(node, v128.load(token, 16), 16)
  else {
    store<u8>(node, <u8>(0x9d + bytes), 16)
    memory.copy(node + 17, token + 1, bytes - 3)
  }
  store<u64>(node, <u64>1 << index, 32)
  store<u32>(node, <u32>bytes, 52)
  const isOdd = bytes > 16 || i8x16.bitmask(v128.load(token)) != 0
  store<u32>(node, isOdd ? NO_LANE : (<u32>1 << <u32>bytes) - 1, 56)
  return node
}
