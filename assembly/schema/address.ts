// Names and addresses of the network as formats: mailboxes, domains, IP addresses (RFC 5321, 1123, 791, 4291). All bytes
// are looked at a constant number of times; a byte outside ASCII fails wherever it stands.

// @ts-ignore: decorator
@inline
function digit(p: usize): u32 {
  return <u32>load<u8>(p) - 0x30
}

/** `atext` of RFC 5322: letters, digits and !#$%&'*+-/=?^_`{|}~ */
// @ts-ignore: decorator
@inline
function isAtomByte(byte: u32): bool {
  const low: u64 = 0xa3ffacfa_00000000
  const high: u64 = 0x7fffffff_c7fffffe
  if (byte < 64) return <bool>((low >> byte) & 1)
  return byte < 128 && <bool>((high >> (byte - 64)) & 1)
}

/** Dot-separated atoms. */
function isDotAtom(p: usize, end: usize): bool {
  let dotted = true
  while (p < end) {
    const byte = <u32>load<u8>(p)
    if (byte == 0x2e) {
      if (dotted) return false
      dotted = true
    } else {
      if (!isAtomByte(byte)) return false
      dotted = false
    }
    p++
  }
  return !dotted
}

/** A quoted string with its quotes; a backslash takes any printable byte along. */
function isQuoted(p: usize, end: usize): bool {
  if (end - p < 2 || load<u8>(p) != 0x22) return false
  const last = end - 1
  p++
  while (p < last) {
    let byte = <u32>load<u8>(p)
    if (byte == 0x22) return false
    if (byte == 0x5c) {
      p++
      if (p == last) return false
      byte = load<u8>(p)
    }
    if (byte - 0x20 > 0x5e) return false
    p++
  }
  return load<u8>(last) == 0x22
}

// @ts-ignore: decorator
@inline
function isLetterOrDigit(byte: u32): bool {
  return byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 26
}

/** Dot-separated labels of 1–63 letters, digits and inner hyphens, 253 bytes at most. */
export function isDomain(p: usize, end: usize): bool {
  if (end - p > 253) return false
  let labelBytes = 0
  let previous: u32 = 0x2e
  while (p < end) {
    const byte = <u32>load<u8>(p)
    if (byte == 0x2e) {
      if (labelBytes == 0 || previous == 0x2d) return false
      labelBytes = 0
    } else {
      if (!isLetterOrDigit(byte) && (byte != 0x2d || labelBytes == 0)) return false
      labelBytes++
      if (labelBytes > 63) return false
    }
    previous = byte
    p++
  }
  return labelBytes != 0 && previous != 0x2d
}

/** Bytes of the decimal number of 0–255 at `p`, 0 when there is none. */
function octetBytes(p: usize, end: usize): usize {
  let value: u32 = 0
  let bytes: usize = 0
  while (p + bytes < end && bytes < 3 && digit(p + bytes) <= 9) {
    value = value * 10 + digit(p + bytes)
    bytes++
  }
  return value > 255 || (bytes > 1 && digit(p) == 0) ? 0 : bytes
}

/** Dotted quad that fills `p` … `end`. */
export function isIpv4(p: usize, end: usize): bool {
  for (let octet = 0; octet < 4; octet++) {
    const bytes = octetBytes(p, end)
    if (bytes == 0) return false
    p += bytes
    if (octet == 3) return p == end
    if (p == end || load<u8>(p) != 0x2e) return false
    p++
  }
  return false
}

/** Bytes of the one to four hexadecimal digits at `p`; 0 when there are none. */
function groupBytes(p: usize, end: usize): usize {
  let bytes: usize = 0
  while (p + bytes < end && bytes < 4) {
    const byte = <u32>load<u8>(p + bytes)
    if (byte - 0x30 > 9 && (byte | 0x20) - 0x61 > 5) break
    bytes++
  }
  return bytes
}

/** RFC 4291, section 2.2: eight groups, `::` once for one or more of them, the last two perhaps as a dotted quad. */
export function isIpv6(p: usize, end: usize): bool {
  let groupCount = 0
  let compressed = false
  if (p + 2 <= end && load<u16>(p) == 0x3a3a) {
    compressed = true
    p += 2
    if (p == end) return true
  }
  while (true) {
    const bytes = groupBytes(p, end)
    if (bytes == 0) return false
    if (p + bytes < end && load<u8>(p + bytes) == 0x2e) return isIpv4(p, end) && groupsFit(groupCount + 2, compressed)
    p += bytes
    groupCount++
    if (p == end) return groupsFit(groupCount, compressed)
    if (groupCount == 8 || load<u8>(p) != 0x3a) return false
    p++
    if (p < end && load<u8>(p) == 0x3a) {
      if (compressed) return false
      compressed = true
      p++
      if (p == end) return groupsFit(groupCount, true)
    }
  }
  return false
}

function groupsFit(groupCount: i32, compressed: bool): bool {
  return compressed ? groupCount <= 7 : groupCount == 8
}

/** What stands after the `@` in brackets, the brackets with it. */
function isAddressLiteral(p: usize, end: usize): bool {
  if (end - p < 3 || load<u8>(end - 1) != 0x5d) return false
  p++
  end--
  if (isIpv4(p, end)) return true
  if (end - p < 5 || load<u8>(p, 4) != 0x3a) return false
  // "ipv6" in any case; the digit has the bit set already.
  if ((load<u32>(p) | 0x00202020) != 0x36767069) return false
  return isIpv6(p + 5, end)
}

/** RFC 5321 `Mailbox` in ASCII. */
export function isEmail(text: usize, end: usize): bool {
  let at = end
  while (at > text && load<u8>(at - 1) != 0x40) at--
  // `at` is behind the last @ now.
  const localBytes = <i32>(at - text) - 1
  if (localBytes < 1 || localBytes > 64) return false
  if (!isDotAtom(text, at - 1) && !isQuoted(text, at - 1)) return false
  if (at == end) return false
  return load<u8>(at) == 0x5b ? isAddressLiteral(at, end) : isDomain(at, end)
}
