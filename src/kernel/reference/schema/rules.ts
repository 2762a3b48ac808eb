// A schema as a walk over exact trees in the order of docs/schema.md, "The first error": what the JavaScript engine asks
// when Ajv has said no, and instead of Ajv where that is not exact. Each schema object becomes a list of steps in canonical
// order; the first that fails notes itself and everything stops.
// It refuses no schema: compileSchema has done that.

import { pointerBytesMax } from '../../../limits.ts'
import type { CompiledSchema } from '../../../schema/compile.ts'
import { recordStatus } from '../../abi.ts'
import type { Exact } from '../exact.ts'
import { arrayAssertions, arrayChildren } from './arrays.ts'
import { combinedSteps, referenceSteps, unevaluatedSteps } from './combined.ts'
import { escapeToken, indexDocuments, type Place } from './documents.ts'
import { objectAssertions, objectChildren } from './objects.ts'
import { scalarSteps } from './scalars.ts'
import { type Context, fail, type Maker, type Making, type Path, type Step, tooComplex } from './walk.ts'

export type Rules = {
  /** Checks a packed tree. Returns 0 or a status, and what the descriptor says of a refusal. */
  check(root: Exact): Verdict
}

export type Verdict = {
  readonly status: 0 | typeof recordStatus.SCHEMA_INVALID | typeof recordStatus.TOO_COMPLEX
  readonly locationIndex: number
  readonly errorOffset: number
  /** RFC 6901 text of at most `pointerBytesMax` bytes. */
  readonly pointer: string
}

const accepted: Verdict = { status: 0, locationIndex: 0, errorOffset: 0, pointer: '' }
const exhausted: Verdict = { status: recordStatus.TOO_COMPLEX, locationIndex: 0, errorOffset: 0, pointer: '' }

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
    // A location that the compiler left out can never be reported; −1 would fail the record that proves it wrong.
    locate: (schemaPointer, name) =>
      locations.get(name === undefined ? schemaPointer : `${schemaPointer}\0${name}`) ?? -1,
  }
  const root = maker.ruleOf(documents.root)
  return { check: (exact) => runRules(root, exact) }
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

function runRules(root: Step, exact: Exact): Verdict {
  const context: Context = {
    path: [],
    scope: [],
    credit: exact.packedBytes * creditPerByte + creditBase,
    failure: undefined,
  }
  try {
    if (root(context, exact, undefined)) return accepted
  } catch (error) {
    if (error === tooComplex) return exhausted
    throw error
  }
  const { failure } = context
  if (failure === undefined || failure.locationIndex < 0) throw new Error('the schema refused without a location')
  return {
    status: recordStatus.SCHEMA_INVALID,
    locationIndex: failure.locationIndex,
    errorOffset: failure.at,
    pointer: pointerText(failure.path),
  }
}

/** Tokens are appended while they fit whole; then the pointer ends. */
function pointerText(path: Path): string {
  let pointer = ''
  let bytes = 0
  for (const token of path) {
    const text = `/${escapeToken(String(token))}`
    bytes += Buffer.byteLength(text)
    if (bytes > pointerBytesMax) break
    pointer += text
  }
  return pointer
}
