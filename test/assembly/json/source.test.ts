// What the parser's source promises and no input can show: tables that a script made, and a hot loop without calls.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { expect, test } from 'vitest'
import { powersSource } from '../../../assembly/json/make-powers.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

test('powers.ts is what make-powers.ts writes', () => {
  expect(readFileSync(`${root}/assembly/json/powers.ts`, 'utf8')).toBe(powersSource())
})

test('the walk calls nothing on its way', async () => {
  const functions = await compiledFunctions()
  expect(callsIn(functions, 'json/walk/walk')).toEqual([])
  // The same search finds calls where there are some.
  expect(callsIn(functions, 'json/detours/passKey')).not.toEqual([])
})

/** The text format of every function of the parser, by name. */
async function compiledFunctions(): Promise<Map<string, string>> {
  let text = ''
  const options = ['--config', 'asconfig.json', '--target', 'plain', '--baseDir', root, '--textFile', 'probe.wat']
  const { error, stderr } = await asc.main(['assembly/probe/json.ts', ...options, '--outFile', 'probe.wasm'], {
    writeFile: (name, contents) => {
      if (name.endsWith('.wat')) text = String(contents)
    },
  })
  if (error) throw new Error(stderr.toString(), { cause: error })
  const parts = text.split(/^ \(func /m).slice(1)
  return new Map(parts.map((part) => [part.slice(0, part.search(/[ \n)]/)), part]))
}

function callsIn(functions: ReadonlyMap<string, string>, name: string): string[] {
  const body = functions.get(`$assembly/${name}`)
  if (body === undefined) throw new Error(`${name} is no function of its own: ${[...functions.keys()].join(' ')}`)
  return [...body.matchAll(/\bcall (\S+)/g)].map((match) => match[1] ?? '')
}
