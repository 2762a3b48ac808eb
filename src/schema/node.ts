// The schema as a graph of checked nodes: what the emitter walks. A node is one schema object or boolean of a document as it
// applies in one dynamic scope, so that every `$dynamicRef` is resolved here, once and for all.
// What always holds: each keyword was checked, and whatever is not honoured has been refused; the graph may have cycles, but
// none of them stays at the same value.
import type { JsonSchema } from './compile.ts'
import { type Documents, indexDocuments, type Place, resolveReference } from './documents.ts'
import { checkKeyword, escapeToken, isRecord, unsupported } from './keywords.ts'

export type SchemaNode = {
  /** Where the schema stands, as in `SchemaLocation.schemaPointer`. */
  readonly pointer: string
  /** The keyword that holds it; `false` for a document itself. */
  readonly holder: string
  /** What a boolean schema says. */
  readonly verdict: boolean | undefined
  /** The keywords that hold no schemas, by name. */
  readonly keywords: Readonly<Record<string, unknown>>
  /** Subschemas by keyword: those with one (references too), with a list, and with names. */
  readonly one: Readonly<Record<string, SchemaNode>>
  readonly many: Readonly<Record<string, readonly SchemaNode[]>>
  readonly named: Readonly<Record<string, readonly (readonly [name: string, node: SchemaNode])[]>>
}

/** What dynamic anchors mean: the schema of the outermost resource that has the anchor, by name. */
type Scope = ReadonlyMap<string, Place>

type Reader = {
  readonly documents: Documents
  /** Names that some `$dynamicRef` asks for; others need not tell nodes apart. */
  readonly dynamicNames: ReadonlySet<string>
  readonly nodes: Map<string, SchemaNode>
}

type OpenNode = { -readonly [Field in keyof SchemaNode]: SchemaNode[Field] } & {
  keywords: Record<string, unknown>
  one: Record<string, SchemaNode>
  many: Record<string, readonly SchemaNode[]>
  named: Record<string, readonly (readonly [string, SchemaNode])[]>
}

/**
 * Reads a schema and all it refers to.
 * @throws SluiceError SCHEMA_UNSUPPORTED
 */
export function readSchema(schema: JsonSchema, documents: Readonly<Record<string, JsonSchema>>): SchemaNode {
  const index = indexDocuments(schema, documents)
  const names = [...index.byPointer.values()].flatMap((place) => dynamicName(place.schema))
  const reader: Reader = { documents: index, dynamicNames: new Set(names), nodes: new Map() }
  return readPlace(reader, index.root, new Map())
}

/** The anchor name a schema's `$dynamicRef` ends in. */
function dynamicName(schema: JsonSchema): string[] {
  const reference = isRecord(schema) ? schema.$dynamicRef : undefined
  return typeof reference === 'string' ? [reference.slice(reference.indexOf('#') + 1)] : []
}

/** The scope inside a place: its resource's anchors count where nothing further out has them. */
function enter(reader: Reader, scope: Scope, place: Place): Scope {
  const inner = new Map(scope)
  for (const [name, target] of place.resource.dynamicAnchors) {
    if (reader.dynamicNames.has(name) && !inner.has(name)) inner.set(name, target)
  }
  return inner
}

function readPlace(reader: Reader, place: Place, outer: Scope): SchemaNode {
  const scope = enter(reader, outer, place)
  const key = [place.pointer, ...[...scope].map(([name, { pointer }]) => `${name} ${pointer}`).sort()].join('\n')
  const known = reader.nodes.get(key)
  if (known !== undefined) return known
  const { schema, pointer, holder } = place
  const verdict = typeof schema === 'boolean' ? schema : undefined
  const node: OpenNode = { pointer, holder, verdict, keywords: {}, one: {}, many: {}, named: {} }
  reader.nodes.set(key, node)
  if (typeof schema !== 'boolean') readKeywords(reader, node, place, scope)
  return node
}

function readKeywords(reader: Reader, node: OpenNode, place: Place, scope: Scope): void {
  if (!isRecord(place.schema))
    throw unsupported(place.pointer, place.holder, 'expected a schema, an object or a boolean')
  const child = (keyword: string, token: string) =>
    readPlace(reader, reader.documents.byPointer.get(`${place.pointer}/${keyword}${token}`) as Place, scope)
  for (const [keyword, value] of Object.entries(place.schema)) {
    switch (checkKeyword(place.pointer, keyword, value)) {
      case 'annotation':
        break
      case 'schema':
        node.one[keyword] = child(keyword, '')
        break
      case 'schemas':
        node.many[keyword] = (value as JsonSchema[]).map((_, index) => child(keyword, `/${index}`))
        break
      case 'namedSchemas':
        node.named[keyword] = Object.keys(value as Record<string, JsonSchema>).map(
          (name) => [name, child(keyword, `/${escapeToken(name)}`)] as const,
        )
        break
      case 'reference':
        if (keyword !== '$id') node.one[keyword] = readReference(reader, place, scope, keyword, value as string)
        break
      default:
        node.keywords[keyword] = value
    }
  }
}

/** `$dynamicRef` is `$ref` unless its target is a dynamic anchor of the name: then the outermost of that name is meant. */
function readReference(reader: Reader, place: Place, scope: Scope, keyword: string, reference: string): SchemaNode {
  const target = resolveReference(reader.documents, place, keyword, reference)
  const name = reference.slice(reference.indexOf('#') + 1)
  const isDynamic =
    keyword === '$dynamicRef' && reference.includes('#') && target.resource.dynamicAnchors.get(name) === target
  return readPlace(reader, isDynamic ? (scope.get(name) ?? target) : target, scope)
}
