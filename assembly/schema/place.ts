// Where a value stands in the record's own bytes, JSON or MessagePack, from the ordinals of the children on the way to it.
// It remembers the way to the value before, so that errors in the order of the record cost one walk over it together.
// The record was accepted as well-formed before, so its bytes are not checked again; a way that leads nowhere, as a program
// made by hand can give, ends where the record does.
import { SCRATCH_KEY } from '../abi'
import { firstChild, nextChild, valueOfChild } from '../json/locate'
import { firstPacked, nextPacked, valueOfPacked } from '../msgpack/locate'
import { isObject } from './value'

export const SOURCE_NONE: i32 = 0
export const SOURCE_JSON: i32 = 1
export const SOURCE_PACKED: i32 = 2

/** The way to the value before: for each level u32 ordinal, u32 address where that child begins. */
const WAY_OFFSET: usize = SCRATCH_KEY + 0x50000

let source: i32 = SOURCE_NONE
let start: usize = 0
let end: usize = 0
let way: usize = 0
let wayCount: i32 = 0

/** The bytes that places are asked for; with SOURCE_NONE every place is 0. */
export function setSource(kind: i32, from: usize, to: usize, scratch: usize): void {
  source = kind
  start = from
  end = to
  way = scratch + WAY_OFFSET
  wayCount = 0
}

/**
 * Byte offset of the value: `count` ordinals at `path`, of elements or members in input order, lead to it. The record's
 * length when there is none.
 */
export function placeOf(path: usize, count: i32): i32 {
  if (source == SOURCE_NONE) return 0
  let value = source == SOURCE_JSON ? firstChild(start - 1, end) : start
  let isKnown = true
  const knownCount = wayCount
  wayCount = 0
  for (let level = 0; level < count && value < end; level++) {
    const step = way + (<usize>level << 3)
    const ordinal = load<u32>(path + (<usize>level << 2))
    const named = isNamed(value)
    // On the known way so far, and not behind the child that it went to: on from there.
    isKnown = isKnown && level < knownCount
    const isAhead = isKnown && ordinal >= load<u32>(step)
    let child = isAhead ? <usize>load<u32>(step, 4) : first(value)
    let left = isAhead ? ordinal - load<u32>(step) : ordinal
    isKnown = isAhead && left == 0
    for (; left != 0 && child < end; left--) child = next(child, named)
    store<u32>(step, ordinal)
    store<u32>(step, <u32>child, 4)
    wayCount = level + 1
    value = source == SOURCE_JSON ? valueOfChild(child, named, end) : valueOfPacked(child, named, end)
  }
  return <i32>(min(value, end) - start)
}

/** Whether the container's children are members. */
function isNamed(container: usize): bool {
  const byte = <u32>load<u8>(container)
  return source == SOURCE_JSON ? byte == 0x7b : isObject(byte)
}

function first(container: usize): usize {
  return source == SOURCE_JSON ? firstChild(container, end) : firstPacked(container, end)
}

function next(child: usize, named: bool): usize {
  return source == SOURCE_JSON ? nextChild(child, named, end) : nextPacked(child, named, end)
}
