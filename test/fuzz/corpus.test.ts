// The JSON-Schema-Test-Suite through both engines: every required test of 2020-12 whose schema is taken has the right
// verdict, and the engines leave the same slab for it. The corpus lies beside the checkout; without it there is a notice.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.ts'
import { recordStatus } from '../../src/kernel/abi.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import type { CompiledSchema, JsonSchema } from '../../src/schema/compile.ts'
import { compareRecords, compileSubject, openPairs, type Subject, type Tally } from './compare.ts'

type Case = { readonly description: string; readonly data: unknown; readonly valid: boolean }
type Group = { readonly description: string; readonly schema: JsonSchema; readonly tests: readonly Case[] }
type Taken = Subject & { readonly compiled: CompiledSchema; readonly tests: readonly Case[] }

const corpus = fileURLToPath(new URL('../../../shared/corpora/json-schema-test-suite/', import.meta.url))
const remoteBase = 'http://localhost:1234/'
const metaBase = 'https://json-schema.org/draft/2020-12/'

const suite = `${corpus}tests/draft2020-12`

function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.json')).map((name) => `${folder}/${name}`)
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** What the suite wants to be found: its remotes, but for other drafts, and the meta-schema with its vocabularies. */
function remotes(): Record<string, JsonSchema> {
  const folder = `${corpus}remotes`
  const meta = fileURLToPath(new URL('../../node_modules/ajv/dist/refs/json-schema-2020-12', import.meta.url))
  const found = filesIn(folder).filter((file) => !/\/remotes\/draft(?!2020-12)/.test(file))
  const named = found.map((file) => [remoteBase + file.slice(folder.length + 1), file] as const)
  const metaNamed = filesIn(meta).map((file) => [metaBase + file.slice(meta.length + 1, -5), file] as const)
  return Object.fromEntries([...named, ...metaNamed].map(([uri, file]) => [uri, readJson(file) as JsonSchema]))
}

/** Undefined: the schema is not taken. */
function compiledOrNot(subject: Subject): CompiledSchema | undefined {
  try {
    return compileSubject(subject)
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'SCHEMA_UNSUPPORTED') return undefined
    throw error
  }
}

function subjectsOf(files: readonly string[], assertFormat: boolean): { taken: Taken[]; testCount: number } {
  const options = { documents: remotes(), assertFormat }
  const taken: Taken[] = []
  let testCount = 0
  for (const file of files) {
    for (const { description, schema, tests } of readJson(file) as Group[]) {
      testCount += tests.length
      const subject = { name: `${basename(file)}: ${description}`, schema, options, samples: [] }
      const compiled = compiledOrNot(subject)
      if (compiled !== undefined) taken.push({ ...subject, compiled, tests })
    }
  }
  return { taken, testCount }
}

async function wrongVerdicts(taken: readonly Taken[]): Promise<string[]> {
  const compiled = taken.map((subject) => subject.compiled)
  const pairs = openPairs(await loadKernel('shared'), taken, compiled)
  const wrong: string[] = []
  for (const [index, { name, tests }] of taken.entries()) {
    for (const { description, data, valid } of tests) {
      const tally: Tally = new Map()
      compareRecords(pairs[index]!, [Buffer.from(JSON.stringify(data))], tally, `${name}: ${description}`)
      if (!tally.has(valid ? recordStatus.ENCODED : recordStatus.SCHEMA_INVALID)) wrong.push(`${name}: ${description}`)
    }
  }
  return wrong
}

const isHere = existsSync(corpus)
if (!isHere) console.warn(`skipped: there is no JSON-Schema-Test-Suite at ${corpus}`)

const required = () => filesIn(suite).filter((file) => !file.includes('/optional/'))
const formats = 'date date-time duration email hostname ipv4 ipv6 json-pointer time uri uri-reference uuid'.split(' ')
const kinds = [
  { name: 'required tests', files: required, assertFormat: false },
  {
    name: 'format tests',
    files: () => formats.map((format) => `${suite}/optional/format/${format}.json`),
    assertFormat: true,
  },
]

test.skipIf(!isHere).each(kinds)('$name have the right verdict in both engines', async (kind) => {
  const { taken, testCount } = subjectsOf(kind.files(), kind.assertFormat)
  const takenCount = taken.reduce((sum, { tests }) => sum + tests.length, 0)
  console.log(`${takenCount} of ${testCount} ${kind.name} have a schema that is taken`)
  expect(takenCount / testCount).toBeGreaterThan(0.97)
  expect(await wrongVerdicts(taken)).toEqual([])
})
