// Finds schemas by reference. Indexes every schema of the schema at hand and of the documents that came with it under each
// URI it can be named by. Nothing is fetched; what the documents' other keywords mean is not looked at here.
import type { JsonSchema } from './compile.ts'
import { escapeToken, isRecord, keywordForms, unsupported } from './keywords.ts'

/** What a document or an `$id` opens: the scope of anchors. */
export type Resource = { readonly dynamicAnchors: Map<string, Place> }

/** A schema and where it stands. */
export type Place = {
  readonly schema: JsonSchema
  /** As in `SchemaLocation.schemaPointer`: for a document handed over, its URI and `#` stand before the pointer. */
  readonly pointer: string
  /** The keyword that holds it, `false` for a document itself. */
  readonly holder: string
  /** Base URI of its references. */
  readonly base: string
  readonly resource: Resource
}

export type Documents = {
  readonly root: Place
  /** Under each URI a schema can be named by. */
  readonly byUri: ReadonlyMap<string, Place>
  /** Under `Place.pointer`. */
  readonly byPointer: ReadonlyMap<string, Place>
}

type Index = { readonly byUri: Map<string, Place>; readonly byPointer: Map<string, Place> }

/** The base of a schema without an `$id`; no URI anybody writes. */
const nameless = 'sluice:/schema'

/** Indexes a schema and the documents `$ref` may name. */
export function indexDocuments(schema: JsonSchema, documents: Readonly<Record<string, JsonSchema>>): Documents {
  const index: Index = { byUri: new Map(), byPointer: new Map() }
  for (const [uri, document] of Object.entries(documents)) {
    const base = splitUri(parseUri(uri, nameless, '', 'documents'))[0]
    indexDocument(index, document, base, `${base}#`)
  }
  // The schema itself comes last: its own `$id` names it even where a document has the same.
  return { root: indexDocument(index, schema, nameless, ''), ...index }
}

function indexDocument(index: Index, schema: JsonSchema, base: string, pointer: string): Place {
  const resource = { dynamicAnchors: new Map<string, Place>() }
  return indexSchema(index, { schema, pointer, holder: 'false', base, resource }, [`${base}#`])
}

/** Indexes a schema and all below it; `prefixes` are the URIs of it, one for each resource that encloses it. */
function indexSchema(index: Index, given: Place, prefixes: readonly string[]): Place {
  const { schema } = given
  let place = given
  let uris = prefixes
  if (isRecord(schema) && typeof schema.$id === 'string') {
    const [base, fragment] = splitUri(parseUri(schema.$id, given.base, `${given.pointer}/$id`, '$id'))
    if (fragment !== '') throw unsupported(`${given.pointer}/$id`, '$id', 'expected a URI without a fragment')
    place = { ...given, base, resource: { dynamicAnchors: new Map() } }
    uris = [...prefixes, `${base}#`]
  }
  for (const uri of uris) index.byUri.set(uri, place)
  index.byPointer.set(place.pointer, place)
  if (!isRecord(schema)) return place
  indexAnchors(index, place, schema)
  for (const [keyword, token, child] of subschemas(schema)) {
    const childPlace = { ...place, schema: child, pointer: place.pointer + token, holder: keyword }
    indexSchema(
      index,
      childPlace,
      uris.map((uri) => uri + token),
    )
  }
  return place
}

function indexAnchors(index: Index, place: Place, schema: Readonly<Record<string, unknown>>): void {
  const { $anchor, $dynamicAnchor } = schema
  for (const anchor of [$anchor, $dynamicAnchor]) {
    if (typeof anchor === 'string') index.byUri.set(`${place.base}#${anchor}`, place)
  }
  if (typeof $dynamicAnchor === 'string') place.resource.dynamicAnchors.set($dynamicAnchor, place)
}

/** The direct subschemas of a schema object: keyword, pointer from it, schema. Values of a wrong form hold none. */
export function* subschemas(schema: Readonly<Record<string, unknown>>): Generator<[string, string, JsonSchema]> {
  for (const [keyword, value] of Object.entries(schema)) {
    const form = Object.hasOwn(keywordForms, keyword) ? keywordForms[keyword] : undefined
    if (form === 'schema' && isSchema(value)) yield [keyword, `/${keyword}`, value]
    if (form === 'schemas' && Array.isArray(value)) {
      for (const [index, child] of value.entries()) if (isSchema(child)) yield [keyword, `/${keyword}/${index}`, child]
    }
    if (form === 'namedSchemas' && isRecord(value)) {
      for (const [name, child] of Object.entries(value)) {
        if (isSchema(child)) yield [keyword, `/${keyword}/${escapeToken(name)}`, child]
      }
    }
  }
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'boolean' || isRecord(value)
}

/**
 * The schema that a reference of `from` names.
 * @throws SluiceError SCHEMA_UNSUPPORTED when it leads nowhere.
 */
export function resolveReference(documents: Documents, from: Place, keyword: string, reference: string): Place {
  const at = `${from.pointer}/${keyword}`
  const [base, fragment] = splitUri(parseUri(reference, from.base, at, keyword))
  const place = documents.byUri.get(`${base}#${decodeFragment(fragment)}`)
  if (place !== undefined) return place
  throw unsupported(at, keyword, `${JSON.stringify(reference)} names no schema here; nothing is fetched`)
}

function parseUri(reference: string, base: string, pointer: string, keyword: string): string {
  const url = URL.parse(reference, base)
  if (url !== null) return url.href
  throw unsupported(pointer, keyword, `${JSON.stringify(reference)} is no URI reference`)
}

/** A URI without its fragment, and the fragment. */
function splitUri(uri: string): [string, string] {
  const hash = uri.indexOf('#')
  return hash < 0 ? [uri, ''] : [uri.slice(0, hash), uri.slice(hash + 1)]
}

/** A fragment's text; one with broken escapes names nothing, so it may stay as it is. */
function decodeFragment(fragment: string): string {
  return /%(?![\da-f]{2})/i.test(fragment) ? fragment : decodeURIComponent(fragment)
}
