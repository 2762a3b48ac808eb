// Where json's part of an instance's scratch goes, from SCRATCH_JSON. Every area is sized for a record of RECORD_BYTES_MAX
// bytes of the shape that fills it most, so that nothing here needs a check while it is written.
//
//       0   frames      one open container each, DEPTH_MAX + 1 of them
//    8 KiB  bignums     two integers of 4,096 bits and more, for numbers that 128 bits cannot decide
//   12 KiB  token       a key as shapes keep it, 32 bytes
//   16 KiB  shapes      what the keys of earlier records looked like
//  128 KiB  containers  8 bytes each; the shortest, `[],`, takes three bytes of input
//  832 KiB  keys        24 bytes each; the shortest member, `"":0,`, takes five
// 2304 KiB  key table   4 bytes a slot, at least twice as many slots as an object has keys
// 2816 KiB  places      4 bytes for every two of the MessagePack, up to PLACED_BYTES_MAX of it
import { RECORD_BYTES_MAX } from '../abi'

export const FRAMES: usize = 0
export const FRAME_BYTES: usize = 32
export const BIGNUMS: usize = 8192
export const TOKEN: usize = 12288
export const SHAPES: usize = 16384
export const CONTAINERS: usize = 131072
export const CONTAINER_BYTES: usize = 8
export const KEYS: usize = 851968
export const KEY_TABLE: usize = 2359296
export const KEY_TABLE_SLOTS_MAX: usize = 131072
export const PLACES: usize = 2883584
export const PLACED_BYTES_MAX: usize = 65536

/** Records longer than this are refused. */
export const JSON_BYTES_MAX: usize = RECORD_BYTES_MAX

/** Room of the output for any input of `bytes` bytes: `0.5,` makes nine bytes out of four, nothing makes more. */
@inline
export function outputBytesMax(bytes: usize): usize {
  return ((bytes * 9) >> 2) + 16
}
