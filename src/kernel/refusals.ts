// Why a record was refused, from what the kernel reports (status, place, schema location) to what a person is told. The
// server's answers and the kernel used by itself say the same by it.
// It refuses nothing and decides nothing; it is asked about refused records only.
import type { ErrorCode } from '../errors.ts'
import type { SchemaLocation } from '../schema/compile.ts'
import { type RecordStatus, recordStatus } from './abi.ts'
import type { ListedError } from './descriptors.ts'
import { packedMessage, schemaMessage, shownValue, syntaxMessage } from './messages.ts'
import { shownPacked } from './shown-packed.ts'

/** What the kernel reports of a refused record. */
export type Refused = {
  readonly status: RecordStatus
  readonly errorOffset: number
  readonly locationIndex: number
  /** JSON pointer of the value; asked after SCHEMA_INVALID only. */
  readonly pointer: () => string
  /** The record's own bytes. */
  readonly bytes: () => Uint8Array
  /** The record is MessagePack. */
  readonly isPacked?: boolean
}

export type Why = {
  readonly message: string
  /** Where in the record, where that says anything. */
  readonly byteOffset?: number
  readonly pointer?: string
  readonly keyword?: string
  readonly schemaPointer?: string
}

/** The code of a refusal; INTERNAL for a status that is none. */
export function refusalCode(status: RecordStatus): ErrorCode {
  if (status === recordStatus.RECORD_TOO_LARGE) return 'RECORD_TOO_LARGE'
  if (status === recordStatus.KEY_MISSING) return 'KEY_MISSING'
  if (status === recordStatus.SCHEMA_INVALID || status === recordStatus.TOO_COMPLEX) return 'SCHEMA_INVALID'
  return status >= recordStatus.EMPTY && status < recordStatus.RECORD_TOO_LARGE ? 'JSON_MALFORMED' : 'INTERNAL'
}

/** Why the record was refused, in words and with the place. `locations` are those of the compiled schema. */
export function whyRefused(refused: Refused, locations: readonly SchemaLocation[]): Why {
  const { status, errorOffset: byteOffset } = refused
  if (status === recordStatus.KEY_MISSING)
    return { message: 'The key must be a string of 1 to 1024 bytes or an integer' }
  if (status === recordStatus.RECORD_TOO_LARGE) return { message: 'The record is too large' }
  if (status === recordStatus.TOO_COMPLEX) return { message: 'takes too many steps to validate' }
  const record = refused.bytes()
  if (status !== recordStatus.SCHEMA_INVALID) {
    const message = refused.isPacked
      ? packedMessage(status, byteOffset, record)
      : syntaxMessage(status, byteOffset, record)
    return { byteOffset, message }
  }
  return whyInvalid({ ...refused, pointer: refused.pointer() }, record, refused.isPacked === true, locations)
}

/** As {@link whyRefused} for each of the errors that the schema has with one record. */
export function whyAllRefused(
  errors: readonly ListedError[],
  record: Uint8Array,
  isPacked: boolean,
  locations: readonly SchemaLocation[],
): Why[] {
  return errors.map((error) => whyInvalid(error, record, isPacked, locations))
}

function whyInvalid(
  { locationIndex, errorOffset, pointer }: ListedError,
  record: Uint8Array,
  isPacked: boolean,
  locations: readonly SchemaLocation[],
): Why {
  const location = locations[locationIndex]
  const found = isPacked ? shownPacked(record, errorOffset) : shownValue(record, errorOffset)
  const { keyword = '', schemaPointer = '' } = location ?? {}
  return { pointer, keyword, schemaPointer, byteOffset: errorOffset, message: schemaMessage(location, found) }
}
