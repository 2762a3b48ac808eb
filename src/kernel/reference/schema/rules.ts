// A schema as a walk over exact trees in the order of docs/schema.md, "The order of errors": what the JavaScript engine asks
// when Ajv has said no, and instead of Ajv where that is not exact. Each schema object becomes a list of steps in canonical
// order; what fails notes itself, and either everything stops or the walk goes on.
// It refuses no schema: compileSchema has done that.

import type { CompiledSchema } from '../../../schema/compile.ts'
import type { Exact } from '../exact.ts'
import { arrayAssertions, arrayChildren } from './arrays.ts'
import { combinedSteps, referenceSteps, unevaluatedSteps } from './combined.ts'
import { indexDocuments, type Place } from './documents.ts'
import { type Errors, makeErrors, noteError } from './errors.ts'
import { objectAssertions, objectChildren } from './objects.ts'
import { scalarSteps } from './scalars.ts'
import { type Context, fail, type Maker, type Making, type Step, tooComplex } from './walk.ts'

export type Rules = {
  /**
   * Checks a packed tree. Up to `errorsMax` errors are listed; 0: the first, whether or not there are others. Returns
   * `undefined` when the tree fits, the errors, or `exhausted` when that took too many steps and nothing was found.
   */
  check(root: Exact, errorsMax: number): Errors | 'exhausted' | undefined
}

// docs/schema.md, "Steps".
const creditPerByte = 1024
const creditBase = 65_536

/** Makes the rules of a compiled schema. */
export function makeRules(compiled: CompiledSchema): Rules {
  const documents = indexDocuments(compiled.schema, compiled.options.documents)
  const locations = new Map(compiled.locations.map((location, i) => [locationKey(location), i]))
  const made = new Map<string, Step>()
  const underWay = new Set<string>()
  const maker: Maker = {
    documents,
    compiled,
    ruleOf(place) {
      const known = made.get(place.pointer)
      if (known !== undefined) return known
      // Under way already: the schema leads back to itself. The rule is there when it is needed.
      if (underWay.has(place.pointer)) return (context, exact, seen) => made.get(place.pointer)!(context, exact, seen)
      underWay.add(place.pointer)
      const rule = makeRule(maker, place)
      made.set(place.pointer, rule)
      return rule
    },
    // A location that the compiler left out can never be reported; −1 fails the record that proves it wrong.
    locate: (schemaPointer, name) =>
      locations.get(name === undefined ? schemaPointer : `${schemaPointer}\0${name}`) ?? -1,
  }
  const root = maker.ruleOf(documents.root)
  return { check: (exact, errorsMax) => runRules(root, exact, errorsMax) }
}

function locationKey({ keyword, schemaPointer, expected }: CompiledSchema['locations'][number]): string {
  const isNamed = keyword === 'required' || keyword === 'dependentRequired'
  return isNamed ? `${schemaPointer}\0${String(expected)}` : schemaPointer
}

function makeRule(maker: Maker, place: Place): Step {
  const { schema, resource } = place
  if (schema === true) return () => true
  if (schema === false) {
    const location = maker.locate(place.pointer)
    return (context, exact) => fail(context, location, exact)
  }
  const making: Making = { maker, place, schema }
  const steps = [
    ...referenceSteps(making),
    ...scalarSteps(making),
    ...arrayAssertions(making),
    ...objectAssertions(making),
    ...arrayChildren(making),
    ...objectChildren(making),
    ...combinedSteps(making),
    ...unevaluatedSteps(making),
  ]
  const collects = schema.unevaluatedItems !== undefined || schema.unevaluatedProperties !== undefined
  return (context, exact, seen) => {
    const own = collects ? new Set<Exact>() : seen
    const isEntered = context.scope.at(-1) !== resource
    if (isEntered) context.scope.push(resource)
    const fits = steps.every((step) => step(context, exact, own))
    if (isEntered) context.scope.pop()
    if (fits && collects && own !== undefined) for (const child of own) seen?.add(child)
    return fits
  }
}

function runRules(root: Step, exact: Exact, errorsMax: number): Errors | 'exhausted' | undefined {
  const errors = makeErrors(errorsMax)
  const context: Context = {
    path: [],
    scope: [],
    credit: exact.packedBytes * creditPerByte + creditBase,
    tryCount: 0,
    note: (locationIndex, at, path) => noteError(errors, locationIndex, at, path),
  }
  const isDone = runWithin(root, context, exact)
  // A walk that was given up is as good as one whose list is full.
  if (!isDone) errors.isCut = true
  if (errors.list.length > 0) return errors
  return isDone ? undefined : 'exhausted'
}

/** False: the steps were used up. */
function runWithin(root: Step, context: Context, exact: Exact): boolean {
  try {
    root(context, exact, undefined)
    return true
  } catch (error) {
    if (error === tooComplex) return false
    throw error
  }
}
