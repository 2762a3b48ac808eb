// The documentation of the codes and the table of the codes are the same.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorTable } from '../src/errors.ts'

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))

test('docs/errors.md lists the codes clients meet with their status and retry, and no others', () => {
  const listed = rows
    .filter(([, status, code]) => /^\d{3}$/.test(status ?? '') && /^`[A-Z_]+`$/.test(code ?? ''))
    .map(([, status, code, retry]) => [code?.slice(1, -1), Number(status), retry === 'yes'])
  const table = Object.entries(errorTable).filter(([, { status }]) => status !== 0)
  expect(listed.sort()).toEqual(table.map(([code, { status, retry }]) => [code, status, retry]).sort())
})

test('docs/errors.md lists the codes that stop a start, and no others', () => {
  const listed = rows.filter(([, code]) => /^`[A-Z_]+`$/.test(code ?? '')).map(([, code]) => code?.slice(1, -1))
  const table = Object.entries(errorTable).filter(([, { status }]) => status === 0)
  expect(listed.sort()).toEqual(table.map(([code]) => code).sort())
})

test('docs/errors.md names no code that does not exist', () => {
  const codes = new Set<string>(Object.keys(errorTable))
  const named = [...page.matchAll(/`([A-Z]+_[A-Z_]+|INTERNAL|OVERLOADED)`/g)].map(([, code]) => code ?? '')
  expect(named.filter((code) => !codes.has(code) && !code.startsWith('SLUICE_'))).toEqual([])
})
