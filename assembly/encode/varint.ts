// Variable-length integers as in Protocol Buffers: seven bits a byte, low bits first, the top bit says that more follow.
// Kafka's are zigzag: 0, −1, 1, −2 … are 0, 1, 2, 3 …. Lengths and deltas are 32-bit, so five bytes are the most.

/** Where the last `readVarint` stopped. */
export let varintEnd: usize = 0

/** How many bytes the varint of a non-negative `value` takes. */
// @ts-ignore: decorator
@inline export function varintBytes(value: u32): usize {
  const zigzag = value << 1
  // Bits in use, divided by seven and rounded up: 37/256 is exact for up to 32 bits.
  return ((38 - clz<u32>(zigzag | 1)) * 37) >> 8
}

/** Writes a non-negative `value` at `address`, returns the end. */
// @ts-ignore: decorator
@inline export function writeVarint(address: usize, value: u32): usize {
  const zigzag = value << 1
  if (zigzag < 0x80) {
    store<u8>(address, zigzag)
    return address + 1
  }
  if (zigzag < 0x4000) {
    store<u16>(address, (zigzag & 0x7f) | 0x80 | ((zigzag >> 7) << 8))
    return address + 2
  }
  return writeLongVarint(address, zigzag)
}

function writeLongVarint(address: usize, zigzag: u32): usize {
  while (zigzag >= 0x80) {
    store<u8>(address++, zigzag | 0x80)
    zigzag >>= 7
  }
  store<u8>(address, zigzag)
  return address + 1
}

/**
 * Reads a varint that must end before `end`; `varintEnd` is then behind it. A varint that is cut, or has bits beyond the
 * 32nd, leaves `varintEnd` at 0.
 */
export function readVarint(address: usize, end: usize): i32 {
  let zigzag: u64 = 0
  let shift: u64 = 0
  while (address < end && shift < 35) {
    const byte = load<u8>(address++) as u64
    zigzag |= (byte & 0x7f) << shift
    shift += 7
    if (byte < 0x80) {
      varintEnd = zigzag >> 32 ? 0 : address
      return ((zigzag >> 1) as i32) ^ -((zigzag & 1) as i32)
    }
  }
  varintEnd = 0
  return 0
}
