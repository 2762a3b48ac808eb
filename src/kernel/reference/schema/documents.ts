// Finds schemas by reference: an index of every schema object of the documents at hand, by absolute URI. Nothing is fetched;
// a reference that leads nowhere throws (compileSchema has refused such a schema before).
// What always holds: a schema's `pointer` names it in the document it stands in, whatever `$id` is around it.
import type { JsonSchema } from '../../../schema/compile.ts'

export type SchemaObject = { readonly [keyword: string]: unknown }

/** A schema with its place. */
export type Place = {
  readonly schema: JsonSchema
  /** `` for the main document, else its URI and `#`; then the JSON pointer. */
  readonly pointer: string
  /** Base URI that its references resolve against. */
  readonly base: string
  readonly resource: Resource
}

/** What `$id` (or a document) opens: the scope of anchors. */
export type Resource = { readonly dynamicAnchors: Map<string, Place> }

export type Documents = {
  readonly root: Place
  /** By absolute URI with fragment; a schema may have several. */
  readonly byUri: ReadonlyMap<string, Place>
  /** By `Place.pointer`. */
  readonly byPointer: ReadonlyMap<string, Place>
}

type Index = { readonly byUri: Map<string, Place>; readonly byPointer: Map<string, Place> }

// Where subschemas stand, by the shape of the keyword's value.
const oneSchema = [
  ...['additionalProperties', 'contains', 'contentSchema', 'else', 'if', 'items', 'not', 'propertyNames', 'then'],
  ...['unevaluatedItems', 'unevaluatedProperties'],
]
const schemaList = ['allOf', 'anyOf', 'oneOf', 'prefixItems']
const schemaMap = ['$defs', 'dependentSchemas', 'patternProperties', 'properties']

const mainBase = 'sluice:/schema'

/** Indexes the main schema and the documents that come with it, by URI. */
export function indexDocuments(schema: JsonSchema, documents: Readonly<Record<string, JsonSchema>>): Documents {
  const index = { byUri: new Map<string, Place>(), byPointer: new Map<string, Place>() }
  for (const [uri, document] of Object.entries(documents)) {
    const base = withoutFragment(uri)
    indexDocument(index, document, base, `${base}#`)
  }
  // Last, so that its `$id` wins over a document of the same URI.
  return { ...index, root: indexDocument(index, schema, mainBase, '') }
}

function indexDocument(index: Index, schema: JsonSchema, base: string, pointer: string): Place {
  const place = { schema, pointer, base, resource: { dynamicAnchors: new Map() } }
  return indexPlace(index, place, [`${base}#`])
}

/** Notes a schema under each of its URIs, one for each resource around it, then what is in it. */
function indexPlace(index: Index, given: Place, outerUris: readonly string[]): Place {
  const { schema } = given
  let place = given
  let uris = outerUris
  if (typeof schema === 'object' && typeof schema.$id === 'string') {
    const base = withoutFragment(new URL(schema.$id, given.base).href)
    place = { ...given, base, resource: { dynamicAnchors: new Map() } }
    uris = [...outerUris, `${base}#`]
  }
  for (const uri of uris) index.byUri.set(uri, place)
  index.byPointer.set(place.pointer, place)
  if (typeof schema === 'object') {
    indexAnchors(index, place, schema)
    for (const [token, child] of childSchemas(schema)) {
      const childUris = uris.map((uri) => uri + token)
      indexPlace(index, { ...place, schema: child, pointer: place.pointer + token }, childUris)
    }
  }
  return place
}

function indexAnchors(index: Index, place: Place, schema: SchemaObject): void {
  const dynamicAnchor = schema.$dynamicAnchor
  if (typeof dynamicAnchor === 'string') place.resource.dynamicAnchors.set(dynamicAnchor, place)
  for (const anchor of [schema.$anchor, dynamicAnchor]) {
    if (typeof anchor === 'string') index.byUri.set(`${place.base}#${anchor}`, place)
  }
}

/** Each direct subschema with the JSON pointer that leads to it. */
function* childSchemas(schema: SchemaObject): Generator<[string, JsonSchema]> {
  for (const [keyword, value] of Object.entries(schema)) {
    if (oneSchema.includes(keyword)) yield [`/${keyword}`, value as JsonSchema]
    if (schemaList.includes(keyword)) {
      for (const [i, child] of (value as JsonSchema[]).entries()) yield [`/${keyword}/${i}`, child]
    }
    if (schemaMap.includes(keyword)) {
      for (const [name, child] of Object.entries(value as object)) yield [`/${keyword}/${escapeToken(name)}`, child]
    }
  }
}

/** Returns the schema that a `$ref` or `$dynamicRef` of `from` names. */
export function resolve(documents: Documents, from: Place, reference: string): Place {
  const url = new URL(reference, from.base)
  const place = documents.byUri.get(`${withoutFragment(url.href)}#${decodeURIComponent(url.hash.slice(1))}`)
  if (place === undefined) throw new Error(`reference ${reference} at ${from.pointer} leads nowhere`)
  return place
}

function withoutFragment(uri: string): string {
  const hash = uri.indexOf('#')
  return hash < 0 ? uri : uri.slice(0, hash)
}

/** RFC 6901, section 3. */
export function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
