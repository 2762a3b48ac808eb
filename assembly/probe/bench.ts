// What bench/kernel calls: stages of the kernel by themselves. What a batch does in a loop of its own is a loop here, so
// that a call from JavaScript, which the batch does not make either, is not part of the figure.
import { SCRATCH_BYTES } from '../abi'
import { crc32cLong } from '../hash/crc32c-long'
import { xxh64 as hash } from '../hash/xxh64'
import { parsedEnd } from '../json/parse'
import { validate } from '../schema/validate'

export { parse, setSeed } from '../json/parse'
export { verifyProgram } from '../schema/verify'

/** First address that is free for the host. */
export function heapBase(): i32 {
  return <i32>__heap_base
}

export function scratchBytes(): i32 {
  return <i32>SCRATCH_BYTES
}

export function getParsedEnd(): i32 {
  return <i32>parsedEnd
}

/**
 * Validates `count` values; returns how many fit. One behind the other, each has its length in front, begins 16 bytes on,
 * and is padded to a multiple of 16 with at least 16 bytes more.
 */
export function validateEach(values: usize, count: i32, program: usize, scratch: usize): i32 {
  let fitting = 0
  for (let index = 0; index < count; index++) {
    const bytes = <usize>load<u32>(values)
    if (validate(values + 16, values + 16 + bytes, program, scratch) == 0) fitting++
    values += 16 + ((bytes + 31) & ~15)
  }
  return fitting
}

/**
 * CRC-32C as the head of a batch takes it, of `count` messages of `bytes` bytes that begin `stride` bytes apart. The
 * checksums go to `out`, four bytes each; `scratch`: CRC_SCRATCH_BYTES.
 */
export function checksumEach(messages: usize, bytes: usize, stride: usize, count: i32, scratch: usize, out: usize): void {
  for (let index = 0; index < count; index++) {
    store<u32>(out, crc32cLong(messages, bytes, scratch))
    messages += stride
    out += 4
  }
}

/** XXH64 of `count` keys of `bytes` bytes, one behind the other. The hashes go to `out`, eight bytes each. */
export function hashEach(keys: usize, bytes: usize, count: i32, out: usize): void {
  for (let index = 0; index < count; index++) {
    store<u64>(out, hash(keys, bytes))
    keys += bytes
    out += 8
  }
}

/** XXH64 of one key, written to `out`. */
export function xxh64(key: usize, bytes: usize, out: usize): void {
  store<u64>(out, hash(key, bytes))
}
