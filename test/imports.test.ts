import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const sources = new URL('../src', import.meta.url).pathname

// Which folders a folder of src/ may import from, beside itself and the files at the top of src/.
const allowed: Readonly<Record<string, readonly string[]>> = {
  config: ['schema', 'kernel'],
  schema: ['kernel', 'config'],
  kernel: ['schema', 'config'],
  guard: [],
  measure: [],
  load: ['measure'],
  log: ['kernel', 'config', 'schema'],
  sink: ['config', 'schema', 'kernel'],
  drain: ['log', 'sink', 'guard', 'kernel', 'config', 'schema'],
  ingress: ['kernel', 'guard', 'log', 'schema', 'config'],
  ops: ['config', 'schema', 'log', 'drain', 'kernel'],
}

type Import = { readonly from: string; readonly to: string }

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^(?:import|export)[^'"]*['"](\.[^'"]+)['"]/gm)].map(([, target]) => ({
    from: relative(sources, file),
    to: relative(sources, join(dirname(file), target ?? '')),
  }))
}

function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : ''
}

const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => join(sources, file))

describe('imports', () => {
  test('point one way: ingress and drain to the log and the kernel, guard to nobody', () => {
    const wrong = files
      .flatMap(importsOf)
      .filter(({ from, to }) => {
        const [here, there] = [folderOf(from), folderOf(to)]
        return (
          here !== '' &&
          there !== '' &&
          here !== there &&
          allowed[here] !== undefined &&
          !allowed[here]?.includes(there)
        )
      })
      .map(({ from, to }) => `${from} → ${to}`)
    expect(wrong).toEqual([])
  })

  test('every folder of the sources is covered by the rule', () => {
    const folders = new Set(files.map((file) => folderOf(relative(sources, file))).filter((folder) => folder !== ''))
    folders.delete('cli')
    expect([...folders].filter((folder) => allowed[folder] === undefined)).toEqual([])
  })

  test('only the files that own the kernel memory make views of it', () => {
    const owners = new Set(
      ['memory', 'instance', 'descriptors', 'log-region', 'heads'].map((name) => `kernel/${name}.ts`),
    )
    const others = files
      .map((file) => relative(sources, file))
      .filter((file) => !owners.has(file) && !file.startsWith('kernel/reference'))
      .filter((file) => /memory\.buffer/.test(readFileSync(join(sources, file), 'utf8')))
    expect(others).toEqual([])
  })
})
