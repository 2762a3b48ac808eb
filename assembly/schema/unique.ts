// UNIQUE: whether all elements of an array differ. A few scalars are compared pairwise; else each element's hash goes into
// a table, so that the time is linear in the array's bytes. A table slot, 8 bytes: u32 tag, half of a hash · u32 address of
// the element, 0: empty. Where tags meet, the whole hashes are compared.
import { valuesEqual } from './equal'
import { complain } from './errors'
import { hashA, hashB, hashValue } from './hash'
import { at, next, pc, stackBase, TABLE_BYTES, TABLE_OFFSET } from './machine'
import { UNIQUE_LOCATION } from './program'
import { compareStack } from './scalar'
import { childCount, containerHeadBytes, isArray, isObject, skip } from './value'

const PAIRWISE_MAX: u32 = 8
/** More elements than this cannot all differ within RECORD_BYTES_MAX: the shortest so many differing values are longer. */
const ELEMENTS_MAX: u32 = <u32>(TABLE_BYTES / 16)

/** UNIQUE: passes over what is no array. */
export function checkUnique(): bool {
  const tag = <u32>load<u8>(at)
  if (!isArray(tag)) return next()
  const count = childCount(at, tag)
  const first = at + containerHeadBytes(tag)
  const differ = count <= PAIRWISE_MAX && areScalars(first, count) ? differPairwise(first, count) : differByHash(first, count)
  return (differ || complain(load<i32>(pc, UNIQUE_LOCATION))) && next()
}

function areScalars(p: usize, count: u32): bool {
  for (; count != 0; count--) {
    const tag = <u32>load<u8>(p)
    if (isArray(tag) || isObject(tag)) return false
    p = skip(p)
  }
  return true
}

function differPairwise(p: usize, count: u32): bool {
  for (; count > 1; count--) {
    let other = skip(p)
    for (let left = count - 1; left != 0; left--) {
      if (valuesEqual(p, other, compareStack)) return false
      other = skip(other)
    }
    p = skip(p)
  }
  return true
}

function differByHash(p: usize, count: u32): bool {
  if (count > ELEMENTS_MAX) return false
  // At least twice as many slots as elements, a power of two.
  const mask: u32 = (1 << (33 - clz<u32>(count - 1))) - 1
  const table = stackBase + TABLE_OFFSET
  memory.fill(table, 0, <usize>(mask + 1) << 3)
  for (; count != 0; count--) {
    hashValue(p, compareStack)
    if (!insert(table, mask, p)) return false
    p = skip(p)
  }
  return true
}

/** Puts the element of the last hash into the table; false when an equal one is there. */
function insert(table: usize, mask: u32, p: usize): bool {
  const a = hashA
  const b = hashB
  const tag = <u32>(a >> 32)
  let slot = <u32>a & mask
  while (true) {
    const entry = table + (<usize>slot << 3)
    const held = <usize>load<u32>(entry, 4)
    if (held == 0) {
      store<u32>(entry, tag)
      store<u32>(entry, <u32>p, 4)
      return true
    }
    if (load<u32>(entry) == tag) {
      hashValue(held, compareStack)
      if (hashA == a && hashB == b) return false
    }
    slot = (slot + 1) & mask
  }
  return false
}
