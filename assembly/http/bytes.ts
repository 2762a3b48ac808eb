// What a byte may stand for in a request head, as a table: one load decides instead of a chain of comparisons.

const TOKEN: u32 = 1
const HOST: u32 = 2
const ADDRESS: u32 = 4

// By byte: 1 for tchar (RFC 9110, section 5.6.2), 2 for what a host name is made of (RFC 3986, section 3.2.2: reg-name but
// for the comma, by which intermediaries split fields), 4 for an address in brackets. Only ASCII is any of these.
const CLASSES: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 3, 0, 1, 3, 3, 3, 3, 2, 2, 3, 3, 0, 3, 7, 0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 4, 2, 0, 2, 0, 0,
  0, 7, 7, 7, 7, 7, 7, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 1, 3,
  1, 7, 7, 7, 7, 7, 7, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 1, 0, 3, 0,
])

@inline
function has(byte: u32, bits: u32): bool {
  return byte < 128 && (load<u8>(CLASSES + <usize>byte) & bits) != 0
}

@inline
export function isToken(byte: u32): bool {
  return has(byte, TOKEN)
}

@inline
export function isHostByte(byte: u32): bool {
  return has(byte, HOST)
}

/** Hexadecimal digits, colon and dot. */
@inline
export function isAddressByte(byte: u32): bool {
  return has(byte, ADDRESS)
}

@inline
export function isDigit(byte: u32): bool {
  return byte - 0x30 < 10
}
