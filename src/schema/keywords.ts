// The keywords of JSON Schema 2020-12 and the form each one's value must have. A keyword that is not here, or whose value
// has another form, refuses the schema: no keyword is ever ignored.
import { SluiceError } from '../errors.ts'

/** How a keyword holds subschemas, or what plain value it has. */
export type KeywordForm =
  | 'schema'
  | 'schemas'
  | 'namedSchemas'
  | 'annotation'
  | 'anything'
  | 'types'
  | 'values'
  | 'count'
  | 'number'
  | 'string'
  | 'names'
  | 'dialect'

/** Forms of all keywords that are honoured. */
export const keywordForms: Readonly<Record<string, KeywordForm>> = {
  $schema: 'dialect',
  $id: 'string',
  $comment: 'annotation',
  $defs: 'namedSchemas',
  title: 'annotation',
  description: 'annotation',
  default: 'annotation',
  examples: 'annotation',
  deprecated: 'annotation',
  readOnly: 'annotation',
  writeOnly: 'annotation',
  type: 'types',
  enum: 'values',
  const: 'anything',
  maximum: 'number',
  exclusiveMaximum: 'number',
  minimum: 'number',
  exclusiveMinimum: 'number',
  maxLength: 'count',
  minLength: 'count',
  format: 'string',
  maxItems: 'count',
  minItems: 'count',
  required: 'names',
  properties: 'namedSchemas',
  additionalProperties: 'schema',
  items: 'schema',
}

export const dialect = 'https://json-schema.org/draft/2020-12/schema'
const typeNames = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']

/** The error of a schema that cannot be compiled, with what to look at in `extra`. */
export function unsupported(pointer: string, keyword: string, why: string): SluiceError {
  const where = pointer === '' ? 'the schema itself' : pointer
  return new SluiceError('SCHEMA_UNSUPPORTED', `${where}: ${why}`, { pointer, keyword })
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string') && new Set(value).size === value.length
}

function isTypes(value: unknown): boolean {
  const names = Array.isArray(value) ? value : [value]
  return names.length > 0 && names.every((name) => typeNames.includes(name)) && new Set(names).size === names.length
}

const isSchema = (value: unknown): boolean => typeof value === 'boolean' || isRecord(value)
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0

const formChecks: Readonly<Record<KeywordForm, readonly [(value: unknown) => boolean, string]>> = {
  schema: [isSchema, 'a schema, an object or a boolean'],
  schemas: [
    (value) => Array.isArray(value) && value.length > 0 && value.every(isSchema),
    'a non-empty array of schemas',
  ],
  namedSchemas: [(value) => isRecord(value) && Object.values(value).every(isSchema), 'an object of schemas'],
  annotation: [() => true, 'anything'],
  anything: [() => true, 'anything'],
  types: [isTypes, `one or several different names of ${typeNames.join(', ')}`],
  values: [Array.isArray, 'an array'],
  count: [isCount, 'a whole number, at least 0'],
  number: [(value) => typeof value === 'number' && Number.isFinite(value), 'a number'],
  string: [(value) => typeof value === 'string', 'a string'],
  names: [isNames, 'an array of different strings'],
  dialect: [(value) => value === dialect || value === `${dialect}#`, `"${dialect}"`],
}

/**
 * Checks one keyword of the schema object at `pointer`.
 * @throws SluiceError SCHEMA_UNSUPPORTED
 */
export function checkKeyword(pointer: string, keyword: string, value: unknown): KeywordForm {
  const form = Object.hasOwn(keywordForms, keyword) ? keywordForms[keyword] : undefined
  if (form === undefined)
    throw unsupported(`${pointer}/${escapeToken(keyword)}`, keyword, 'this keyword is not honoured')
  const [holds, expected] = formChecks[form]
  if (!holds(value)) throw unsupported(`${pointer}/${escapeToken(keyword)}`, keyword, `expected ${expected}`)
  return form
}

/** A token of a JSON pointer (RFC 6901). */
export function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
