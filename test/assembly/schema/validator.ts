// The kernel's validator by itself for tests: a schema and values in JavaScript in, verdicts out. Every program goes through
// the verifier first; each value stands at the end of canary bytes, and scratch outside the validator's parts is watched.
import { isDeepStrictEqual } from 'node:util'
import { errorBytes, errorEntry, errorList } from '../../../src/kernel/abi.ts'
import { encodeValue } from '../../../src/kernel/messagepack.ts'
import { recordErrorsMax } from '../../../src/limits.ts'
import {
  type CompiledSchema,
  type CompileOptions,
  compileSchema,
  type JsonSchema,
} from '../../../src/schema/compile.ts'
import { openProbe } from '../../fixtures/probe.ts'

type Exports = {
  heapBase(): number
  scratchBytes(): number
  verifyProgram(program: number, bytes: number): number
  validate(value: number, valueEnd: number, program: number, scratch: number): number
  explain(value: number, valueEnd: number, program: number, scratch: number, errorsMax: number): number
  extractKey(value: number, valueEnd: number, program: number, scratch: number): number
  formatHolds(format: number, text: number, bytes: number): number
  validateEach(values: number, count: number, program: number, scratch: number): number
  extractEach(values: number, count: number, program: number, scratch: number): number
  getErrorList(): number
  getFailPath(): number
  getFailPathCount(): number
  getKeyStart(): number
  getKeyBytes(): number
}

const programPages = 66
const valueBytesMax = 1 << 20
const canary = 0xa5

export const status = { OK: 0, INVALID: 32, KEY_MISSING: 33, TOO_COMPLEX: 34, BAD_PROGRAM: -1 } as const

export const options: CompileOptions = {
  keyPointers: [],
  value: 'msgpack',
  depthMax: 128,
  recordBytesMax: 262_144,
  keyBytesMax: 1024,
  assertFormat: true,
  documents: {},
}

export type Failure = {
  readonly keyword: string
  readonly schemaPointer: string
  readonly expected: unknown
  readonly pointer: string
}

export type Validator = Awaited<ReturnType<typeof openValidator>>

/** Compiles the probe and lays out its memory: program, value, scratch. */
export async function openValidator() {
  const pages = programPages + valueBytesMax / 65_536 + 2 + 130
  const { exports, bytes, view } = await openProbe<Exports>('schema', pages)
  const program = (exports.heapBase() + 15) & ~15
  const valueArea = program + programPages * 65_536 - 65_536
  const scratch = valueArea + valueBytesMax + 65_536
  let loaded: CompiledSchema | undefined

  /** Writes a value so that canaries lie before it; up to 64 bytes behind it are readable and hold more of them. */
  function putValue(encoded: Uint8Array): number {
    const at = valueArea + 64
    bytes.fill(canary, at - 64, at)
    bytes.set(encoded, at)
    bytes.fill(canary, at + encoded.length, at + encoded.length + 64)
    return at
  }

  /** Puts a program into memory as it is; the verifier's answer. */
  function loadBytes(image: Uint8Array): number {
    bytes.fill(0, program, program + image.length + 64)
    bytes.set(image, program)
    return exports.verifyProgram(program, image.length)
  }

  function load(schema: JsonSchema, changes: Partial<CompileOptions> = {}): CompiledSchema {
    loaded = compileSchema(schema, { ...options, ...changes })
    const answer = loadBytes(loaded.program)
    if (answer !== status.OK) throw new Error(`the verifier refused ${JSON.stringify(schema)}`)
    return loaded
  }

  function validateBytes(encoded: Uint8Array): number {
    const at = putValue(encoded)
    return exports.validate(at, at + encoded.length, program, scratch)
  }

  function listedErrors(): { readonly location: number; readonly pointer: string }[] {
    const list = exports.getErrorList()
    return Array.from({ length: view.getUint32(list, true) }, (_, index) => {
      const entry = list + errorList.errors + index * errorBytes
      const word = (field: number) => view.getUint32(entry + field, true)
      const from = list + word(errorEntry.pointerOffset)
      const pointer = Buffer.from(bytes.buffer, from, word(errorEntry.pointerBytes)).toString()
      return { location: word(errorEntry.locationIndex), pointer }
    })
  }

  function explainBytes(encoded: Uint8Array): { status: number; location: number; pointer: string; path: number[] } {
    const at = putValue(encoded)
    const answer = exports.explain(at, at + encoded.length, program, scratch, 0)
    const { location = -1, pointer = '' } = listedErrors()[0] ?? {}
    const path = Array.from({ length: exports.getFailPathCount() }, (_, level) =>
      view.getUint32(exports.getFailPath() + level * 4, true),
    )
    return { status: answer, location, pointer, path }
  }

  /** The first error of a value in the loaded schema; undefined when it fits. Both runs must agree. */
  function firstError(value: unknown): Failure | undefined {
    const encoded = encodeValue(value)
    const verdict = validateBytes(encoded)
    const why = explainBytes(encoded)
    if (verdict !== why.status) throw new Error(`validate says ${verdict}, explain ${why.status}`)
    if (verdict === status.OK) return undefined
    const location = loaded?.locations[why.location]
    if (verdict !== status.INVALID || location === undefined)
      throw new Error(`status ${verdict}, location ${why.location}`)
    return { ...location, pointer: why.pointer }
  }

  /** All errors of a value in the loaded schema, at most `max`. The first must be the one told by itself. */
  function allErrors(value: unknown, max = recordErrorsMax): Failure[] {
    const first = firstError(value)
    const encoded = encodeValue(value)
    const at = putValue(encoded)
    exports.explain(at, at + encoded.length, program, scratch, max)
    const failures = listedErrors().map(({ location, pointer }) => ({ ...loaded!.locations[location]!, pointer }))
    if (!isDeepStrictEqual(failures[0], first)) throw new Error('the first of all errors is not the first error')
    return failures
  }

  function key(value: unknown): string | undefined {
    const encoded = encodeValue(value)
    const at = putValue(encoded)
    const answer = exports.extractKey(at, at + encoded.length, program, scratch)
    if (answer === status.KEY_MISSING) return undefined
    return Buffer.from(bytes.buffer, exports.getKeyStart(), exports.getKeyBytes()).toString()
  }

  function format(code: number, text: string): boolean {
    const encoded = Buffer.from(text)
    const at = putValue(encoded)
    return exports.formatHolds(code, at, encoded.length) !== 0
  }

  const fits = (value: unknown) => firstError(value) === undefined
  return {
    exports,
    bytes,
    view,
    program,
    scratch,
    valueArea,
    load,
    loadBytes,
    validateBytes,
    explainBytes,
    firstError,
    allErrors,
    fits,
    key,
    format,
  }
}
