// The kernel by itself, the package's entrance `sluice/kernel`: a schema goes in, what checks records and encodes them comes
// out. One WebAssembly instance over a plain memory of fixed size; the same file runs in Node and, bundled, in a browser.
// It refuses a schema that is not honoured in full; what a record holds is never a reason to throw.
// What always holds: statuses, errors and bytes are those of the server for the same schema; no call keeps anything for the
// next one.
import { assert } from '../assert.ts'
import { type ErrorCode, SluiceError } from '../errors.ts'
import {
  depthMax,
  keyBytesMax,
  recordBytesMax,
  recordErrorsListed,
  recordErrorsMax,
  slabInputBytes,
} from '../limits.ts'
import { type CompileOptions, compileSchema, type JsonSchema } from '../schema/compile.ts'
import { callStatus, type RecordStatus, recordStatus } from './abi.ts'
import {
  makeRecordFields,
  readRecord,
  recordBytes,
  recordErrors,
  recordKey,
  recordPointer,
  recordValue,
} from './descriptors.ts'
import type { Engine, EngineName, Plan } from './engine.ts'
import { openInstance } from './instance.ts'
import {
  appendChunk,
  hasNextRound,
  layOut,
  openSlab,
  readHeader,
  resetSlab,
  type Slab,
  sealSlab,
  slabBatch,
} from './memory.ts'
import { cutLines } from './pieces.ts'
import { refusalCode, type Why, whyAllRefused, whyRefused } from './refusals.ts'
import { type KernelSource, openSource } from './source.ts'

export { SluiceError } from '../errors.ts'
export type { CompileOptions, JsonSchema } from '../schema/compile.ts'
export type { KernelSource } from './source.ts'

export type KernelOptions = {
  /** The plain build of the kernel; left out: the one of this package. */
  readonly wasm?: KernelSource
  /** JSON pointer of the record's key, or several that are joined. A record without a usable one is then refused. */
  readonly key?: string | readonly string[]
  /** What is stored: canonical MessagePack (when left out), or the record's own bytes. */
  readonly value?: 'msgpack' | 'json'
  readonly depthMax?: number
  readonly recordBytesMax?: number
  /** Whether `format` is an assertion; true when left out. */
  readonly assertFormat?: boolean
  /** Documents that `$ref` may name, by URI. */
  readonly documents?: Readonly<Record<string, JsonSchema>>
}

/** Why a record was refused. `status` says more than `code`: it is a name of docs/formats.md, "Record status". */
export type RecordError = Why & { readonly code: ErrorCode; readonly status: keyof typeof recordStatus }

export type Checked =
  | {
      readonly ok: true
      /** Canonical MessagePack, or with `value: 'json'` the record without the white space around it. */
      readonly value: Uint8Array
      /** Undefined without `key`. */
      readonly key: string | undefined
    }
  | {
      readonly ok: false
      /** The first error. */
      readonly error: RecordError
      /** With `errors: 'all'`: every error, `error` first, in the order of docs/schema.md. Malformed JSON has one. */
      readonly errors?: readonly RecordError[]
      /** With `errors: 'all'`: there may be more than `errorsMax`, or than it was worth looking for. */
      readonly isCut?: boolean
    }

export type CheckOptions = {
  /** Which errors are told; the first when left out. */
  readonly errors?: 'first' | 'all'
  /** With `errors: 'all'`: how many at most, 1 to 1000; 32 when left out. */
  readonly errorsMax?: number
}

export type EncodeOptions = {
  /** Unix time of the batches; the time of the call when left out. */
  readonly timestampMs?: number
  /** Offset of the first record; 0 when left out. */
  readonly baseOffset?: number
  /** Errors listed at most; 100 when left out. */
  readonly errorsMax?: number
}

export type Encoded = {
  /** Kafka record batches, magic 2, each below 1 MiB. One behind the other they are a Kafka segment. */
  readonly batches: readonly Uint8Array[]
  readonly recordCount: number
  readonly encodedCount: number
  /** What the next call takes as `baseOffset`. */
  readonly nextOffset: number
  /** The first refused records; `index` counts records from 0. */
  readonly errors: readonly (RecordError & { readonly index: number })[]
  readonly errorsOmitted: number
}

export type Kernel = {
  readonly engine: EngineName
  /** Checks one JSON record. Text is taken as UTF-8. */
  check(record: Uint8Array | string, options?: CheckOptions): Checked
  /** Checks one record in MessagePack, as strictly; not with `value: 'json'`, which has no use for one. */
  checkMessagePack(record: Uint8Array, options?: CheckOptions): Checked
  /** Checks and encodes NDJSON of any length. A line without a record is skipped. */
  encodeBatch(ndjson: Uint8Array | string, options?: EncodeOptions): Encoded
}

/**
 * Makes a kernel for a schema. It takes 14 MiB of memory and is ready for any number of calls.
 * @throws SluiceError SCHEMA_UNSUPPORTED with `keyword` and `pointer` in `extra`; KERNEL_FAILED when the WebAssembly
 *   cannot be had or does not fit.
 */
export async function createKernel(schema: JsonSchema, options: KernelOptions = {}): Promise<Kernel> {
  const module = await openSource(options.wasm)
  try {
    return kernelOver(schema, options, false, (layout) => openInstance({ ...layout, module, scratchIndex: 0 }))
  } catch (cause) {
    // The shared build asks for a shared memory.
    if (!(cause instanceof WebAssembly.LinkError)) throw cause
    throw new SluiceError('KERNEL_FAILED', 'the kernel is not the plain build', {}, cause)
  }
}

type Open = (layout: ReturnType<typeof layOut>) => Engine

/** A kernel over any engine: `open` is given the memory it works on. */
export function kernelOver(schema: JsonSchema, options: KernelOptions, isShared: boolean, open: Open): Kernel {
  const compiled = compileSchema(schema, compileOptions(options))
  // Hashes of keys are for the log's table of duplicates. There is none here, so there is nothing a secret would protect.
  const layout = layOut({ slabCount: 1, scratchCount: 1, secret: new Uint8Array(16), compiled: [compiled], isShared })
  const stage: Stage = {
    engine: open(layout),
    plan: layout.plans[0]!,
    slab: openSlab(layout.memory, layout.map, 0),
    hasKey: compiled.options.keyPointers.length > 0,
  }
  return {
    engine: stage.engine.name,
    check: (record, given = {}) => checkOne(stage, 'record', toBytes(record), given),
    checkMessagePack: (record, given = {}) => checkPacked(stage, record, given),
    encodeBatch: (ndjson, given = {}) => encodeLines(stage, toBytes(ndjson), given),
  }
}

function compileOptions({ key = [], ...options }: KernelOptions): CompileOptions {
  return {
    keyPointers: typeof key === 'string' ? [key] : key,
    value: options.value ?? 'msgpack',
    depthMax: bounded('depthMax', options.depthMax, depthMax),
    recordBytesMax: bounded('recordBytesMax', options.recordBytesMax, recordBytesMax),
    keyBytesMax,
    assertFormat: options.assertFormat ?? true,
    documents: options.documents ?? {},
  }
}

function bounded(name: string, value: number | undefined, max: number): number {
  if (value === undefined) return max
  if (Number.isInteger(value) && value >= 1 && value <= max) return value
  throw new SluiceError('CONFIG_INVALID', `${name} is an integer from 1 to ${max}`)
}

type Stage = { readonly engine: Engine; readonly plan: Plan; readonly slab: Slab; readonly hasKey: boolean }

const textEncoder = new TextEncoder()
const fields = makeRecordFields()

function toBytes(input: Uint8Array | string): Uint8Array {
  return typeof input === 'string' ? textEncoder.encode(input) : input
}

function checkPacked(stage: Stage, record: Uint8Array, options: CheckOptions): Checked {
  if (stage.plan.compiled.options.value === 'msgpack') return checkOne(stage, 'msgpack', record, options)
  throw new SluiceError('MEDIA_TYPE', "a stream with value: 'json' takes no MessagePack")
}

function checkOne(stage: Stage, kind: 'record' | 'msgpack', record: Uint8Array, options: CheckOptions): Checked {
  const { slab, hasKey } = stage
  const isAll = options.errors === 'all'
  const errorsMax = isAll ? bounded('errorsMax', options.errorsMax ?? recordErrorsListed, recordErrorsMax) : 0
  resetSlab(slab, 0)
  if (appendChunk(slab, kind, record, undefined, errorsMax) < 0) return refusal([tooLarge()], isAll, false)
  sealSlab(slab, 0)
  runRound(stage)
  readRecord(slab, 0, fields)
  if (fields.status !== recordStatus.ENCODED) return refusalOf(stage, kind === 'msgpack', isAll)
  return { ok: true, value: recordValue(slab, 0), key: hasKey ? recordKey(slab, 0) : undefined }
}

function runRound({ engine, slab, plan }: Stage): void {
  const status = engine.runSlab(slab.address, plan)
  assert(status === callStatus.OK, `the kernel takes every slab that is filled here, it returned ${status}`)
}

/** Why the one record of the slab was refused. */
function refusalOf(stage: Stage, isPacked: boolean, isAll: boolean): Checked {
  const { slab, plan } = stage
  const list = fields.status === recordStatus.SCHEMA_INVALID ? recordErrors(slab, 0) : undefined
  if (list === undefined) return refusal([errorOf(stage, 0, isPacked)], isAll, false)
  const { errors, isCut } = list
  const whys = whyAllRefused(errors, recordBytes(slab, 0), isPacked, plan.compiled.locations)
  const all = whys.map((why): RecordError => ({ code: 'SCHEMA_INVALID', status: 'SCHEMA_INVALID', ...why }))
  return refusal(all, true, isCut)
}

function refusal(errors: readonly RecordError[], isAll: boolean, isCut: boolean): Checked {
  const error = errors[0]!
  return isAll ? { ok: false, error, errors, isCut } : { ok: false, error }
}

/** Why the record last read into `fields` was refused. */
function errorOf({ slab, plan }: Stage, index: number, isPacked = false): RecordError {
  const refused = {
    ...fields,
    isPacked,
    pointer: () => recordPointer(slab, index),
    bytes: () => recordBytes(slab, index),
  }
  const { status } = refused
  return { code: refusalCode(status), status: statusName(status), ...whyRefused(refused, plan.compiled.locations) }
}

function tooLarge(): RecordError {
  return { code: 'RECORD_TOO_LARGE', status: 'RECORD_TOO_LARGE', message: 'The record is too large' }
}

const statusNames = new Map(Object.entries(recordStatus).map(([name, status]) => [status, name]))

function statusName(status: RecordStatus): keyof typeof recordStatus {
  return statusNames.get(status) as keyof typeof recordStatus
}

/** What `encodeBatch` has so far. */
type Sum = {
  readonly batches: Uint8Array[]
  readonly errors: (RecordError & { readonly index: number })[]
  recordCount: number
  encodedCount: number
  nextOffset: number
}

function encodeLines(stage: Stage, ndjson: Uint8Array, options: EncodeOptions): Encoded {
  const { timestampMs = Date.now(), baseOffset = 0, errorsMax = 100 } = options
  const sum: Sum = { batches: [], errors: [], recordCount: 0, encodedCount: 0, nextOffset: baseOffset }
  for (const piece of cutLines(ndjson, slabInputBytes)) {
    if (piece.kind === 'lines') encodePiece(stage, piece.bytes, timestampMs, errorsMax, sum)
    else if (sum.errors.length < errorsMax) sum.errors.push({ ...tooLarge(), index: sum.recordCount++ })
    else sum.recordCount++
  }
  return { ...sum, errorsOmitted: sum.recordCount - sum.encodedCount - sum.errors.length }
}

function encodePiece(stage: Stage, lines: Uint8Array, timestampMs: number, errorsMax: number, sum: Sum): void {
  const { slab } = stage
  resetSlab(slab, 0)
  assert(appendChunk(slab, 'lines', lines) === 0, 'an empty slab takes a piece')
  sealSlab(slab, timestampMs)
  do {
    runRound(stage)
    takeBatch(slab, sum)
    takeErrors(stage, errorsMax, sum)
    sum.recordCount += readHeader(slab, 'recordCount')
  } while (hasNextRound(slab))
}

function takeBatch(slab: Slab, sum: Sum): void {
  const batch = slabBatch(slab).slice()
  if (batch.length === 0) return
  // Where a batch begins is not covered by its checksum.
  new DataView(batch.buffer).setBigInt64(0, BigInt(sum.nextOffset))
  const encodedCount = readHeader(slab, 'encodedCount')
  sum.batches.push(batch)
  sum.encodedCount += encodedCount
  sum.nextOffset += encodedCount
}

function takeErrors(stage: Stage, errorsMax: number, sum: Sum): void {
  const recordCount = readHeader(stage.slab, 'recordCount')
  if (recordCount === readHeader(stage.slab, 'encodedCount')) return
  for (let index = 0; index < recordCount && sum.errors.length < errorsMax; index++) {
    readRecord(stage.slab, index, fields)
    if (fields.status !== recordStatus.ENCODED)
      sum.errors.push({ ...errorOf(stage, index), index: sum.recordCount + index })
  }
}
