// JSON Schema's own test suite for draft 2020-12, through the compiler, the verifier and the kernel's validator. A schema
// may be refused when it is loaded; one that is accepted must give every answer right.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.ts'
import type { JsonSchema } from '../../src/schema/compile.ts'
import { openValidator, type Validator } from '../assembly/schema/validator.ts'

type Group = { readonly description: string; readonly schema: JsonSchema; readonly tests: readonly Case[] }
type Case = { readonly description: string; readonly data: unknown; readonly valid: boolean }
type Tally = { caseCount: number; acceptedCount: number; readonly refused: string[]; readonly wrong: string[] }

const corpus = fileURLToPath(new URL('../../../shared/corpora/json-schema-test-suite', import.meta.url))
const cases = join(corpus, 'tests/draft2020-12')
const isThere = existsSync(cases)
if (!isThere) console.warn(`Skipped: the JSON Schema test suite is not at ${corpus}.`)

const documentation = readFileSync(new URL('../../docs/schema.md', import.meta.url), 'utf8')

const formats = [
  ...['date-time', 'date', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uri-reference', 'uuid'],
  'json-pointer',
]

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** What the suite wants to be found: its remotes, and the meta-schema with its vocabularies. */
function readDocuments(): Record<string, JsonSchema> {
  const documents: Record<string, JsonSchema> = {}
  const remotes = join(corpus, 'remotes')
  for (const file of readdirSync(remotes, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.json')) documents[`http://localhost:1234/${file}`] = readJson(join(remotes, file)) as JsonSchema
  }
  const meta = fileURLToPath(new URL('../../node_modules/ajv/dist/refs/json-schema-2020-12', import.meta.url))
  for (const file of readdirSync(meta, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.json')) continue
    documents[`https://json-schema.org/draft/2020-12/${file.slice(0, -5)}`] = readJson(join(meta, file)) as JsonSchema
  }
  return documents
}

describe.skipIf(!isThere)('the JSON Schema test suite', () => {
  let validator: Validator
  let documents: Record<string, JsonSchema>

  beforeAll(async () => {
    validator = await openValidator()
    documents = readDocuments()
  })

  function runGroup(tally: Tally, file: string, group: Group, assertFormat: boolean): void {
    tally.caseCount += group.tests.length
    try {
      validator.load(group.schema, { documents, assertFormat })
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'SCHEMA_UNSUPPORTED') throw error
      tally.refused.push(`${file}: ${group.description}: ${error.message} (${group.tests.length})`)
      return
    }
    tally.acceptedCount += group.tests.length
    for (const { description, data, valid } of group.tests) {
      const name = `${file}: ${group.description}: ${description}`
      if (validator.fits(data) !== valid) tally.wrong.push(name)
    }
  }

  function runFiles(files: readonly string[], assertFormat: boolean): Tally {
    const tally: Tally = { caseCount: 0, acceptedCount: 0, refused: [], wrong: [] }
    for (const file of files) {
      for (const group of readJson(join(cases, file)) as Group[]) runGroup(tally, file, group, assertFormat)
    }
    return tally
  }

  test('required tests are answered right, and few schemas are refused', () => {
    const tally = runFiles(
      readdirSync(cases).filter((file) => file.endsWith('.json')),
      false,
    )
    console.info(`${tally.acceptedCount} of ${tally.caseCount} required tests accepted; refused:`, tally.refused)
    expect(tally.wrong).toEqual([])
    expect(tally.acceptedCount / tally.caseCount).toBeGreaterThanOrEqual(0.97)
    const [all, accepted] = [tally.caseCount, tally.acceptedCount].map((count) => count.toLocaleString('en-US'))
    expect(documentation).toContain(`| required, ${all} | ${accepted} (`)
  })

  test('the tests of each format that is asserted are answered right', () => {
    const tally = runFiles(
      formats.map((format) => `optional/format/${format}.json`),
      true,
    )
    console.info(`${tally.acceptedCount} of ${tally.caseCount} format tests accepted; refused:`, tally.refused)
    expect(tally.wrong).toEqual([])
    expect(tally.refused).toEqual([])
    expect(documentation).toContain(`formats below, ${tally.caseCount} | ${tally.acceptedCount} |`)
  })

  test('optional tests of accepted schemas are answered right', () => {
    const files = [
      'anchor',
      'bignum',
      'dynamicRef',
      'ecmascript-regex',
      'float-overflow',
      'id',
      'no-schema',
      'non-bmp-regex',
    ]
    const tally = runFiles(
      files.map((file) => `optional/${file}.json`),
      false,
    )
    console.info(`${tally.acceptedCount} of ${tally.caseCount} optional tests accepted; refused:`, tally.refused)
    expect(tally.wrong).toEqual([])
  })
})
