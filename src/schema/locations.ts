// Numbers the places of a schema that may refuse a value. What always holds: one number for one place, and, for the
// keywords that list names, for one name there.
import type { SchemaLocation } from './compile.ts'
import { escapeToken } from './keywords.ts'
import type { SchemaNode } from './node.ts'

export type Locations = { readonly list: SchemaLocation[]; readonly byPlace: Map<string, number> }

export function makeLocations(): Locations {
  return { list: [], byPlace: new Map() }
}

function numberOf(locations: Locations, place: string, location: SchemaLocation): number {
  const known = locations.byPlace.get(place)
  if (known !== undefined) return known
  const index = locations.list.push(location) - 1
  locations.byPlace.set(place, index)
  return index
}

/** The location of a node's keyword. */
export function keywordLocation(locations: Locations, node: SchemaNode, keyword: string, expected: unknown): number {
  const schemaPointer = `${node.pointer}/${escapeToken(keyword)}`
  return numberOf(locations, schemaPointer, { keyword, schemaPointer, expected })
}

/** The location of a name that `required` lists, or of a name that `dependentRequired` lists under `trigger`. */
export function nameLocation(locations: Locations, node: SchemaNode, name: string, trigger?: string): number {
  const keyword = trigger === undefined ? 'required' : 'dependentRequired'
  const schemaPointer = `${node.pointer}/${keyword}${trigger === undefined ? '' : `/${escapeToken(trigger)}`}`
  return numberOf(locations, `${schemaPointer}\n${name}`, { keyword, schemaPointer, expected: name })
}

/** The location of a `false` schema. */
export function falseLocation(locations: Locations, node: SchemaNode): number {
  return numberOf(locations, node.pointer, { keyword: node.holder, schemaPointer: node.pointer, expected: false })
}
