// What the steps of a schema share: the walk at hand, how a step says no, and how it goes down to a child.
// What always holds: a step that returns false ends the walk, or the branch that is being tried; the path is as it was before.
import type { CompiledSchema } from '../../../schema/compile.ts'
import type { Exact } from '../exact.ts'
import type { Documents, Place, Resource, SchemaObject } from './documents.ts'

export type Path = readonly (string | number)[]

/** The walk over one record. */
export type Context = {
  /** Keys and indexes on the way to the value at hand. */
  readonly path: (string | number)[]
  /** Schema resources on the way, outermost first: the dynamic scope. */
  readonly scope: Resource[]
  /** What following references may still cost in bytes (docs/schema.md, "Steps"). */
  credit: number
  /** Branches under way that may fail: a refusal in them only decides them. */
  tryCount: number
  /** Notes an error; false: that was the last one wanted. */
  readonly note: (locationIndex: number, at: number, path: Path) => boolean
}

/** Values that some keyword has evaluated, for `unevaluatedItems` and `unevaluatedProperties`; undefined: nobody asks. */
export type Seen = Set<Exact> | undefined

/** True: the value fits, as far as this step looks. */
export type Step = (context: Context, exact: Exact, seen: Seen) => boolean

/** What steps are made of. */
export type Maker = {
  readonly documents: Documents
  readonly compiled: CompiledSchema
  /** The step of a whole subschema. */
  ruleOf(place: Place): Step
  /** Index of a keyword's location; `name` for `required` and `dependentRequired`. */
  locate(schemaPointer: string, name?: string): number
}

/** A schema object in the making: its steps are added in canonical order. */
export type Making = { readonly maker: Maker; readonly place: Place; readonly schema: SchemaObject }

/** Thrown when the credit is used up: nothing may catch it on the way, as no branch decides then. */
export const tooComplex = new Error('the record exceeds the step budget of its schema')

/** The value is refused. True: that was noted, and the walk goes on as if it had been taken. */
export function fail(context: Context, locationIndex: number, exact: Exact): boolean {
  return context.tryCount === 0 && context.note(locationIndex, exact.at, context.path)
}

/** Runs a step that may fail without consequence; what it evaluated counts only when it fits. */
export function tryStep(step: Step, context: Context, exact: Exact, seen: Seen): boolean {
  const own: Seen = seen === undefined ? undefined : new Set()
  context.tryCount++
  const fits = step(context, exact, own)
  context.tryCount--
  if (fits && own !== undefined) for (const child of own) seen?.add(child)
  return fits
}

/** Runs a step on a child. */
export function runOnChild(context: Context, token: string | number, step: Step, child: Exact): boolean {
  context.path.push(token)
  const fits = step(context, child, undefined)
  context.path.pop()
  return fits
}

/** The step of a keyword that looks at the value only. */
export function assertion(making: Making, keyword: string, fits: (value: Exact['value']) => boolean): Step {
  const location = making.maker.locate(`${making.place.pointer}/${keyword}`)
  return (context, exact) => fits(exact.value) || fail(context, location, exact)
}

/** The rule of the subschema at `token` behind the schema object, such as `/items` or `/allOf/0`. */
export function childRule({ maker, place }: Making, token: string): Step {
  return maker.ruleOf(maker.documents.byPointer.get(place.pointer + token)!)
}
