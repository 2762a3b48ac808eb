// The page of the configuration and what the server takes are the same: fields, bounds and defaults.
// The fields are found by asking: a wrong value is refused with what would be right, a wrong name with the names there are.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkConfig } from '../../src/config/check.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import type { Problem } from '../../src/config/shape.ts'
import { SluiceError } from '../../src/errors.ts'

type Field = { readonly path: string; readonly expected: string; readonly isRequired: boolean }

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
const rows = new Map(
  page
    .split('\n')
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()))
    .filter(([name]) => /^`[a-z][^`]*`$/.test(name ?? ''))
    .map(([name = '', fallback = '', bound = '', purpose = '']) => [name.slice(1, -1), { fallback, bound, purpose }]),
)
const fields = fieldsBelow([])

function problemsOf(steps: readonly string[], value: unknown): readonly Problem[] {
  const config = steps.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
  try {
    checkConfig(config, 'asked')
  } catch (error) {
    if (error instanceof SluiceError) return error.extra.problems as readonly Problem[]
    throw error
  }
  throw new Error(`${steps.join('.')}: ${JSON.stringify(value)} was taken`)
}

/** The fields that hold values; those that hold fields are the sections. */
function fieldsBelow(steps: readonly string[]): readonly Field[] {
  const problems = problemsOf(steps, { qqqqqqqqqqqq: null })
  const names = /^one of (.*)$/.exec(problems[0]?.expected ?? '')?.[1]?.split(', ') ?? []
  const required = problems.filter(({ expected }) => expected === 'a value').map(({ path }) => path)
  return names.flatMap((name) => {
    const inner = [...steps, name]
    const path = inner.join('.')
    const expected = problemsOf(inner, null).find((problem) => problem.path === path)?.expected ?? ''
    if (path === 'streams') return fieldsBelow([...inner, 'name'])
    if (expected === 'an object' && name !== 'documents') return fieldsBelow(inner)
    return [{ path, expected, isRequired: required.includes(path) }]
  })
}

/** What the page says of a bound, in the words of the refusal. */
function boundWords(expected: string): string {
  const [, min, max] = /^an integer from (\d+) to (\d+)$/.exec(expected) ?? []
  if (min === undefined) return expected
  const bound = (written: string | undefined) => Number(written).toLocaleString('en')
  return Number(max) === Number.MAX_SAFE_INTEGER
    ? `integer, ${bound(min)} or more`
    : `integer, ${bound(min)} to ${bound(max)}`
}

function defaultOf(path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], defaultConfig())
}

test('asking finds the fields, at every depth', () => {
  const paths = fields.map(({ path }) => path)
  expect(paths).toEqual(
    expect.arrayContaining(['port', 'tls.keyFile', 'limits.headMs', 'streams.name.rateLimit.burst']),
  )
})

test('every field has a row, and every row a field', () => {
  expect([...rows.keys()].sort()).toEqual(fields.map(({ path }) => path).sort())
})

test('every section has its heading', () => {
  const sections = new Set(fields.filter(({ path }) => path.includes('.')).map(({ path }) => path.split('.')[0]))
  expect([...page.matchAll(/^## `(.*)`$/gm)].map(([, name]) => name).sort()).toEqual([...sections].sort())
})

test.each(fields.map((field) => [field.path, field] as const))(
  '%s has its bound, its default and what it is for',
  (path, field) => {
    const row = rows.get(path)
    expect(row?.bound.replaceAll('`', '')).toContain(boundWords(field.expected))
    expect(row?.purpose).toMatch(/\w{3}/)
    const fallback = defaultOf(path)
    if (path === 'kernelThreads') expect(row?.fallback).toBe('cores less one, at least 2')
    else if (field.isRequired) expect(row?.fallback).toBe('required')
    else if (fallback === undefined) expect(row?.fallback).not.toMatch(/required|\d/)
    else expect(row?.fallback.split('`')[1]).toBe(String(fallback))
  },
)

test('the variables and flags that it names are those that there are', () => {
  const source = readFileSync(new URL('../../src/config/load.ts', import.meta.url), 'utf8')
  const named = (text: string) => [...new Set(text.match(/SLUICE_[A-Z_]+/g))].sort()
  expect(named(page)).toEqual(named(source))
})
