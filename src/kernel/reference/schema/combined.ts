// Steps of the keywords that apply whole schemas to the same value: references, the logical ones, conditions, and what is
// left unevaluated after all of them.
import type { Exact } from '../exact.ts'
import { isArray } from './arrays.ts'
import { escapeToken, resolve } from './documents.ts'
import { isObject } from './objects.ts'
import {
  type Context,
  childRule,
  fail,
  type Making,
  runOnChild,
  type Seen,
  type Step,
  tooComplex,
  tryStep,
} from './walk.ts'

/** $ref, $dynamicRef; in a recursive schema each costs credit. */
export function referenceSteps(making: Making): Step[] {
  const { maker, place, schema } = making
  const { $ref, $dynamicRef } = schema
  const steps: Step[] = []
  if (typeof $ref === 'string') steps.push(maker.ruleOf(resolve(maker.documents, place, $ref)))
  if (typeof $dynamicRef === 'string') steps.push(dynamicStep(making, $dynamicRef))
  if (!maker.compiled.charged) return steps
  return steps.map((step) => (context, exact, seen) => {
    context.credit -= exact.packedBytes
    if (context.credit < 0) throw tooComplex
    return step(context, exact, seen)
  })
}

/** A dynamic reference goes to the outermost resource of the dynamic scope that has the anchor. */
function dynamicStep({ maker, place }: Making, reference: string): Step {
  const initial = resolve(maker.documents, place, reference)
  const anchor = reference.slice(reference.indexOf('#') + 1)
  const initialRule = maker.ruleOf(initial)
  if (initial.resource.dynamicAnchors.get(anchor) !== initial) return initialRule
  return (context, exact, seen) => {
    for (const { dynamicAnchors } of context.scope) {
      // Its rule is made when it is first needed: a document at hand may have the anchor and never be in the scope.
      const target = dynamicAnchors.get(anchor)
      if (target !== undefined) return maker.ruleOf(target)(context, exact, seen)
    }
    return initialRule(context, exact, seen)
  }
}

/** dependentSchemas, allOf, anyOf, oneOf, not, if with then and else. */
export function combinedSteps(making: Making): Step[] {
  const { schema } = making
  const steps: Step[] = []
  for (const name of Object.keys((schema.dependentSchemas ?? {}) as object)) {
    const rule = childRule(making, `/dependentSchemas/${escapeToken(name)}`)
    steps.push((context, exact, seen) => !isObject(exact.value) || !exact.value.has(name) || rule(context, exact, seen))
  }
  steps.push(...branches(making, 'allOf'))
  if (schema.anyOf !== undefined) steps.push(anyOfStep(making))
  if (schema.oneOf !== undefined) steps.push(oneOfStep(making))
  if (schema.not !== undefined) steps.push(notStep(making))
  if (schema.if !== undefined) steps.push(ifStep(making))
  return steps
}

function branches(making: Making, keyword: string): Step[] {
  const schemas = (making.schema[keyword] ?? []) as unknown[]
  return schemas.map((_, i) => childRule(making, `/${keyword}/${i}`))
}

function anyOfStep(making: Making): Step {
  const rules = branches(making, 'anyOf')
  const location = making.maker.locate(`${making.place.pointer}/anyOf`)
  return (context, exact, seen) => {
    let fits = false
    for (const rule of rules) {
      if (tryStep(rule, context, exact, seen)) fits = true
      if (fits && seen === undefined) break
    }
    return fits || fail(context, location, exact)
  }
}

function oneOfStep(making: Making): Step {
  const rules = branches(making, 'oneOf')
  const location = making.maker.locate(`${making.place.pointer}/oneOf`)
  return (context, exact, seen) => {
    let count = 0
    for (const rule of rules) {
      if (tryStep(rule, context, exact, seen)) count++
      if (count > 1) break
    }
    return count === 1 || fail(context, location, exact)
  }
}

function notStep(making: Making): Step {
  const rule = childRule(making, '/not')
  const location = making.maker.locate(`${making.place.pointer}/not`)
  return (context, exact) => !tryStep(rule, context, exact, undefined) || fail(context, location, exact)
}

function ifStep(making: Making): Step {
  const { schema } = making
  const conditionRule = childRule(making, '/if')
  const thenRule = schema.then === undefined ? undefined : childRule(making, '/then')
  const elseRule = schema.else === undefined ? undefined : childRule(making, '/else')
  return (context, exact, seen) => {
    const rule = tryStep(conditionRule, context, exact, seen) ? thenRule : elseRule
    return rule === undefined || rule(context, exact, seen)
  }
}

/** unevaluatedItems, unevaluatedProperties; `seen` is always there for them. */
export function unevaluatedSteps(making: Making): Step[] {
  const { unevaluatedItems, unevaluatedProperties } = making.schema
  const steps: Step[] = []
  if (unevaluatedItems !== undefined) {
    const rule = childRule(making, '/unevaluatedItems')
    steps.push(
      (context, exact, seen) => !isArray(exact.value) || runOnUnseen(context, exact.value.entries(), rule, seen),
    )
  }
  if (unevaluatedProperties !== undefined) {
    const rule = childRule(making, '/unevaluatedProperties')
    steps.push(
      (context, exact, seen) => !isObject(exact.value) || runOnUnseen(context, exact.value.entries(), rule, seen),
    )
  }
  return steps
}

function runOnUnseen(
  context: Context,
  children: Iterable<readonly [string | number, Exact]>,
  rule: Step,
  seen: Seen,
): boolean {
  for (const [token, child] of children) {
    if (seen?.has(child)) continue
    if (!runOnChild(context, token, rule, child)) return false
    seen?.add(child)
  }
  return true
}
