// Writes the key's JSON pointers as KEY_PATHS (assembly/schema/program.ts draws it).
import { SluiceError } from '../errors.ts'
import { encodeValue } from '../kernel/encode-value.ts'
import { keyPathsLayout, op, tokenLayout } from './layout.ts'
import { longNameBytes, putName } from './name.ts'
import { addItem, putU32, type Writer } from './writer.ts'

const noElement = 0xffff_ffff

/** The tokens of a JSON pointer (RFC 6901). */
function tokensOf(pointer: string): string[] {
  if (pointer === '') return []
  const escapes = /~(?![01])/
  if (!pointer.startsWith('/') || escapes.test(pointer)) {
    throw new SluiceError(
      'CONFIG_INVALID',
      `key: expected a JSON pointer such as /orderId, got ${JSON.stringify(pointer)}`,
    )
  }
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The element a token names in an array, if it names one. */
function elementOf(token: string): number {
  const isIndex = /^(0|[1-9]\d{0,8})$/.test(token)
  return isIndex ? Number(token) : noElement
}

/** Appends KEY_PATHS for at least one pointer; returns its offset. */
export function addKeyPaths(writer: Writer, pointers: readonly string[]): number {
  const paths = pointers.map(tokensOf)
  const tokens = paths.flat().map((token) => ({ token, encoded: encodeValue(token) }))
  const tokensFrom = keyPathsLayout.PATHS + paths.length * 8
  const textFrom = tokensFrom + tokens.length * tokenLayout.BYTES
  const item = addItem(writer, op.KEY_PATHS, textFrom + longNameBytes(tokens.map(({ encoded }) => encoded)))
  putU32(writer, item + keyPathsLayout.COUNT, paths.length)
  let at = item + tokensFrom
  for (const [index, path] of paths.entries()) {
    putU32(writer, item + keyPathsLayout.PATHS + index * 8, at - item)
    putU32(writer, item + keyPathsLayout.PATHS + index * 8 + 4, path.length)
    at += path.length * tokenLayout.BYTES
  }
  let text = item + textFrom
  for (const [index, { token, encoded }] of tokens.entries()) {
    const place = item + tokensFrom + index * tokenLayout.BYTES
    text += putName(writer, place, encoded, text)
    putU32(writer, place + tokenLayout.ELEMENT, elementOf(token))
  }
  return item
}
