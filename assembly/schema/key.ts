// The record's key: the values at the program's key paths, joined by U+001F. A string gives its bytes as they are, an integer
// its decimal digits. Anything else at a path, an empty or a long key, or nothing there, is KEY_MISSING.
import { KEY_MISSING, OK, SCRATCH_KEY } from '../abi'
import { nodeAt, NO_NODE, rootMember } from '../json/places'
import { integerBits } from './number'
import { nameMatches } from './members'
import {
  ENTRY_NAME_BYTES, HEADER_KEY_BYTES_MAX, HEADER_KEY_PATHS, KEY_PATHS_COUNT, KEY_PATHS_PATHS, TOKEN_BYTES, TOKEN_ELEMENT,
} from './program'
import {
  childCount, containerHeadBytes, encodedStringBytes, isArray, isObject, isString, isWideInteger, skip, stringBytes,
  stringHeadBytes,
} from './value'

/** Where the key stands, and how long it is. */
export let keyStart: usize = 0
export let keyBytes: i32 = 0

/** The node (assembly/json/shapes.ts) of the member that a token named last. */
let knownToken: usize = 0
let knownNode: usize = NO_NODE

const SEPARATOR: u32 = 0x1f
const DIGITS_MAX: usize = 20

/** OK, or KEY_MISSING. Only for programs that have key paths. The key is in the value itself or in the scratch. */
export function extractKey(value: usize, valueEnd: usize, program: usize, scratch: usize): i32 {
  const paths = program + load<u32>(program, HEADER_KEY_PATHS)
  const bytesMax = load<u32>(program, HEADER_KEY_BYTES_MAX)
  if (load<u32>(paths, KEY_PATHS_COUNT) != 1) return joinParts(value, paths, bytesMax, scratch + SCRATCH_KEY)
  const p = follow(value, paths, paths + KEY_PATHS_PATHS)
  if (p == 0 || !readPart(p, scratch + SCRATCH_KEY)) return KEY_MISSING
  return <u32>keyBytes - 1 < bytesMax ? OK : KEY_MISSING
}

/** The value at a path; 0: there is none. */
// @ts-ignore: decorator
@inline
function follow(value: usize, paths: usize, path: usize): usize {
  let token = paths + load<u32>(path)
  let left = load<u32>(path, 4)
  let isRoot = true
  while (left != 0 && value != 0) {
    const tag = <u32>load<u8>(value)
    if (isObject(tag)) value = isRoot ? rootValue(value, tag, token) : memberValue(value, tag, token)
    else value = isArray(tag) ? elementValue(value, tag, load<u32>(token, TOKEN_ELEMENT)) : 0
    isRoot = false
    token += TOKEN_BYTES
    left--
  }
  return value
}

/** memberValue for the object that the whole record is. Most often the key comes first, or the parser knows where it met it. */
function rootValue(object: usize, tag: u32, token: usize): usize {
  const first = object + containerHeadBytes(tag)
  if (nameMatches(token, first) && childCount(object, tag) != 0) return first + load<u32>(token, ENTRY_NAME_BYTES)
  const known = knownToken == token ? rootMember(knownNode) : 0
  if (known != 0 && nameMatches(token, known)) return known + load<u32>(token, ENTRY_NAME_BYTES)
  const value = memberValue(object, tag, token)
  if (value != 0) {
    knownToken = token
    knownNode = nodeAt(value - load<u32>(token, ENTRY_NAME_BYTES))
  }
  return value
}

/** The value of the member the token names; 0: there is none. */
// @ts-ignore: decorator
@inline
function memberValue(object: usize, tag: u32, token: usize): usize {
  let left = childCount(object, tag)
  let p = object + containerHeadBytes(tag)
  while (left != 0) {
    if (nameMatches(token, p)) return p + load<u32>(token, ENTRY_NAME_BYTES)
    p = skip(p + encodedStringBytes(p))
    left--
  }
  return 0
}

function elementValue(array: usize, tag: u32, element: u32): usize {
  if (element >= childCount(array, tag)) return 0
  let p = array + containerHeadBytes(tag)
  for (; element != 0; element--) p = skip(p)
  return p
}

/** Sets the key to the text of the string or integer at `p`; digits are written to `scratch`. False for other values. */
// @ts-ignore: decorator
@inline
function readPart(p: usize, scratch: usize): bool {
  const tag = <u32>load<u8>(p)
  if (isString(tag)) {
    keyStart = p + stringHeadBytes(tag)
    keyBytes = <i32>stringBytes(p)
    return true
  }
  if (tag >= 0x80 && tag < 0xe0 && !isWideInteger(tag)) return false
  writeDigits(p, tag, scratch)
  return true
}

/** Writes the integer at `p` in decimal and sets the key to it. */
function writeDigits(p: usize, tag: u32, scratch: usize): void {
  const bits = integerBits(p)
  const negative = <i64>bits < 0 && tag != 0xcf
  let rest = negative ? 0 - bits : bits
  const end = scratch + DIGITS_MAX + 1
  let out = end
  do {
    out--
    store<u8>(out, 0x30 + <u8>(rest % 10))
    rest /= 10
  } while (rest != 0)
  if (negative) store<u8>(--out, 0x2d)
  keyStart = out
  keyBytes = <i32>(end - out)
}

/** Several paths: the parts go behind the room for digits, joined. */
function joinParts(value: usize, paths: usize, bytesMax: u32, scratch: usize): i32 {
  const start = scratch + 64
  let bytes: u32 = 0
  const count = load<u32>(paths, KEY_PATHS_COUNT)
  for (let index: u32 = 0; index < count; index++) {
    const p = follow(value, paths, paths + KEY_PATHS_PATHS + (<usize>index << 3))
    if (p == 0 || !readPart(p, scratch) || keyBytes == 0) return KEY_MISSING
    const separatorBytes = <u32>(index != 0)
    if (<u64>bytes + separatorBytes + <u32>keyBytes > bytesMax || hasSeparator(keyStart, keyBytes)) return KEY_MISSING
    if (separatorBytes != 0) store<u8>(start + bytes, SEPARATOR)
    memory.copy(start + bytes + separatorBytes, keyStart, keyBytes)
    bytes += separatorBytes + <u32>keyBytes
  }
  keyStart = start
  keyBytes = <i32>bytes
  return OK
}

function hasSeparator(text: usize, bytes: i32): bool {
  for (let index = 0; index < bytes; index++) {
    if (load<u8>(text + <usize>index) == SEPARATOR) return true
  }
  return false
}
