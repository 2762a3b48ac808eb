// JSON Schema → the kernel's program. (Contract; the implementation replaces this file.)
import { SluiceError } from '../errors.ts'

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
  readonly schema: JsonSchema
  readonly options: CompileOptions
}

/**
 * Compiles a schema.
 * @throws SluiceError SCHEMA_UNSUPPORTED with `keyword` and `pointer` in `extra` for anything that is not honoured.
 */
export function compileSchema(schema: JsonSchema, options: CompileOptions): CompiledSchema {
  throw new SluiceError('SCHEMA_UNSUPPORTED', `not built yet: ${JSON.stringify({ schema, options })}`)
}
