// What can be asked of a value without looking into it: one SCALAR item, or a leaf slot that names one. The fast functions
// answer with the address behind the value, 0 when it is refused; `placeRefuses` says which keywords refuse it.
import { dfaTakes } from './dfa'
import { formatHolds } from './format'
import { isHostname } from './hostname'
import { isMultiple } from './multiple'
import { compareToDouble, doubleInBounds, intInBounds, numberInBounds, wideInBounds } from './number'
import {
  FORMAT_HOSTNAME, SCALAR_BOUNDS, SCALAR_CONST, SCALAR_ENUM, SCALAR_FORMAT, SCALAR_FORMAT_DFA, SCALAR_LENGTH_MAX, SCALAR_LENGTH_MIN,
  SCALAR_LOCATIONS, SCALAR_MULTIPLE, SCALAR_PATTERN,
  SCALAR_QUICK_MIN, SCALAR_QUICK_SPAN, SCALAR_TYPES, SLOT_ANY, SLOT_INTEGER, SLOT_NEVER, SLOT_NUMBER, SLOT_SCALAR,
  SLOT_STRING, SLOT_TEXT, SLOT_WORDS, TYPE_FRACTION, TYPE_INTEGER, TYPE_STRING,
} from './program'
import {
  codePointCount, isString, isWideInteger, loadDouble, skip, stringBytes, stringHeadBytes, typeBit,
  wideInteger, wideIntegerBytes,
} from './value'
import { setHas, wordsHave } from './words'

/** Room for comparisons with constants; set by `validate` and `explain` for their instance. */
export let compareStack: usize = 0

export function setCompareStack(address: usize): void {
  compareStack = address
}

/**
 * The address behind the value at `p` when the leaf slot takes it, else 0. Inlined into each loop over children: the
 * compiler of WebAssembly keeps `p` and the slot in registers then.
 */
// @ts-ignore: decorator
@inline
export function leafEnd(kind: u32, record: usize, p: usize): usize {
  switch (kind) {
    case SLOT_ANY: return skip(p)
    case SLOT_NEVER: return 0
    case SLOT_STRING: {
      const bytes = <u32>load<u8>(p) - 0xa0
      if (bytes < 32 && bytes - load<u32>(record, SCALAR_QUICK_MIN) <= load<u32>(record, SCALAR_QUICK_SPAN)) {
        return p + 1 + bytes
      }
      return stringEnd(record, p)
    }
    case SLOT_TEXT: return textEnd(record, p)
    case SLOT_INTEGER: {
      const tag = <u32>load<u8>(p)
      if (tag < 0x80) return intInBounds(record, tag) ? p + 1 : 0
      if (tag - 0xcc < 3) return intInBounds(record, wideInteger(p, tag)) ? p + wideIntegerBytes(tag) : 0
      return integerEnd(record, p, tag)
    }
    case SLOT_NUMBER: {
      const tag = <u32>load<u8>(p)
      if (tag == 0xcb) return doubleInBounds(record, loadDouble(p)) ? p + 9 : 0
      if (tag < 0x80) return intInBounds(record, tag) ? p + 1 : 0
      return integerEnd(record, p, tag)
    }
    case SLOT_WORDS: {
      const bytes = <u32>load<u8>(p) - 0xa0
      return bytes < 8 && wordsHave(record + load<u32>(record, SCALAR_ENUM), p, bytes) ? p + 1 + bytes : 0
    }
    default: return scalarEnd(record, p)
  }
}

/** A string with a length in doubt: long, outside the quick range, or no string. */
function stringEnd(record: usize, p: usize): usize {
  const tag = <u32>load<u8>(p)
  if (!isString(tag)) return 0
  const text = p + stringHeadBytes(tag)
  const bytes = stringBytes(p)
  return lengthHolds(record, text, bytes) ? text + bytes : 0
}

/** A string of which more is asked than its length. */
function textEnd(record: usize, p: usize): usize {
  const tag = <u32>load<u8>(p)
  if (!isString(tag)) return 0
  const text = p + stringHeadBytes(tag)
  const bytes = stringBytes(p)
  return stringHolds(record, text, bytes) ? text + bytes : 0
}

/** An integer that is no positive fixint, also one that is written as a double. */
function integerEnd(record: usize, p: usize, tag: u32): usize {
  if (isWideInteger(tag)) return wideInBounds(record, p, tag) ? p + wideIntegerBytes(tag) : 0
  if (tag >= 0xe0) return intInBounds(record, <i64>load<i8>(p)) ? p + 1 : 0
  if (tag != 0xcb) return 0
  const double = loadDouble(p)
  return trunc(double) == double && doubleInBounds(record, double) ? p + 9 : 0
}

/** Whether the text's code points are within the lengths. Counts them only where the bytes leave it open. */
// @ts-ignore: decorator
@inline
function lengthHolds(record: usize, text: usize, bytes: usize): bool {
  if (<u32>bytes - load<u32>(record, SCALAR_QUICK_MIN) <= load<u32>(record, SCALAR_QUICK_SPAN)) return true
  const count = codePointCount(text, bytes)
  return count >= load<u32>(record, SCALAR_LENGTH_MIN) && count <= load<u32>(record, SCALAR_LENGTH_MAX)
}

// @ts-ignore: decorator
@inline
function stringHolds(record: usize, text: usize, bytes: usize): bool {
  return lengthHolds(record, text, bytes) && dfaHolds(record, SCALAR_PATTERN, text, bytes) && formatTakes(record, text, bytes)
}

/** The automaton whose distance stands at `field`; 0 is none. */
// @ts-ignore: decorator
@inline
function dfaHolds(record: usize, field: usize, text: usize, bytes: usize): bool {
  const dfa = <usize>load<u32>(record + field)
  return dfa == 0 || dfaTakes(record + dfa, text, bytes)
}

// @ts-ignore: decorator
@inline
function formatTakes(record: usize, text: usize, bytes: usize): bool {
  const format = load<u32>(record, SCALAR_FORMAT)
  if (format == 0) return dfaHolds(record, SCALAR_FORMAT_DFA, text, bytes)
  if (format != FORMAT_HOSTNAME) return formatHolds(format, text, bytes)
  return isHostname(text, text + bytes, record + load<u32>(record, SCALAR_FORMAT_DFA), compareStack)
}

function multipleHolds(record: usize, p: usize): bool {
  const multiple = <usize>load<u32>(record, SCALAR_MULTIPLE)
  return multiple == 0 || isMultiple(record + multiple, p)
}

/** Whether the value at `p` fits the SCALAR. */
export function scalarHolds(record: usize, p: usize): bool {
  const bit = typeBit(p)
  if ((load<u32>(record, SCALAR_TYPES) & bit) == 0) return false
  if (!memberOf(record, SCALAR_ENUM, p) || !memberOf(record, SCALAR_CONST, p)) return false
  if (bit & (TYPE_INTEGER | TYPE_FRACTION)) return numberInBounds(record, p) && multipleHolds(record, p)
  return bit != TYPE_STRING || textEnd(record, p) != 0
}

/** Whether the value is in the set whose offset stands at `field` of the SCALAR, relative to the item; 0 is no set. */
// @ts-ignore: decorator
@inline
function memberOf(record: usize, field: usize, p: usize): bool {
  const set = <usize>load<u32>(record + field)
  return set == 0 || setHas(record + set, p, compareStack)
}

/** The address behind the value when the SCALAR takes it, else 0. */
export function scalarEnd(record: usize, p: usize): usize {
  return scalarHolds(record, p) ? skip(p) : 0
}

// The places of a SCALAR's keywords in its list of locations.
const AT_TYPE: u32 = 0
const AT_ENUM: u32 = 1
const AT_CONST: u32 = 2
const AT_MULTIPLE: u32 = 3
const AT_MAXIMUM: u32 = 4
const AT_MAX_LENGTH: u32 = 8
const AT_FORMAT: u32 = 11

/** How many keywords a SCALAR may have. */
export const PLACE_COUNT: u32 = AT_FORMAT + 1

/** The location of the keyword at `place` of the SCALAR. */
export function placeLocation(record: usize, place: u32): i32 {
  return load<i32>(record + (<usize>place << 2), SCALAR_LOCATIONS)
}

/** Whether the keyword at `place` of the SCALAR refuses the value at `p`. A place without a keyword refuses nothing. */
export function placeRefuses(record: usize, p: usize, place: u32): bool {
  const bit = typeBit(p)
  if (place == AT_TYPE) return (load<u32>(record, SCALAR_TYPES) & bit) == 0
  if (place == AT_ENUM) return !memberOf(record, SCALAR_ENUM, p)
  if (place == AT_CONST) return !memberOf(record, SCALAR_CONST, p)
  if (place < AT_MAX_LENGTH) return (bit & (TYPE_INTEGER | TYPE_FRACTION)) != 0 && numberPlaceRefuses(record, p, place)
  return bit == TYPE_STRING && stringPlaceRefuses(record, p, place)
}

function numberPlaceRefuses(record: usize, p: usize, place: u32): bool {
  if (place == AT_MULTIPLE) return !multipleHolds(record, p)
  const order = compareToDouble(p, load<f64>(record + (<usize>(place - AT_MAXIMUM) << 3), SCALAR_BOUNDS))
  switch (place - AT_MAXIMUM) {
    case 0: return order > 0
    case 1: return order >= 0
    case 2: return order < 0
    default: return order <= 0
  }
}

function stringPlaceRefuses(record: usize, p: usize, place: u32): bool {
  const text = p + stringHeadBytes(load<u8>(p))
  const bytes = stringBytes(p)
  switch (place - AT_MAX_LENGTH) {
    case 0: return codePointCount(text, bytes) > load<u32>(record, SCALAR_LENGTH_MAX)
    case 1: return codePointCount(text, bytes) < load<u32>(record, SCALAR_LENGTH_MIN)
    case 2: return !dfaHolds(record, SCALAR_PATTERN, text, bytes)
    default: return !formatTakes(record, text, bytes)
  }
}
