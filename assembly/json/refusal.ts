// Why a text was refused, and where. The walk and the readers of strings and numbers only find out that something is wrong;
// what it is, is worked out here, byte by byte, once a record.
// What always holds: a position at or behind the end of the input means that the text was fine as far as it went.
import { UNEXPECTED_BYTE, UNEXPECTED_END } from '../abi'

/** Address of the byte the last refusal is about. */
export let refusedAt: usize = 0

/** Returns `status` and notes `at`; at the end of the input it is UNEXPECTED_END whatever was wrong. */
export function refuse(status: i32, at: usize, end: usize): i32 {
  if (at >= end) {
    refusedAt = end
    return UNEXPECTED_END
  }
  refusedAt = at
  return status
}

/** Refuses the byte at `at`, which no valid text has there. */
export function refuseByte(at: usize, end: usize): i32 {
  return refuse(UNEXPECTED_BYTE, at, end)
}
