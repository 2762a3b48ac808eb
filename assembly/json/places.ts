// Which key stands where in the MessagePack of the last text. The walk knows each key's node (shapes.ts) when it writes the
// key; the stages behind it need not read the key again to know it. For every two bytes of MessagePack there is room for a
// node, as a key and its value take two at least; what is there counts for addresses of keys only, since nothing is cleared.
// What always holds: nothing is known of a value that comes from elsewhere, is longer than PLACED_BYTES_MAX, or in which
// bytes were moved.
import { rootFrame, seenOf, shapeOf } from './frames'
import { PLACED_BYTES_MAX } from './layout'
import { bitOf, placeOf, setPlace, shapeOfNode } from './shapes'

const MASK: usize = (PLACED_BYTES_MAX << 1) - 4

/** A node that has no key, no object and no entry: all zeros. */
export const NO_NODE: usize = memory.data(128, 16)

let places: usize = 0
let placedStart: usize = 0
let placedBytes: usize = 0

/** Makes `table` the room for places. */
@inline
export function openPlaces(table: usize): void {
  places = table
}

/** Notes the node of the key at `key`. */
@inline
export function notePlace(key: usize, node: usize): void {
  store<u32>(places + ((key << 1) & MASK), <u32>node)
  setPlace(node, key)
}

/** Says that the value from `start` to `end` is the one whose keys were noted. */
@inline
export function keepPlaces(start: usize, end: usize): void {
  placedStart = start
  placedBytes = end - start <= PLACED_BYTES_MAX ? end - start : 0
}

/** Says that the value at hand is another. */
@inline
export function forgetPlaces(): void {
  placedBytes = 0
}

/** The node of the key at `key`; NO_NODE when nothing is known of the value. */
@inline
export function nodeAt(key: usize): usize {
  return key - placedStart < placedBytes ? <usize>load<u32>(places + ((key << 1) & MASK)) : NO_NODE
}

/** Address of the node's key in the object that the value is; 0 when it has none, is no object, or nothing is known of it. */
@inline
export function rootMember(node: usize): usize {
  if (placedBytes == 0 || shapeOfNode(node) != shapeOf(rootFrame)) return 0
  // The bit shows that the place is one of this value.
  return (seenOf(rootFrame) & bitOf(node)) != 0 ? placeOf(node) : 0
}
