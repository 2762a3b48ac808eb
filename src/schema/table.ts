// JSON Schema → the table a sink stores a stream's records in. Pure, and no database's dialect: column kinds and rules only.
// A property has a column of its own when its name can be one; everything else a record may hold goes to `_extra`, so no
// property name is refused. What always holds: the columns and `_extra` together give the record back, exactly.
import type { JsonSchema } from './compile.ts'

/** `json` holds JSON text: arrays, objects and properties of several types. */
export type ColumnKind = 'integer' | 'number' | 'text' | 'boolean' | 'json'

export type Column = {
  /** The property's name, which is the column's as well. */
  readonly name: string
  readonly kind: ColumnKind
  /** Every record has it and it is never null. */
  readonly required: boolean
}

/** What makes a row one record: a property's column, the key in a column `_key`, or without a key the offset. */
export type TableKey =
  | { readonly from: 'column'; readonly columnIndex: number }
  | { readonly from: 'key' }
  | { readonly from: 'offset' }

export type TablePlan = {
  readonly name: string
  /** `value`: records that need not be objects, whole, as JSON text in one column. */
  readonly shape: 'columns' | 'value'
  readonly columns: readonly Column[]
  /** Whether there is a column `_extra`: a JSON object of the members without a column, and of nulls in typed columns. */
  readonly extra: boolean
  readonly key: TableKey
}

export type TableInput = {
  readonly name: string
  readonly schema: JsonSchema
  /** Whether records have a key at all. */
  readonly keyed: boolean
  /** Where in the record the key is; empty for a key that comes beside it. */
  readonly keyPointers: readonly string[]
}

/** Columns of Sluice's own, beside the record's. */
export const ownColumn = {
  value: 'value',
  extra: '_extra',
  key: '_key',
  offset: '_offset',
  receivedAt: '_receivedAt',
} as const

const columnCountMax = 1000
const refCountMax = 32
type SchemaObject = { readonly [keyword: string]: unknown }

/** Returns the table for a stream. It refuses nothing: what cannot be a typed column is kept as JSON text. */
export function planTable(input: TableInput): TablePlan {
  const root = objectSchema(input.schema)
  const properties = root === undefined ? undefined : objectOf(root.properties)
  if (root === undefined || properties === undefined) return valueTable(input)
  const typed = new Map<string, PropertyType>()
  for (const name of Object.keys(properties)) typed.set(name, propertyType(properties[name], input.schema))
  const names = columnNames(Object.keys(properties))
  const keyName = keyColumnName(input.keyPointers, names, typed)
  const required = requiredNames(root)
  const columns = names.map((name) => {
    const { kind, nullable } = typed.get(name)!
    return { name, kind, required: name === keyName || (required.has(name) && !(nullable && kind !== 'json')) }
  })
  return {
    name: input.name,
    shape: 'columns',
    columns,
    extra: !isClosed(root) || names.length < typed.size || names.some((name) => needsExtra(typed.get(name)!)),
    key: tableKey(input, names.indexOf(keyName ?? '')),
  }
}

function valueTable(input: TableInput): TablePlan {
  return { name: input.name, shape: 'value', columns: [], extra: false, key: tableKey(input, -1) }
}

function tableKey(input: TableInput, columnIndex: number): TableKey {
  if (!input.keyed) return { from: 'offset' }
  return columnIndex >= 0 ? { from: 'column', columnIndex } : { from: 'key' }
}

/** The schema that says what the root object has, where every record is sure to be an object. */
function objectSchema(schema: JsonSchema): SchemaObject | undefined {
  const root = follow(schema, schema, (found) => found.properties !== undefined)
  const types = root === undefined ? undefined : typesOf(root)
  return types?.size === 1 && types.has('object') ? root : undefined
}

/** Only `additionalProperties: false` beside no `patternProperties` rules every other name out. */
function isClosed(root: SchemaObject): boolean {
  return root.additionalProperties === false && root.patternProperties === undefined
}

function requiredNames(root: SchemaObject): ReadonlySet<unknown> {
  return new Set(Array.isArray(root.required) ? root.required : [])
}

/** Names that can be columns in any SQL database: the others, and all past `columnCountMax`, live in `_extra`. */
function columnNames(names: readonly string[]): string[] {
  const taken = new Set(Object.values(ownColumn).map((name) => name.toLowerCase()))
  taken.delete(ownColumn.value)
  const columns: string[] = []
  for (const name of names) {
    const folded = name.toLowerCase()
    if (name === '' || name.includes('\0') || !name.isWellFormed() || taken.has(folded)) continue
    if (columns.length === columnCountMax) break
    taken.add(folded)
    columns.push(name)
  }
  return columns
}

/** The property whose column is the primary key: the only pointer's, at the root, of one type that can be a key. */
function keyColumnName(
  keyPointers: readonly string[],
  names: readonly string[],
  typed: ReadonlyMap<string, PropertyType>,
): string | undefined {
  const tokens = keyPointers.length === 1 ? keyPointers[0]!.split('/').slice(1) : []
  if (tokens.length !== 1) return undefined
  const name = tokens[0]!.replaceAll('~1', '/').replaceAll('~0', '~')
  const kind = typed.get(name)?.kind
  return names.includes(name) && (kind === 'text' || kind === 'integer') ? name : undefined
}

type PropertyType = { readonly kind: ColumnKind; readonly nullable: boolean }

/** NULL in a column says absent, so a null that a typed column cannot hold is kept in `_extra`. JSON text can say null. */
function needsExtra(type: PropertyType): boolean {
  return type.nullable && type.kind !== 'json'
}

function propertyType(schema: unknown, document: JsonSchema): PropertyType {
  const found = follow(schema, document, (candidate) => typesOf(candidate) !== undefined)
  const types = new Set(found === undefined ? [] : typesOf(found))
  const nullable = types.delete('null')
  if (types.has('number')) types.delete('integer')
  const kind = types.size === 1 ? kindOfType.get([...types][0]!) : undefined
  return { kind: kind ?? 'json', nullable }
}

const kindOfType: ReadonlyMap<string, ColumnKind> = new Map([
  ['integer', 'integer'],
  ['number', 'number'],
  ['string', 'text'],
  ['boolean', 'boolean'],
])

/** The types a schema's own keywords leave open, or undefined when they rule nothing out. */
function typesOf(schema: SchemaObject): ReadonlySet<string> | undefined {
  const { type } = schema
  if (typeof type === 'string') return new Set([type])
  if (Array.isArray(type)) return new Set(type.filter((name) => typeof name === 'string'))
  if (Object.hasOwn(schema, 'const')) return new Set([typeOfValue(schema.const)])
  return Array.isArray(schema.enum) ? new Set(schema.enum.map(typeOfValue)) : undefined
}

function typeOfValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** Follows local references until `enough` says so; undefined when they end elsewhere, go in circles or lead nowhere. */
function follow(
  start: unknown,
  document: JsonSchema,
  enough: (schema: SchemaObject) => boolean,
): SchemaObject | undefined {
  let schema = objectOf(start)
  for (let count = 0; schema !== undefined && count < refCountMax; count++) {
    if (enough(schema)) return schema
    // Below an `$id` of its own a reference starts at another document: that one is left alone.
    if (schema !== document && schema.$id !== undefined) return undefined
    schema = typeof schema.$ref === 'string' ? pointedAt(document, schema.$ref) : undefined
  }
  return undefined
}

/** What `#` or `#/…` points at in the document, if the way there crosses no `$id`. */
function pointedAt(document: JsonSchema, reference: string): SchemaObject | undefined {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined
  let found: unknown = document
  for (const token of reference.split('/').slice(1)) {
    const name = decodeToken(token)
    if (name === undefined || typeof found !== 'object' || found === null || !Object.hasOwn(found, name))
      return undefined
    found = (found as SchemaObject)[name]
    if (objectOf(found)?.$id !== undefined) return undefined
  }
  return objectOf(found)
}

function decodeToken(token: string): string | undefined {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

function objectOf(schema: unknown): SchemaObject | undefined {
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema) ? (schema as SchemaObject) : undefined
}
