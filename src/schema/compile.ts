// JSON Schema → the kernel's program: reads and checks the schema (node.ts), writes items for it (emit.ts), seals them.
// It refuses whatever is not honoured, by keyword and pointer. What always holds: the program passes the kernel's verifier.
import { crc32c } from '../kernel/reference/crc32c.ts'
import { putNodeSlot } from './emit.ts'
import { addKeyPaths } from './emit-key.ts'
import { type Emitter, runTasks } from './emitter.ts'
import { header, programFlag, programMagic, programVersion } from './layout.ts'
import { makeLocations } from './locations.ts'
import { readSchema } from './node.ts'
import { isRecursive } from './recursion.ts'
import { makeWriter } from './writer.ts'

const checksumFrom = 16

export type JsonSchema = boolean | { readonly [keyword: string]: unknown }

/** Where in the schema a refusal comes from. Both engines report it by its index in `locations`. */
export type SchemaLocation = {
  readonly keyword: string
  /** JSON pointer of the keyword in the schema document, such as `/properties/items/items/properties/qty/minimum`. */
  readonly schemaPointer: string
  /** The keyword's value; for `required`, the missing name. */
  readonly expected: unknown
}

export type CompileOptions = {
  /** JSON pointers whose values make the key, joined by U+001F; empty: no key in the record. */
  readonly keyPointers: readonly string[]
  readonly value: 'msgpack' | 'json'
  readonly depthMax: number
  readonly recordBytesMax: number
  readonly keyBytesMax: number
  /** Whether `format` is an assertion. Sluice's streams say true. */
  readonly assertFormat: boolean
  /** Documents `$ref` may name, by URI. */
  readonly documents: Readonly<Record<string, JsonSchema>>
}

/** Plain data, can be posted to a thread. */
export type CompiledSchema = {
  readonly program: Uint8Array
  readonly locations: readonly SchemaLocation[]
  /** The schema is recursive: references cost steps (docs/schema.md, "Steps"). */
  readonly charged: boolean
  readonly schema: JsonSchema
  readonly options: CompileOptions
}

/**
 * Compiles a schema.
 * @throws SluiceError SCHEMA_UNSUPPORTED with `keyword` and `pointer` in `extra` for anything that is not honoured.
 */
export function compileSchema(schema: JsonSchema, options: CompileOptions): CompiledSchema {
  const root = readSchema(schema, options.documents)
  const emitter: Emitter = {
    writer: makeWriter(header.BYTES),
    locations: makeLocations(),
    options,
    charged: isRecursive(root),
    tasks: [],
    leaves: new Map(),
    functions: new Map(),
    shapes: new Map(),
    inlinedCount: 0,
    automata: new Map(),
  }
  putNodeSlot(emitter, header.ROOT, root)
  runTasks(emitter)
  const keyPaths = options.keyPointers.length === 0 ? 0 : addKeyPaths(emitter.writer, options.keyPointers)
  const program = finish(emitter, keyPaths)
  return { program, locations: emitter.locations.list, charged: emitter.charged, schema, options }
}

/** Adds the bitmap of item starts, fills in the header, and seals the program with its checksum. */
function finish({ writer, locations, options, charged }: Emitter, keyPaths: number): Uint8Array {
  const itemsEnd = writer.end
  const starts = (itemsEnd + 15) & ~15
  const bytes = (starts + Math.ceil((itemsEnd - header.BYTES) / 64) + 15) & ~15
  const program = new Uint8Array(bytes)
  program.set(writer.bytes.subarray(0, itemsEnd))
  for (const start of writer.starts) {
    const unit = (start - header.BYTES) / 8
    program[starts + (unit >> 3)]! |= 1 << (unit & 7)
  }
  const view = new DataView(program.buffer)
  const put = (offset: number, value: number) => view.setUint32(offset, value, true)
  put(header.MAGIC, programMagic)
  put(header.VERSION, programVersion)
  put(header.BYTES_TOTAL, bytes)
  put(header.FLAGS, (options.value === 'json' ? programFlag.VALUE_JSON : 0) | (charged ? programFlag.CHARGED : 0))
  put(header.DEPTH_MAX, options.depthMax)
  put(header.RECORD_BYTES_MAX, options.recordBytesMax)
  put(header.KEY_BYTES_MAX, options.keyBytesMax)
  put(header.ENTRY, view.getUint32(header.ROOT + 4, true))
  put(header.KEY_PATHS, keyPaths)
  put(header.KEY_PATH_COUNT, options.keyPointers.length)
  put(header.LOCATION_COUNT, locations.list.length)
  put(header.ITEMS_END, itemsEnd)
  put(header.STARTS, starts)
  put(header.CHECKSUM, crc32c(program, view, checksumFrom, bytes - checksumFrom))
  return program
}
