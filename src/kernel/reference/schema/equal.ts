// Equality of JSON values as docs/schema.md has it: numbers by mathematical value, objects by members in any order.
// Two values are equal exactly when their canonical texts are: one pass over each, so that `uniqueItems` of n values does
// not cost n².
import type { Exact } from '../exact.ts'

/** The canonical text of a JavaScript value, as JSON.parse makes it. */
export function plainText(value: unknown): string {
  return canonicalText(value, plainText)
}

/** The canonical text of a value of the exact tree. */
export function exactText(value: Exact['value']): string {
  return canonicalText(value, (child) => exactText((child as Exact).value))
}

function canonicalText(value: unknown, childText: (child: unknown) => string): string {
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(childText).join()}]`
  const entries: Iterable<[string, unknown]> = value instanceof Map ? value : Object.entries(value)
  const members = Array.from(entries, ([key, member]) => `${JSON.stringify(key)}:${childText(member)}`)
  return `{${members.sort().join()}}`
}

function numberText(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : String(value)
}
