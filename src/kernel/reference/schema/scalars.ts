// Steps of the keywords that look at one value: type, enum, const, numbers, strings. Numbers compare exactly: JavaScript
// compares a bigint and a double by their mathematical values.
import { formatChecks } from '../../../schema/formats.ts'
import type { Exact } from '../exact.ts'
import { exactText, plainText } from './equal.ts'
import { multipleOfTest } from './multiple.ts'
import { patternTest } from './pattern.ts'
import { assertion, type Making, type Step } from './walk.ts'

/** Steps in canonical order. */
export function scalarSteps(making: Making): Step[] {
  return [...anySteps(making), ...numberSteps(making), ...stringSteps(making)]
}

function anySteps(making: Making): Step[] {
  const { schema } = making
  const steps: Step[] = []
  const type = schema.type
  if (type !== undefined) {
    const names = new Set(Array.isArray(type) ? (type as unknown[]) : [type])
    steps.push(assertion(making, 'type', (value) => isOfType(value, names)))
  }
  for (const keyword of ['enum', 'const']) {
    if (!Object.hasOwn(schema, keyword)) continue
    const constants = keyword === 'enum' ? (schema[keyword] as unknown[]) : [schema[keyword]]
    const strings = new Set(constants.filter((constant) => typeof constant === 'string'))
    const texts = new Set(constants.map(plainText))
    steps.push(
      assertion(making, keyword, (value) =>
        typeof value === 'string' ? strings.has(value) : texts.has(exactText(value)),
      ),
    )
  }
  return steps
}

function isOfType(value: Exact['value'], names: ReadonlySet<unknown>): boolean {
  if (typeof value === 'bigint') return names.has('integer') || names.has('number')
  if (typeof value === 'number') return names.has('number') || (names.has('integer') && Number.isInteger(value))
  if (value === null) return names.has('null')
  if (typeof value !== 'object') return names.has(typeof value)
  return names.has(Array.isArray(value) ? 'array' : 'object')
}

const numberTests: Readonly<Record<string, (bound: number) => (value: number | bigint) => boolean>> = {
  multipleOf: multipleOfTest,
  maximum: (bound) => (value) => value <= bound,
  exclusiveMaximum: (bound) => (value) => value < bound,
  minimum: (bound) => (value) => value >= bound,
  exclusiveMinimum: (bound) => (value) => value > bound,
}

function numberSteps(making: Making): Step[] {
  const steps: Step[] = []
  for (const [keyword, testOf] of Object.entries(numberTests)) {
    const bound = making.schema[keyword]
    if (typeof bound !== 'number') continue
    const test = testOf(bound)
    const fits = (value: Exact['value']) => (typeof value !== 'number' && typeof value !== 'bigint') || test(value)
    steps.push(assertion(making, keyword, fits))
  }
  return steps
}

function stringSteps(making: Making): Step[] {
  const { maxLength, minLength, pattern, format } = making.schema
  const steps: Step[] = []
  const add = (keyword: string, test: (text: string) => boolean) =>
    steps.push(assertion(making, keyword, (value) => typeof value !== 'string' || test(value)))
  if (typeof maxLength === 'number') add('maxLength', (text) => codePointCount(text) <= maxLength)
  if (typeof minLength === 'number') add('minLength', (text) => codePointCount(text) >= minLength)
  if (typeof pattern === 'string') add('pattern', patternTest(pattern))
  if (typeof format === 'string' && making.maker.compiled.options.assertFormat) add('format', formatTest(format))
  return steps
}

/** The test of a format; compileSchema has refused the unknown ones. */
export function formatTest(name: string): (text: string) => boolean {
  const test = (formatChecks as Readonly<Record<string, (text: string) => boolean>>)[name]
  if (test === undefined) throw new Error(`format ${name} is not known`)
  return test
}

/** Strings are well-formed here, so every high surrogate has its low one. */
export function codePointCount(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) count--
  return count
}
