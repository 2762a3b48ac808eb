// The layout of a program is written twice, for the compiler and for the kernel: both say the same.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as layout from '../../src/schema/layout.ts'

const source = readFileSync(new URL('../../assembly/schema/program.ts', import.meta.url), 'utf8')
const abi = readFileSync(new URL('../../assembly/abi.ts', import.meta.url), 'utf8')

function constantsOf(text: string): Map<string, number> {
  const constants = new Map<string, number>()
  for (const [, name, value] of text.matchAll(/^export const (\w+): \w+ = (\w+)$/gm)) {
    constants.set(name as string, constants.get(value as string) ?? Number(value))
  }
  return constants
}

const kernel = constantsOf(source)

/** Tables of the compiler by the prefix of their names in the kernel. */
const tables: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  SLOT: layout.slotKind,
  OP: layout.op,
  BLOCK: layout.blockLayout,
  SCALAR: layout.scalarLayout,
  OBJECT: layout.objectLayout,
  PATTERN: layout.patternLayout,
  ENTRY: layout.entryLayout,
  ARRAY: layout.arrayLayout,
  WORDS: layout.wordsLayout,
  VALUES: layout.valuesLayout,
  KEY_PATHS: layout.keyPathsLayout,
  TOKEN: layout.tokenLayout,
  MULTIPLE: layout.multipleLayout,
  DFA: layout.dfaLayout,
  DEPENDENT: layout.dependentLayout,
  CONTAINS: layout.containsLayout,
  APPLY: layout.applyLayout,
  WHEN: layout.whenLayout,
  BRANCH: layout.branchLayout,
  NOT: layout.notLayout,
  IF: layout.ifLayout,
  UNEVALUATED: layout.unevaluatedLayout,
}

test.each(Object.entries(tables))('%s', (prefix, table) => {
  for (const [name, value] of Object.entries(table)) {
    const held = kernel.get(`${prefix}_${name}`)
    // Sizes that the kernel checks as a literal have no name there.
    if (held !== undefined || name !== 'BYTES') expect([name, held]).toEqual([name, value])
  }
})

test('header, types, formats, sources and limits', () => {
  const { header, typeBits, formatCode, sourceKind, sourceLayout } = layout
  expect(kernel.get('HEADER_ROOT')).toBe(header.ROOT)
  expect(kernel.get('HEADER_ITEMS_END')).toBe(header.ITEMS_END)
  expect(kernel.get('HEADER_STARTS')).toBe(header.STARTS)
  expect(kernel.get('HEADER_LOCATION_COUNT')).toBe(header.LOCATION_COUNT)
  expect(kernel.get('HEADER_KEY_PATHS')).toBe(header.KEY_PATHS)
  expect(kernel.get('FLAG_CHARGED')).toBe(layout.programFlag.CHARGED)
  expect(kernel.get('MARK_BIT')).toBe(layout.markLayout.BIT)
  expect(kernel.get('MARK_COUNT_MAX')).toBe(layout.markCountMax)
  expect(kernel.get('UNIQUE_LOCATION')).toBe(layout.uniqueLayout.LOCATION)
  expect(kernel.get('CALL_BLOCK')).toBe(layout.callLayout.BLOCK)
  for (const [name, value] of Object.entries(formatCode)) {
    expect(kernel.get(`FORMAT_${name.toUpperCase().replaceAll('-', '_')}`)).toBe(value)
  }
  expect(kernel.get('FORMAT_LAST')).toBe(Math.max(...Object.values(formatCode)))
  for (const [name, value] of Object.entries({ ...sourceKind, ...sourceLayout })) {
    expect(kernel.get(`SOURCE_${name}`)).toBe(value)
  }
  const { number, ...single } = typeBits
  for (const [name, value] of Object.entries(single)) expect(kernel.get(`TYPE_${name.toUpperCase()}`)).toBe(value)
  expect(number).toBe((kernel.get('TYPE_INTEGER') ?? 0) | (kernel.get('TYPE_FRACTION') ?? 0))
  const limits = constantsOf(abi)
  expect(limits.get('PROGRAM_MAGIC')).toBe(layout.programMagic)
  expect(limits.get('PROGRAM_VERSION')).toBe(layout.programVersion)
  expect(limits.get('PROGRAM_BYTES_MAX')).toBe(layout.programBytesMax)
  expect(limits.get('PROGRAM_HEADER_BYTES')).toBe(header.BYTES)
})
