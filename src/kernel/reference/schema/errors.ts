// What the schema refuses in a record, listed in the order in which the walk finds it, as assembly/schema/errors.ts does it.
// What always holds: the list fits `errorListBytesMax` in the form of docs/formats.md; an error that is one too many or has
// no room ends it and marks it as cut.
import { pointerBytesMax, recordErrorsMax } from '../../../limits.ts'
import { errorBytes, errorListBytesMax, errorList as listLayout } from '../../abi.ts'
import { escapeToken } from './documents.ts'
import type { Path } from './walk.ts'

export type NotedError = {
  readonly locationIndex: number
  readonly errorOffset: number
  /** RFC 6901 text of at most `pointerBytesMax` bytes, as UTF-8. */
  readonly pointer: Uint8Array
}

export type Errors = {
  readonly list: NotedError[]
  /** There may be more than are listed. */
  isCut: boolean
  readonly countMax: number
  /** The first error is enough, whether or not there are others. */
  readonly isFirstOnly: boolean
  textBytes: number
}

/** A list of at most `max` errors; 0: the first one ends the walk. */
export function makeErrors(max: number): Errors {
  const isFirstOnly = max === 0
  const countMax = isFirstOnly ? 1 : Math.min(max, recordErrorsMax)
  return { list: [], isCut: false, countMax, isFirstOnly, textBytes: 0 }
}

/** Notes an error; false: that was the last one wanted, or there is no room for it. */
export function noteError(errors: Errors, locationIndex: number, errorOffset: number, path: Path): boolean {
  // A location that the compiler left out can never be reported.
  if (locationIndex < 0) throw new Error('the schema refused without a location')
  const { list } = errors
  const pointer = list.length < errors.countMax ? pointerOf(path) : undefined
  const bytes = listLayout.errors + (list.length + 1) * errorBytes + errors.textBytes + (pointer?.length ?? 0)
  errors.isCut = pointer === undefined || bytes > errorListBytesMax
  if (pointer === undefined || errors.isCut) return false
  list.push({ locationIndex, errorOffset, pointer })
  errors.textBytes += pointer.length
  return !errors.isFirstOnly
}

const textEncoder = new TextEncoder()

/** Tokens are appended while they fit whole; then the pointer ends. */
function pointerOf(path: Path): Uint8Array {
  let pointer = ''
  let bytes = 0
  for (const token of path) {
    const text = `/${escapeToken(String(token))}`
    bytes += Buffer.byteLength(text)
    if (bytes > pointerBytesMax) break
    pointer += text
  }
  return textEncoder.encode(pointer)
}
