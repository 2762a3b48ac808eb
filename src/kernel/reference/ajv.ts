// Ajv, where it is exact: the fast yes of the JavaScript engine. Its no is always looked into by the rules, which find the
// first error; so only a wrong yes would be wrong, and what Ajv decides otherwise than docs/schema.md is replaced here or
// left to the rules.
import { _, Ajv2020, type AnySchema, type KeywordCxt } from 'ajv/dist/2020.js'
import type { CompiledSchema, JsonSchema } from '../../schema/compile.ts'
import { formatChecks } from '../../schema/formats.ts'
import { isPlainDateTime } from './date-time.ts'
import { plainText } from './schema/equal.ts'
import { multipleOfTest } from './schema/multiple.ts'
import { patternTest } from './schema/pattern.ts'
import { codePointCount } from './schema/scalars.ts'

// What only the rules judge: scopes of references, and what Ajv 8 is seen to judge otherwise in corners.
const leftToRules = [
  '$dynamicAnchor',
  '$dynamicRef',
  '__proto__',
  'contains',
  'unevaluatedItems',
  'unevaluatedProperties',
]

/** Returns the compiled check, or undefined when the schema is one that only the rules judge exactly. */
export function compileWithAjv({
  schema,
  options,
  charged,
}: CompiledSchema): ((value: unknown) => boolean) | undefined {
  // Only the rules keep account.
  if (charged || isLeftToRules(schema)) return undefined
  const ajv = new Ajv2020({
    strict: false,
    validateSchema: false,
    validateFormats: options.assertFormat,
    formats: { ...formatChecks, 'date-time': isDateTime },
    messages: false,
    ownProperties: namesInherited(schema),
    code: { regExp: Object.assign(patternEngine, { code: 'patternEngine' }) },
  })
  // Nobody asks what was evaluated; the code that keeps track of it costs time, and fails on some schemas.
  ajv.opts.unevaluated = false
  for (const keyword of ['const', 'enum', 'maxLength', 'minLength', 'multipleOf', 'uniqueItems'])
    ajv.removeKeyword(keyword)
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    compile: (divisor: number) => multipleOfTest(divisor),
  })
  // Ajv's own compare objects by calling their `toString`, which a record may have overwritten, and each pair of elements.
  ajv.addKeyword({ keyword: 'const', compile: (constant: unknown) => memberTest([constant]) })
  ajv.addKeyword({ keyword: 'enum', schemaType: 'array', compile: memberTest })
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    compile: (isAsked: boolean) => (elements: unknown[]) => !isAsked || areUnique(elements),
  })
  // Ajv's own count the code points of every string; nearly always the number of units decides.
  ajv.addKeyword({ keyword: 'maxLength', type: 'string', schemaType: 'number', code: checkMaxLength })
  ajv.addKeyword({ keyword: 'minLength', type: 'string', schemaType: 'number', code: checkMinLength })
  return ajv.compile(schema as AnySchema)
}

/** What Ajv takes in place of `new RegExp`; it tells expressions apart by their text. */
function patternEngine(pattern: string): { test(text: string): boolean; toString(): string } {
  return { test: patternTest(pattern), toString: () => `/${pattern}/u` }
}

function isDateTime(text: string): boolean {
  return isPlainDateTime(text) || formatChecks['date-time'](text)
}

function checkMaxLength(context: KeywordCxt): void {
  const { gen, data, schemaCode } = context
  const count = gen.scopeValue('func', { ref: codePointCount })
  context.fail(_`${data}.length > ${schemaCode} && ${count}(${data}) > ${schemaCode}`)
}

function checkMinLength(context: KeywordCxt): void {
  const { gen, data, schemaCode } = context
  const count = gen.scopeValue('func', { ref: codePointCount })
  context.fail(_`${data}.length < 2 * ${schemaCode} && ${count}(${data}) < ${schemaCode}`)
}

/** The test for being one of several constants. */
function memberTest(constants: readonly unknown[]): (value: unknown) => boolean {
  const isScalar = (value: unknown) => typeof value !== 'object' || value === null
  const scalars = new Set(constants.filter(isScalar))
  const texts = new Set(constants.filter((constant) => !isScalar(constant)).map(plainText))
  return (value) => scalars.has(value) || (texts.size > 0 && !isScalar(value) && texts.has(plainText(value)))
}

function areUnique(elements: readonly unknown[]): boolean {
  return new Set(elements.map(plainText)).size === elements.length
}

/** Names that look like a keyword do no harm: the rules judge those schemas as well. */
function isLeftToRules(schema: JsonSchema): boolean {
  const names = new Set<string>()
  let leadsOutside = false
  visitMembers(schema, (name, value, holder) => {
    names.add(name)
    const isInnerScope = name === '$id' && holder !== schema
    if (isInnerScope || (name === '$ref' && typeof value === 'string' && !value.startsWith('#'))) leadsOutside = true
  })
  return leadsOutside || leftToRules.some((name) => names.has(name))
}

/** Whether a name in the schema is one that every object inherits: then Ajv must look at own members only. */
function namesInherited(schema: JsonSchema): boolean {
  let isFound = false
  visitMembers(schema, (name, value) => {
    const names = [name, ...(Array.isArray(value) ? (value as unknown[]) : [])]
    if (names.some((each) => typeof each === 'string' && each in Object.prototype)) isFound = true
  })
  return isFound
}

function visitMembers(value: unknown, visit: (name: string, member: unknown, holder: object) => void): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    visit(name, member, value)
    visitMembers(member, visit)
  }
}
