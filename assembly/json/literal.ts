// The three literals: `true`, `false`, `null`.
import { refuseByte } from './refusal'

const TRUE: u32 = 0x65757274
const NULL: u32 = 0x6c6c756e
const FALS: u32 = 0x736c6166
const LETTER_E: u32 = 0x65

/** Bytes of the literal at `at`, whose first four are `word`; 0 when there is none. Reads five bytes. */
@inline
export function literalBytes(word: u32, at: usize): usize {
  if (word == NULL || word == TRUE) return 4
  return word == FALS && <u32>load<u8>(at, 4) == LETTER_E ? 5 : 0
}

/** The MessagePack of the literal that starts with `word`. */
@inline
export function literalCode(word: u32): u32 {
  return word == NULL ? 0xc0 : word == TRUE ? 0xc3 : 0xc2
}

/** `true`, `null` and `false`, eight bytes each. */
const LITERALS: usize = memory.data<u8>([
  0x74, 0x72, 0x75, 0x65, 0, 0, 0, 0, 0x6e, 0x75, 0x6c, 0x6c, 0, 0, 0, 0, 0x66, 0x61, 0x6c, 0x73, 0x65, 0, 0, 0,
])

/** Refuses the first byte from `at` on that no literal has there. */
export function refuseLiteral(at: usize, end: usize): i32 {
  for (let i: usize = 0; i < 24; i += 8) {
    let length: usize = 0
    while (at + length < end && length < 8 && load<u8>(at + length) == load<u8>(LITERALS + i + length)) length++
    if (length > 0) return refuseByte(at + length, end)
  }
  return refuseByte(at, end)
}
