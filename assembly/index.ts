// The kernel's exports, one screen. All take and return 32-bit integers; addresses and counts are unsigned, statuses are
// negative (calls) or a record status of abi.ts. No call allocates, none traps on what a client sent, none keeps state that
// the next one needs, except where it says so. docs/abi.md has the calling sequence for a host.

import { ABI_VERSION, CHUNK_MSGPACK, SCRATCH_BYTES, SCRATCH_VALUE, SLAB_BYTES } from './abi'
import { checkedEnd, checkPacked, checkRecord as check, refusedOffset } from './check'
import { hashHigh, hashLow, siphash } from './hash/siphash'
import { xxh64 as hashValue } from './hash/xxh64'
import { errorList as listOfErrors, firstLocation, firstPointer, firstPointerBytes } from './schema/errors'
import { claimScratch } from './scratch'

export { indexBatch } from './encode/scan'
export { crc32c } from './hash/crc32c'
export { murmur2 } from './hash/murmur2'
export { parseHead } from './http/head'
export { verifyProgram } from './schema/verify'
export { setSeed } from './scratch'
export { runSlab } from './slab'

/** The marker a host looks for; its name changes with everything a host must know. */
export function sluice_abi_v1(): i32 {
  return ABI_VERSION
}

/** Where static data ends: nothing a host lays out may begin before. */
export function dataEnd(): i32 {
  return __heap_base as i32
}

export function scratchBytes(): i32 {
  return SCRATCH_BYTES as i32
}

export function slabBytes(): i32 {
  return SLAB_BYTES as i32
}

/** SipHash-2-4-128 of a key, written to the 16 bytes at `out`. */
export function hashKey(address: usize, bytes: usize, secret: usize, out: usize): void {
  siphash(address, bytes, secret)
  store<u64>(out, hashLow)
  store<u64>(out, hashHigh, 8)
}

/** XXH64, seed 0, of a value, written to the 8 bytes at `out`. */
export function xxh64(address: usize, bytes: usize, out: usize): void {
  store<u64>(out, hashValue(address, bytes))
}

/** Checks one record without a slab. Returns 0 or a record status; the getters below speak of the last call. */
export function checkRecord(input: usize, bytes: usize, program: usize, scratch: usize): i32 {
  claimScratch(scratch)
  return check(input, input + bytes, program, scratch, 0)
}

/** As `checkRecord`, for a record in MessagePack. */
export function checkMessagePack(input: usize, bytes: usize, program: usize, scratch: usize): i32 {
  claimScratch(scratch)
  return checkPacked(input, input + bytes, program, scratch, 0)
}

/** As `checkRecord` or, for the kind of a chunk in MessagePack, `checkMessagePack`, but lists up to `errorsMax` errors. */
export function checkAll(input: usize, bytes: usize, kind: i32, program: usize, scratch: usize, errorsMax: i32): i32 {
  claimScratch(scratch)
  const max: u32 = errorsMax > 0 ? errorsMax : 1
  if (kind == CHUNK_MSGPACK) return checkPacked(input, input + bytes, program, scratch, max)
  return check(input, input + bytes, program, scratch, max)
}

/** Accepted: bytes of MessagePack, which begins where `scratch` does. */
export function valueBytes(scratch: usize): i32 {
  return (checkedEnd - scratch - SCRATCH_VALUE) as i32
}

/** Refused: byte offset in the record. */
export function errorOffset(): i32 {
  return refusedOffset
}

/** Refused by the schema: index of the location. */
export function errorLocation(): i32 {
  return firstLocation
}

/** Refused by the schema: the JSON pointer of the value, as text. */
export function errorPointer(): usize {
  return firstPointer
}

export function errorPointerBytes(): i32 {
  return firstPointerBytes
}

/** Refused by the schema: address of the list of errors (docs/formats.md); of one error, but after `checkAll`. */
export function errorList(): usize {
  return listOfErrors
}
