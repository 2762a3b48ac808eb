// The keywords of JSON Schema 2020-12 and the form each one's value must have. A keyword that is not here, or whose value
// has another form, refuses the schema: no keyword is ever ignored.
import { SluiceError } from '../errors.ts'

/** How a keyword holds subschemas, or what plain value it has. */
export type KeywordForm = keyof typeof formChecks

export const dialect = 'https://json-schema.org/draft/2020-12/schema'
const typeNames = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']

const isSchema = (value: unknown): boolean => typeof value === 'boolean' || isRecord(value)
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const isString = (value: unknown): boolean => typeof value === 'string'

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every(isString) && new Set(value).size === value.length
}

function isTypes(value: unknown): boolean {
  const names = Array.isArray(value) ? value : [value]
  return names.length > 0 && names.every((name) => typeNames.includes(name)) && new Set(names).size === names.length
}

const formChecks = {
  schema: [isSchema, 'a schema, an object or a boolean'],
  schemas: [
    (value) => Array.isArray(value) && value.length > 0 && value.every(isSchema),
    'a non-empty array of schemas',
  ],
  namedSchemas: [(value) => isRecord(value) && Object.values(value).every(isSchema), 'an object of schemas'],
  reference: [isString, 'a URI reference'],
  annotation: [() => true, 'anything'],
  constant: [() => true, 'anything'],
  types: [isTypes, `one or several different names of ${typeNames.join(', ')}`],
  values: [Array.isArray, 'an array'],
  count: [isCount, 'a whole number, at least 0'],
  number: [isNumber, 'a number'],
  positive: [(value) => isNumber(value) && (value as number) > 0, 'a number above 0'],
  boolean: [(value) => typeof value === 'boolean', 'a boolean'],
  string: [isString, 'a string'],
  name: [
    (value) => isString(value) && /^[A-Za-z_][-\w.]*$/.test(value as string),
    'a name of letters, digits, "-", "_", "."',
  ],
  names: [isNames, 'an array of different strings'],
  namedNames: [(value) => isRecord(value) && Object.values(value).every(isNames), 'an object of arrays of strings'],
  dialect: [(value) => value === dialect || value === `${dialect}#`, `"${dialect}"`],
} as const satisfies Readonly<Record<string, readonly [(value: unknown) => boolean, string]>>

/** Forms of all keywords that are honoured. */
export const keywordForms: Readonly<Record<string, KeywordForm>> = {
  $schema: 'dialect',
  $vocabulary: 'annotation',
  $id: 'reference',
  $anchor: 'name',
  $dynamicAnchor: 'name',
  $ref: 'reference',
  $dynamicRef: 'reference',
  $comment: 'annotation',
  $defs: 'namedSchemas',
  title: 'annotation',
  description: 'annotation',
  default: 'annotation',
  examples: 'annotation',
  deprecated: 'annotation',
  readOnly: 'annotation',
  writeOnly: 'annotation',
  contentEncoding: 'annotation',
  contentMediaType: 'annotation',
  contentSchema: 'annotation',
  type: 'types',
  enum: 'values',
  const: 'constant',
  multipleOf: 'positive',
  maximum: 'number',
  exclusiveMaximum: 'number',
  minimum: 'number',
  exclusiveMinimum: 'number',
  maxLength: 'count',
  minLength: 'count',
  pattern: 'string',
  format: 'string',
  maxItems: 'count',
  minItems: 'count',
  uniqueItems: 'boolean',
  maxContains: 'count',
  minContains: 'count',
  contains: 'schema',
  maxProperties: 'count',
  minProperties: 'count',
  required: 'names',
  dependentRequired: 'namedNames',
  dependentSchemas: 'namedSchemas',
  properties: 'namedSchemas',
  patternProperties: 'namedSchemas',
  additionalProperties: 'schema',
  propertyNames: 'schema',
  prefixItems: 'schemas',
  items: 'schema',
  allOf: 'schemas',
  anyOf: 'schemas',
  oneOf: 'schemas',
  not: 'schema',
  if: 'schema',
  // biome-ignore lint/suspicious/noThenProperty: it is the keyword's name; nobody awaits this table.
  then: 'schema',
  else: 'schema',
  unevaluatedItems: 'schema',
  unevaluatedProperties: 'schema',
}

/** The error of a schema that cannot be compiled, with what to look at in `extra`. */
export function unsupported(pointer: string, keyword: string, why: string): SluiceError {
  const where = pointer === '' ? 'the schema itself' : pointer
  return new SluiceError('SCHEMA_UNSUPPORTED', `${where}: ${why}`, { pointer, keyword })
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Checks one keyword of the schema object at `pointer`.
 * @throws SluiceError SCHEMA_UNSUPPORTED
 */
export function checkKeyword(pointer: string, keyword: string, value: unknown): KeywordForm {
  const form = Object.hasOwn(keywordForms, keyword) ? keywordForms[keyword] : undefined
  const at = `${pointer}/${escapeToken(keyword)}`
  if (form === undefined) throw unsupported(at, keyword, 'this keyword is not honoured')
  const [holds, expected] = formChecks[form]
  if (!holds(value)) throw unsupported(at, keyword, `expected ${expected}`)
  return form
}

/** A token of a JSON pointer (RFC 6901). */
export function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
