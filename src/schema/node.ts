// The schema as a graph of checked nodes: what the emitter walks. A node is one schema object or boolean of a document.
// What always holds: each keyword was checked, and whatever is not honoured has been refused.
import type { JsonSchema } from './compile.ts'
import { checkKeyword, escapeToken, isRecord, unsupported } from './keywords.ts'

export type SchemaNode = {
  /** Where the schema stands, as in `SchemaLocation.schemaPointer`. */
  readonly pointer: string
  /** The keyword that holds it; `false` for the document itself. */
  readonly holder: string
  /** What a boolean schema says. */
  readonly verdict: boolean | undefined
  /** The keywords that hold no schemas, by name. */
  readonly keywords: Readonly<Record<string, unknown>>
  /** Subschemas by keyword: those with one, with a list, and with names. */
  readonly one: Readonly<Record<string, SchemaNode>>
  readonly many: Readonly<Record<string, readonly SchemaNode[]>>
  readonly named: Readonly<Record<string, readonly (readonly [name: string, node: SchemaNode])[]>>
}

/**
 * Reads the schema at `pointer` and all below it.
 * @throws SluiceError SCHEMA_UNSUPPORTED
 */
export function readSchema(schema: JsonSchema, pointer: string, holder: string): SchemaNode {
  const empty = { pointer, holder, keywords: {}, one: {}, many: {}, named: {} }
  if (typeof schema === 'boolean') return { ...empty, verdict: schema }
  if (!isRecord(schema)) throw unsupported(pointer, holder, 'expected a schema, an object or a boolean')
  const node = {
    ...empty,
    verdict: undefined,
    keywords: {} as Record<string, unknown>,
    one: {} as Record<string, SchemaNode>,
    many: {} as Record<string, readonly SchemaNode[]>,
    named: {} as Record<string, readonly (readonly [string, SchemaNode])[]>,
  }
  for (const [keyword, value] of Object.entries(schema)) {
    const at = `${pointer}/${escapeToken(keyword)}`
    const form = checkKeyword(pointer, keyword, value)
    if (form === 'schema') node.one[keyword] = readSchema(value as JsonSchema, at, keyword)
    else if (form === 'schemas') {
      node.many[keyword] = (value as JsonSchema[]).map((each, index) => readSchema(each, `${at}/${index}`, keyword))
    } else if (form === 'namedSchemas')
      node.named[keyword] = readNamed(value as Record<string, JsonSchema>, at, keyword)
    else if (form !== 'annotation') node.keywords[keyword] = value
  }
  return node
}

function readNamed(schemas: Readonly<Record<string, JsonSchema>>, pointer: string, keyword: string) {
  return Object.entries(schemas).map(
    ([name, schema]) => [name, readSchema(schema, `${pointer}/${escapeToken(name)}`, keyword)] as const,
  )
}
