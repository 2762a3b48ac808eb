// Repeated keys of MessagePack maps: all keys of a value in one hash table, each with the number of its map. They are put in
// as they are met, so the first that repeats one of its map is the first in the value; from then on nothing is looked at.
// An entry is one of assembly/json/keys.ts, with the map's number in its reserved word. Without a repetition a key takes three
// bytes at least, with the map's head or with another one's length: so many entries have room where json has its
// containers and keys, and its table of 131,072 slots is never more than two thirds full.
import { SCRATCH_JSON } from '../abi'
import { hashKey, KEY_BYTES, pushKey, sameKey } from '../json/keys'
import { CONTAINERS, KEY_TABLE, KEY_TABLE_SLOTS_MAX } from '../json/layout'

/** The type byte of the first key that repeats one of its map; 0: none. */
export let firstRepeat: usize = 0

let first: usize = 0
let next: usize = 0
let table: usize = 0
let slotMask: usize = 0

/** Forgets all keys; `bytes` are those of the value at hand. */
export function openKeys(scratch: usize, bytes: usize): void {
  firstRepeat = 0
  first = scratch + SCRATCH_JSON + CONTAINERS
  next = first
  table = scratch + SCRATCH_JSON + KEY_TABLE
  let slots: usize = 64
  while (slots < bytes && slots < KEY_TABLE_SLOTS_MAX) slots <<= 1
  slotMask = slots - 1
  memory.fill(table, 0, slots << 2)
}

/** Puts in the key of `bytes` bytes at `key`, whose type byte is at `at`. */
export function addKey(map: u32, key: usize, bytes: usize, at: usize): void {
  if (firstRepeat != 0) return
  pushKey(next, key, bytes, at)
  store<u32>(next, map, 20)
  // Maps that share a key start at slots of their own: an odd factor leads different numbers to different ones.
  let slot = (<usize>hashKey(next) + <usize>map * 0x9e3779b1) & slotMask
  while (true) {
    const taken = <usize>load<u32>(table + (slot << 2))
    if (taken == 0) break
    if (load<u32>(taken, 20) == map && sameKey(taken, next)) {
      firstRepeat = at
      return
    }
    slot = (slot + 1) & slotMask
  }
  store<u32>(table + (slot << 2), <u32>next)
  next += KEY_BYTES
}
