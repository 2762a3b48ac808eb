// The JSON-Schema-Test-Suite as streams for the engines: the groups of draft 2020-12 whose schema is taken. The corpus lies
// beside the checkout; whoever uses it must first look whether it `isHere`.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SluiceError } from '../../src/errors.ts'
import type { CompiledSchema, JsonSchema } from '../../src/schema/compile.ts'
import { compileSubject, type Subject } from './compare.ts'

export type Case = { readonly description: string; readonly data: unknown; readonly valid: boolean }
type Group = { readonly description: string; readonly schema: JsonSchema; readonly tests: readonly Case[] }
export type Taken = Subject & { readonly compiled: CompiledSchema; readonly tests: readonly Case[] }

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

/** The groups in these files whose schema is taken, and how many tests there are in all. */
export function subjectsOf(files: readonly string[], assertFormat: boolean): { taken: Taken[]; testCount: number } {
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

export const isHere = existsSync(corpus)
export const notHere = `skipped: there is no JSON-Schema-Test-Suite at ${corpus}`

const required = () => filesIn(suite).filter((file) => !file.includes('/optional/'))
const formats = 'date date-time duration email hostname ipv4 ipv6 json-pointer time uri uri-reference uuid'.split(' ')

/** The required tests, and the optional ones of `format` as an assertion. */
export const suites = [
  { name: 'required tests', files: required, assertFormat: false },
  {
    name: 'format tests',
    files: () => formats.map((format) => `${suite}/optional/format/${format}.json`),
    assertFormat: true,
  },
]
