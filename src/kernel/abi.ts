// The numbers of docs/formats.md as the host sees them: the mirror of assembly/abi.ts, compared by a test.
// It refuses to hold anything else: who reads or writes memory is instance.ts.
import { slabChunkCountMax, slabDetailBytes, slabInputBytes, slabOutputBytes, slabRecordCountMax } from '../limits.ts'

export const abiVersion = 1

/** Offsets of the slab's parts, from its start. */
export const slabHeaderBytes = 128
export const chunkBytes = 32
export const descriptorBytes = 64
export const chunkTableOffset = slabHeaderBytes
export const descriptorsOffset = chunkTableOffset + slabChunkCountMax * chunkBytes
export const detailOffset = descriptorsOffset + slabRecordCountMax * descriptorBytes
export const inputOffset = detailOffset + slabDetailBytes
export const outputOffset = inputOffset + slabInputBytes
/** One slab, with 64 bytes behind the output so that a wide load may pass the end. */
export const slabBytes = outputOffset + slabOutputBytes + 64

/** One kernel instance's working memory; its parts are in assembly/abi.ts. */
export const scratchBytes = 8_388_608
/** The SipHash key of the data directory. */
export const secretBytes = 16
/** Static data of the kernel ends below; an instance checks that (`dataEnd`). The secret stands there. */
export const staticBytesMax = 262_144

export const header = {
  streamIndex: 0,
  chunkCount: 4,
  inputBytes: 8,
  resumeChunk: 12,
  resumeOffset: 16,
  recordCount: 20,
  encodedCount: 24,
  batchBytes: 28,
  sealedAtMs: 32,
  commitStatus: 40,
  detailBytes: 44,
  duplicateCount: 48,
  conflictCount: 52,
  acceptedCount: 56,
  baseOffset: 64,
} as const

export const chunk = {
  inputOffset: 0,
  inputBytes: 4,
  kind: 8,
  keyBytes: 10,
  firstRecord: 12,
  recordCount: 16,
  errorsMax: 20,
} as const

export const chunkKind = { RECORD: 1, LINES: 2, MSGPACK: 3 } as const

export const descriptor = {
  inputOffset: 0,
  inputBytes: 4,
  status: 8,
  detailBytes: 10,
  locationIndex: 12,
  keyHash: 16,
  valueHash: 32,
  outputOffset: 40,
  outputBytes: 44,
  errorOffset: 48,
  detailOffset: 52,
  offset: 56,
  /** In the place of `outputOffset`, in a record that the schema refused. */
  errorListOffset: 40,
} as const

/** The list of a record's errors in the detail text. */
export const errorList = { errorCount: 0, isCut: 4, errors: 8 } as const
/** One error of such a list. */
export const errorEntry = { locationIndex: 0, errorOffset: 4, pointerOffset: 8, pointerBytes: 12 } as const
export const errorBytes = 16
/** The longest list: 4-aligned it fits the detail text. */
export const errorListBytesMax = slabDetailBytes - 4

/** What became of a record; from 16 on it was refused. */
export const recordStatus = {
  ENCODED: 1,
  ACCEPTED: 2,
  DUPLICATE: 3,
  CONFLICT: 4,
  EMPTY: 16,
  UNEXPECTED_END: 17,
  UNEXPECTED_BYTE: 18,
  CONTROL_CHARACTER: 19,
  BAD_ESCAPE: 20,
  LONE_SURROGATE: 21,
  BAD_UTF8: 22,
  NUMBER_RANGE: 23,
  DUPLICATE_KEY: 24,
  TOO_DEEP: 25,
  TRAILING_BYTES: 26,
  RECORD_TOO_LARGE: 27,
  SCHEMA_INVALID: 32,
  KEY_MISSING: 33,
  TOO_COMPLEX: 34,
} as const

export type RecordStatus = (typeof recordStatus)[keyof typeof recordStatus]

export const commitStatus = { COMMITTED: 0, LOG_UNAVAILABLE: 1, STORAGE_FULL: 2 } as const

/** What a call of the kernel returns when it is not a count. */
export const callStatus = { OK: 0, BAD_PROGRAM: -1, BAD_SLAB: -2, BAD_BATCH: -3, NO_ROOM: -4 } as const
