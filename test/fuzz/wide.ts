// Samples with something in them made long: strings, keys, arrays and objects past each length where a MessagePack head grows,
// so that what reads them meets every kind of head.

const lengths = [20, 40, 300, 66_000]
/** So many members with a head of four bytes do not fit a record. */
const memberCounts = [20, 300]

/** Stands in a text for the value that is exchanged. */
const marker = 'exchanged'

/** Texts made from one, some for each of its values; each fits a record. */
export function widened(sample: string): string[] {
  const holder: Record<string, unknown> = { root: JSON.parse(sample) }
  const texts = placesIn(holder).flatMap(({ parent, key }) => {
    const value = parent[key]
    parent[key] = marker
    const text = JSON.stringify(holder.root)
    parent[key] = value
    return widerOf(value).map((wider) => text.replace(`"${marker}"`, () => wider))
  })
  return texts.filter((text) => text.length < 200_000)
}

type Place = { readonly parent: Record<string, unknown>; readonly key: string }

function placesIn(parent: Record<string, unknown>): Place[] {
  return Object.keys(parent).flatMap((key) => {
    const child = parent[key]
    const isContainer = typeof child === 'object' && child !== null
    return [{ parent, key }, ...(isContainer ? placesIn(child as Record<string, unknown>) : [])]
  })
}

/** Other values in the place of one: of its own kind where it has a length, and of each other kind. */
function widerOf(value: unknown): string[] {
  const strings = lengths.map((length) => JSON.stringify('x'.repeat(length)))
  const arrays = lengths.map((length) => JSON.stringify(Array(length).fill(Array.isArray(value) ? (value[0] ?? 0) : 0)))
  const objects = memberCounts.map((count) => members(value, count))
  const keys = lengths.map((length) => members(value, 0).replace('{', () => `{"${'k'.repeat(length)}":1,`))
  const few = '[] "" {} -1 70000 5000000000 -70000 -5000000000 1.5 true null 300 -300'.split(' ')
  return [...strings, ...arrays, ...objects, ...keys.map((text) => text.replace(',}', '}')), ...few]
}

/** An object with `count` members before its own. */
function members(value: unknown, count: number): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const own = isObject ? JSON.stringify(value).slice(1, -1) : ''
  const others = Array.from({ length: count }, (_, index) => `"m${index}":1`)
  return `{${[...others, ...(own === '' ? [] : [own])]}}`
}
