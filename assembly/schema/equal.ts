// Equality of a value with one written in the program: numbers by value, members in any order. The work is bounded by the
// value's bytes times the members of the constant. No recursion: open containers are kept on a stack of EQUAL_* records.
import { numbersEqual } from './number'
import { TYPE_ARRAY, TYPE_FRACTION, TYPE_INTEGER, TYPE_OBJECT } from './program'
import { childCount, containerHeadBytes, encodedStringBytes, skip, typeBit } from './value'

// An open container, 16 bytes.
const EQUAL_PENDING: usize = 0 // children not yet compared
const EQUAL_RIGHT: usize = 4 // next child of the constant (array), its first member (object)
const EQUAL_MEMBERS: usize = 8 // members of the constant; 0xffffffff: an array
const EQUAL_BYTES: usize = 16
const EQUAL_NO_MEMBERS: u32 = 0xffffffff

/** Whether the bytes at `a` and `b` are the same. */
export function bytesEqual(a: usize, b: usize, bytes: usize): bool {
  const end = a + bytes
  while (a + 8 <= end) {
    if (load<u64>(a) != load<u64>(b)) return false
    a += 8
    b += 8
  }
  while (a < end) {
    if (load<u8>(a) != load<u8>(b)) return false
    a++
    b++
  }
  return true
}

/** Whether two strings are the same; canonical strings are when their encodings are. */
// @ts-ignore: decorator
@inline
export function stringsEqual(a: usize, b: usize): bool {
  const bytes = encodedStringBytes(a)
  return bytes == encodedStringBytes(b) && bytesEqual(a, b, bytes)
}

/** Equality of everything but arrays and objects of children; those must have equal counts. */
function shallowEqual(left: usize, right: usize, bit: u32): bool {
  const rightBit = typeBit(right)
  if (bit != rightBit) return false
  if (bit & (TYPE_INTEGER | TYPE_FRACTION)) return numbersEqual(left, right)
  if (bit & (TYPE_ARRAY | TYPE_OBJECT)) {
    return childCount(left, load<u8>(left)) == childCount(right, load<u8>(right))
  }
  return stringsOrAtomsEqual(left, right)
}

// @ts-ignore: decorator
@inline
function stringsOrAtomsEqual(left: usize, right: usize): bool {
  const tag = <u32>load<u8>(left)
  if (tag == 0xc0 || tag == 0xc2 || tag == 0xc3) return tag == <u32>load<u8>(right)
  return stringsEqual(left, right)
}

/** The value of the member named like the one at `name` among `count` members from `member` on; 0: there is none. */
export function findMember(member: usize, count: u32, name: usize): usize {
  while (count != 0) {
    const value = member + encodedStringBytes(member)
    if (stringsEqual(member, name)) return value
    member = skip(value)
    count--
  }
  return 0
}

/** Writes the record of an open pair of containers. */
function open(record: usize, right: usize, bit: u32): void {
  const tag = <u32>load<u8>(right)
  const count = childCount(right, tag)
  store<u32>(record, count, EQUAL_PENDING)
  store<u32>(record, <u32>(right + containerHeadBytes(tag)), EQUAL_RIGHT)
  store<u32>(record, bit == TYPE_OBJECT ? count : EQUAL_NO_MEMBERS, EQUAL_MEMBERS)
}

/**
 * Whether the value at `left` equals the constant at `right`. `stack` has room for 16 bytes for each level of the constant.
 */
export function valuesEqual(left: usize, right: usize, stack: usize): bool {
  let depth: usize = 0
  while (true) {
    const bit = typeBit(left)
    if (!shallowEqual(left, right, bit)) return false
    if (bit & (TYPE_ARRAY | TYPE_OBJECT)) {
      open(stack + depth * EQUAL_BYTES, right, bit)
      depth++
      left += containerHeadBytes(load<u8>(left))
    } else left = skip(left)
    // `left` is behind what was compared, or at the first child: close what is finished, then take the next pair.
    while (depth != 0 && load<u32>(stack + (depth - 1) * EQUAL_BYTES, EQUAL_PENDING) == 0) depth--
    if (depth == 0) return true
    const record = stack + (depth - 1) * EQUAL_BYTES
    store<u32>(record, load<u32>(record, EQUAL_PENDING) - 1, EQUAL_PENDING)
    const members = load<u32>(record, EQUAL_MEMBERS)
    if (members == EQUAL_NO_MEMBERS) {
      right = load<u32>(record, EQUAL_RIGHT)
      store<u32>(record, <u32>skip(right), EQUAL_RIGHT)
    } else {
      right = findMember(load<u32>(record, EQUAL_RIGHT), members, left)
      if (right == 0) return false
      left += encodedStringBytes(left)
    }
  }
  return false
}
