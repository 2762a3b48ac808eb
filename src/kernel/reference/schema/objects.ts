// Steps of the keywords for objects: assertions first, then each member in input order.
import type { Exact } from '../exact.ts'
import { escapeToken } from './documents.ts'
import { patternTest } from './pattern.ts'
import { assertion, type Context, childRule, fail, type Making, runOnChild, type Step, tryStep } from './walk.ts'

type Members = ReadonlyMap<string, Exact>

/** maxProperties, minProperties, required, dependentRequired. */
export function objectAssertions(making: Making): Step[] {
  const { maxProperties, minProperties, required, dependentRequired } = making.schema
  const steps: Step[] = []
  const add = (keyword: string, test: (members: Members) => boolean) =>
    steps.push(assertion(making, keyword, (value) => !isObject(value) || test(value)))
  if (typeof maxProperties === 'number') add('maxProperties', (members) => members.size <= maxProperties)
  if (typeof minProperties === 'number') add('minProperties', (members) => members.size >= minProperties)
  if (Array.isArray(required)) steps.push(requiredStep(making, 'required', required, undefined))
  for (const [trigger, names] of Object.entries((dependentRequired ?? {}) as Record<string, unknown[]>)) {
    steps.push(requiredStep(making, `dependentRequired/${escapeToken(trigger)}`, names, trigger))
  }
  return steps
}

function requiredStep(making: Making, keyword: string, names: readonly unknown[], trigger: string | undefined): Step {
  const schemaPointer = `${making.place.pointer}/${keyword}`
  const wanted = names.map((name) => [String(name), making.maker.locate(schemaPointer, String(name))] as const)
  return (context, exact) => {
    const members = exact.value
    if (!isObject(members) || (trigger !== undefined && !members.has(trigger))) return true
    return wanted.every(([name, location]) => members.has(name) || fail(context, location, exact))
  }
}

/** propertyNames, properties, patternProperties, additionalProperties: member by member. */
export function objectChildren(making: Making): Step[] {
  const { propertyNames, properties, patternProperties, additionalProperties } = making.schema
  if ([propertyNames, properties, patternProperties, additionalProperties].every((each) => each === undefined))
    return []
  const nameFits = propertyNames === undefined ? () => true : nameTest(making)
  const rulesOf = memberRules(making)
  const step: Step = (context, exact, seen) => {
    if (!isObject(exact.value)) return true
    for (const [name, member] of exact.value) {
      if (!nameFits(context, name, member)) return false
      const rules = rulesOf(name)
      for (const rule of rules) if (!runOnChild(context, name, rule, member)) return false
      if (rules.length > 0) seen?.add(member)
    }
    return true
  }
  return [step]
}

function nameTest(making: Making): (context: Context, name: string, member: Exact) => boolean {
  const rule = childRule(making, '/propertyNames')
  const location = making.maker.locate(`${making.place.pointer}/propertyNames`)
  return (context, name, member) => {
    context.path.push(name)
    const exactName = { at: member.at, value: name, packedBytes: packedStringBytes(name) }
    const fits = tryStep(rule, context, exactName, undefined) || fail(context, location, member)
    context.path.pop()
    return fits
  }
}

function packedStringBytes(text: string): number {
  const bytes = Buffer.byteLength(text)
  return bytes + (bytes < 32 ? 1 : bytes < 0x100 ? 2 : bytes < 0x10000 ? 3 : 5)
}

/** The rules for a member of a name, in canonical order. */
function memberRules(making: Making): (name: string) => readonly Step[] {
  const { properties, patternProperties, additionalProperties } = making.schema
  const named = new Map<string, Step>()
  for (const name of Object.keys((properties ?? {}) as object)) {
    named.set(name, childRule(making, `/properties/${escapeToken(name)}`))
  }
  const patterns = Object.keys((patternProperties ?? {}) as object).map((pattern) => ({
    fits: patternTest(pattern),
    rule: childRule(making, `/patternProperties/${escapeToken(pattern)}`),
  }))
  const other = additionalProperties === undefined ? [] : [childRule(making, '/additionalProperties')]
  return (name) => {
    const rules: Step[] = []
    const own = named.get(name)
    if (own !== undefined) rules.push(own)
    for (const { fits, rule } of patterns) if (fits(name)) rules.push(rule)
    return rules.length > 0 ? rules : other
  }
}

export function isObject(value: Exact['value']): value is Members {
  return value instanceof Map
}
