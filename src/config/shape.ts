// Small checks that put together say what a value must look like: the grammar in which check.ts is written.
// A check never throws and never stops at the first fault; it adds every fault it finds to the list it is given.

/** What is wrong with one field: its path, such as `streams.orders.path`, what was expected there and what was found. */
export type Problem = { readonly path: string; readonly expected: string; readonly found: string }

export type Check = (value: unknown, path: string, problems: Problem[]) => void

/** Any member of `fields` may be absent unless its name is in `required`; a name that is not there is refused. */
export function object(fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, path, problems) => {
    if (!isObject(value)) return refuse(value, path, 'an object', problems)
    for (const [name, member] of Object.entries(value)) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined
      if (check) check(member, join(path, name), problems)
      else refuse(member, join(path, name), unknownField(name, Object.keys(fields)), problems)
    }
    for (const name of required) {
      if (!Object.hasOwn(value, name)) problems.push({ path: join(path, name), expected: 'a value', found: 'nothing' })
    }
  }
}

/** An object of any names that `name` matches, all of one kind. At least one when `countMin` says so. */
export function record(name: RegExp, nameWords: string, member: Check, countMin = 0): Check {
  return (value, path, problems) => {
    if (!isObject(value)) return refuse(value, path, 'an object', problems)
    const entries = Object.entries(value)
    if (entries.length < countMin) return refuse(value, path, `at least ${countMin} member`, problems)
    for (const [key, each] of entries) {
      if (name.test(key)) member(each, join(path, key), problems)
      else problems.push({ path: join(path, key), expected: nameWords, found: shorten(key) })
    }
  }
}

export function integer(min: number, max: number): Check {
  return (value, path, problems) => {
    const fits = Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
    if (!fits) refuse(value, path, `an integer from ${min} to ${max}`, problems)
  }
}

/** A number above 0; `Infinity` when `unlimited`. */
export function positive(unlimited: boolean): Check {
  return (value, path, problems) => {
    const fits = typeof value === 'number' && value > 0 && (unlimited || Number.isFinite(value))
    if (!fits) refuse(value, path, unlimited ? 'a number above 0, or Infinity' : 'a number above 0', problems)
  }
}

export const boolean: Check = (value, path, problems) => {
  if (typeof value !== 'boolean') refuse(value, path, 'true or false', problems)
}

export function oneOf(choices: readonly string[]): Check {
  const words = choices.map((choice) => JSON.stringify(choice)).join(' or ')
  return (value, path, problems) => {
    if (!choices.includes(value as string)) refuse(value, path, words, problems)
  }
}

export function text(pattern: RegExp, words: string): Check {
  return (value, path, problems) => {
    if (typeof value !== 'string' || !pattern.test(value)) refuse(value, path, words, problems)
  }
}

/** The check that `choose` picks by the value's kind. */
export function either(choose: (value: unknown) => Check): Check {
  return (value, path, problems) => choose(value)(value, path, problems)
}

export function list(each: Check, countMin: number): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value) || value.length < countMin) {
      return refuse(value, path, `a list of at least ${countMin}`, problems)
    }
    value.forEach((item, index) => {
      each(item, `${path}[${index}]`, problems)
    })
  }
}

export function refuse(value: unknown, path: string, expected: string, problems: Problem[]): void {
  problems.push({ path, expected, found: shorten(value) })
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function shorten(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value)
  if (typeof value === 'function') return 'a function'
  const words = JSON.stringify(value) ?? typeof value
  return words.length > 60 ? `${words.slice(0, 57)}…` : words
}

function unknownField(name: string, known: readonly string[]): string {
  const near = known.filter((each) => distance(name.toLowerCase(), each.toLowerCase()) <= 2 || related(name, each))[0]
  return near === undefined ? `one of ${known.join(', ')}` : `no such field; did you mean "${near}"?`
}

function related(name: string, known: string): boolean {
  return name.length >= 4 && (known.startsWith(name) || name.startsWith(known))
}

/** Levenshtein distance, by rows. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min(replaced, row[j]! + 1, next[j - 1]! + 1)
    }
    row = next
  }
  return row[b.length]!
}
