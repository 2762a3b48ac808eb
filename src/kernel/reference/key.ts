// A record's key: strings and integers at JSON pointers, joined by U+001F (docs/schema.md, "Key").
// Refuses, as undefined, whatever is no key: nothing there, a double, −0, an empty or long text, a separator within a part.
import type { Exact } from './exact.ts'

const separator = '\x1f'

/** Finds the key's text in a JavaScript value, as JSON.parse makes it, or in the value of an exact tree. */
export type KeyFinder<T> = (root: T) => string | undefined

/** A finder for the key's pointers; `childOf` goes down one level. */
export function makeKeyFinder<T>(
  pointers: readonly string[],
  keyBytesMax: number,
  childOf: (parent: T, token: string) => T | undefined,
  scalarOf: (value: T) => unknown,
): KeyFinder<T> {
  const paths = pointers.map(tokensOf)
  const [first = []] = paths
  const partAt = (root: T, path: readonly string[]): string | undefined => {
    let value: T | undefined = root
    for (const token of path) {
      value = childOf(value, token)
      if (value === undefined) return undefined
    }
    return partText(scalarOf(value))
  }
  const fits = (text: string | undefined) => (text !== undefined && isShort(text, keyBytesMax) ? text : undefined)
  if (paths.length === 1) return (root) => fits(partAt(root, first))
  return (root) => {
    const parts: string[] = []
    for (const path of paths) {
      const part = partAt(root, path)
      if (part === undefined || part.includes(separator)) return undefined
      parts.push(part)
    }
    return fits(parts.join(separator))
  }
}

function isShort(text: string, bytesMax: number): boolean {
  if (text.length * 3 <= bytesMax) return true
  return text.length <= bytesMax && Buffer.byteLength(text) <= bytesMax
}

function partText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > 2 ** 53) return undefined
  return Object.is(value, -0) ? undefined : String(value)
}

function tokensOf(pointer: string): string[] {
  const tokens = pointer.split('/').slice(1)
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const elementToken = /^(?:0|[1-9]\d*)$/

/** The child of a JavaScript value. */
export function plainChild(parent: unknown, token: string): unknown {
  if (typeof parent !== 'object' || parent === null) return undefined
  if (Array.isArray(parent)) return elementToken.test(token) ? (parent as unknown[])[Number(token)] : undefined
  return Object.hasOwn(parent, token) ? (parent as Record<string, unknown>)[token] : undefined
}

/** The child of a value of the exact tree. */
export function exactChild({ value }: Exact, token: string): Exact | undefined {
  if (value instanceof Map) return value.get(token)
  if (Array.isArray(value) && elementToken.test(token)) return (value as readonly Exact[])[Number(token)]
  return undefined
}
