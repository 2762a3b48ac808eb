// The value of Host: a name or an address in brackets, and perhaps a port of up to five digits (RFC 9112, section 3.2).
// src/ingress/framing.ts has the same rule as a pattern; a test holds them together.
import { isAddressByte, isDigit, isHostByte } from './bytes'

const OPEN: u32 = 0x5b
const CLOSE: u32 = 0x5d
const COLON: u32 = 0x3a

export function isHost(value: usize, end: usize): bool {
  if (value == end) return false
  const named = load<u8>(value) == OPEN ? addressEnd(value + 1, end) : nameEnd(value, end)
  return named > value && isPort(named, end)
}

@inline
function nameEnd(value: usize, end: usize): usize {
  let at = value
  while (at < end && isHostByte(load<u8>(at))) at++
  return at
}

/** Behind the closing bracket, or 0. */
function addressEnd(value: usize, end: usize): usize {
  let at = value
  while (at < end && isAddressByte(load<u8>(at))) at++
  return at > value && at < end && load<u8>(at) == CLOSE ? at + 1 : 0
}

@inline
function isPort(at: usize, end: usize): bool {
  if (at == end) return true
  if (load<u8>(at) != COLON || end - at > 6) return false
  for (let digit = at + 1; digit < end; digit++) if (!isDigit(load<u8>(digit))) return false
  return true
}
