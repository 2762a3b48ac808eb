// From a path of child ordinals to the place in the JSON text, for errors that the schema found in the MessagePack. The
// text was accepted by parse before; here it is only walked over, byte by byte.
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

/**
 * Byte offset, in the accepted JSON text from `input` to `inputEnd`, of the value reached by the path: `pathCount` u32s at
 * `path`, each the ordinal of an array's element or an object's member, in input order.
 */
export function locate(input: usize, inputEnd: usize, path: usize, pathCount: i32): i32 {
  let at = skipToToken(input, inputEnd)
  for (let i = 0; i < pathCount; i++) {
    const isObject = <u32>load<u8>(at) == 0x7b
    at = skipToToken(at + 1, inputEnd)
    let ordinal = load<u32>(path + ((<usize>i) << 2))
    while (true) {
      if (isObject) at = skipToToken(skipString(at, inputEnd), inputEnd)
      if (ordinal-- == 0) break
      at = skipToToken(skipValue(at, inputEnd), inputEnd)
      if (at >= inputEnd) return <i32>(inputEnd - input)
    }
  }
  return <i32>(at - input)
}
