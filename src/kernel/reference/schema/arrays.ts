// Steps of the keywords for arrays: assertions first, then the elements, then what must be contained.
import type { Exact } from '../exact.ts'
import { exactText } from './equal.ts'
import { assertion, childRule, fail, type Making, runOnChild, type Step, tryStep } from './walk.ts'

/** maxItems, minItems, uniqueItems. */
export function arrayAssertions(making: Making): Step[] {
  const { maxItems, minItems, uniqueItems } = making.schema
  const steps: Step[] = []
  const add = (keyword: string, test: (elements: readonly Exact[]) => boolean) =>
    steps.push(assertion(making, keyword, (value) => !isArray(value) || test(value)))
  if (typeof maxItems === 'number') add('maxItems', (elements) => elements.length <= maxItems)
  if (typeof minItems === 'number') add('minItems', (elements) => elements.length >= minItems)
  if (uniqueItems === true) add('uniqueItems', areUnique)
  return steps
}

function areUnique(elements: readonly Exact[]): boolean {
  return new Set(elements.map((element) => exactText(element.value))).size === elements.length
}

/** prefixItems, items; then contains with minContains and maxContains. */
export function arrayChildren(making: Making): Step[] {
  const steps: Step[] = []
  const { prefixItems, items, contains } = making.schema
  if (prefixItems !== undefined || items !== undefined) steps.push(elementsStep(making))
  if (contains !== undefined) steps.push(containsStep(making))
  return steps
}

function elementsStep(making: Making): Step {
  const { prefixItems, items } = making.schema
  const prefix = ((prefixItems ?? []) as unknown[]).map((_, i) => childRule(making, `/prefixItems/${i}`))
  const rest = items === undefined ? undefined : childRule(making, '/items')
  return (context, exact, seen) => {
    if (!isArray(exact.value)) return true
    for (const [i, element] of exact.value.entries()) {
      const rule = prefix[i] ?? rest
      if (rule === undefined) return true
      if (!runOnChild(context, i, rule, element)) return false
      seen?.add(element)
    }
    return true
  }
}

function containsStep(making: Making): Step {
  const { minContains, maxContains } = making.schema
  const rule = childRule(making, '/contains')
  const atLeast = typeof minContains === 'number' ? minContains : 1
  const atMost = typeof maxContains === 'number' ? maxContains : Infinity
  const locationOf = (keyword: string) => making.maker.locate(`${making.place.pointer}/${keyword}`)
  const tooFew = locationOf(typeof minContains === 'number' ? 'minContains' : 'contains')
  const tooMany = atMost === Infinity ? tooFew : locationOf('maxContains')
  return (context, exact, seen) => {
    if (!isArray(exact.value)) return true
    let count = 0
    for (const element of exact.value) {
      if (!tryStep(rule, context, element, undefined)) continue
      count++
      seen?.add(element)
    }
    if (count < atLeast && !fail(context, tooFew, exact)) return false
    return count <= atMost || fail(context, tooMany, exact)
  }
}

export function isArray(value: Exact['value']): value is readonly Exact[] {
  return Array.isArray(value)
}
