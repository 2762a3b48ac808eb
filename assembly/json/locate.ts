// From child to child in a JSON text, for the places of errors that the schema found in the MessagePack. The text was
// accepted by parse before; here it is only walked over, byte by byte.
const QUOTE: u32 = 0x22
const COMMA: u32 = 0x2c

/** Address of the first byte from `at` on that is no white space, comma or colon. */
function skipToToken(at: usize, end: usize): usize {
  while (at < end) {
    const byte = <u32>load<u8>(at)
    if (byte > 0x20 && byte != COMMA && byte != 0x3a) break
    at++
  }
  return at
}

/** Address behind the string whose opening quote is at `at`. */
function skipString(at: usize, end: usize): usize {
  at++
  while (at < end && <u32>load<u8>(at) != QUOTE) at += <u32>load<u8>(at) == 0x5c ? 2 : 1
  return at + 1
}

/** Address behind the value at `at`, with everything in it. */
function skipValue(at: usize, end: usize): usize {
  let depth = 0
  while (at < end) {
    const byte = <u32>load<u8>(at)
    if (byte == QUOTE) {
      at = skipString(at, end)
    } else if ((byte | 0x20) == 0x7b) {
      depth++
      at++
    } else if ((byte | 0x20) == 0x7d) {
      depth--
      at++
    } else at = skipScalar(at, end)
    if (depth == 0) return at
    at = skipToToken(at, end)
  }
  return end
}

/** Address behind the number or literal at `at`. */
function skipScalar(at: usize, end: usize): usize {
  while (at < end) {
    const byte = <u32>load<u8>(at)
    if (byte <= 0x20 || byte == COMMA || (byte | 0x20) == 0x7d) break
    at++
  }
  return at
}

/** Where the first child of the container at `at` begins: an element, or the name of a member. */
export function firstChild(at: usize, end: usize): usize {
  return skipToToken(at + 1, end)
}

/** Where the child behind the one at `at` begins; `named`: they are members. */
export function nextChild(at: usize, named: bool, end: usize): usize {
  return skipToToken(skipValue(valueOfChild(at, named, end), end), end)
}

/** Where the value of the child at `at` begins. */
export function valueOfChild(at: usize, named: bool, end: usize): usize {
  return named ? skipToToken(skipString(at, end), end) : at
}
