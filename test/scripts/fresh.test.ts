// What was built is taken for fresh only while inputs and outputs are what they were when it was noted.
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildNoted, isFresh, type Target } from '../../scripts/fresh.ts'

let root = ''
let target: Target
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-fresh-'))
  for (const folder of ['src/deep', 'out', 'build']) mkdirSync(join(root, folder), { recursive: true })
  for (const file of ['src/a.ts', 'src/deep/b.ts', 'out/a.js', 'lock.json', 'build/a.wasm']) {
    writeFileSync(join(root, file), `of ${file}`)
  }
  target = { root, inputs: ['src', 'lock.json'], outputs: ['out', 'build/a.wasm'], note: 'build/a.fresh' }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const at = (path: string) => join(root, path)

test('nothing is fresh before it was noted', () => {
  expect(isFresh(target)).toBe(false)
  buildNoted(target, () => undefined)
  expect(isFresh(target)).toBe(true)
})

test('dates make nothing stale, nor does another place', () => {
  buildNoted(target, () => undefined)
  utimesSync(at('src/a.ts'), 2_000_000_000, 2_000_000_000)
  expect(isFresh(target)).toBe(true)
  cpSync(root, `${root}-copy`, { recursive: true })
  expect(isFresh({ ...target, root: `${root}-copy` })).toBe(true)
  rmSync(`${root}-copy`, { recursive: true })
})

test('an input that changed while it was built from is built from again', () => {
  buildNoted(target, () => appendFileSync(at('src/a.ts'), '!'))
  expect(isFresh(target)).toBe(false)
  buildNoted(target, () => appendFileSync(at('out/a.js'), '!'))
  expect(isFresh(target)).toBe(true)
})

test('a build that fails is noted as nothing', () => {
  const fail = () => {
    throw new Error('it does not compile')
  }
  expect(() => buildNoted(target, fail)).toThrow('it does not compile')
  expect(isFresh(target)).toBe(false)
})

test.each<[string, () => void]>([
  ['an input that changed', () => appendFileSync(at('src/deep/b.ts'), '!')],
  ['an input that came', () => writeFileSync(at('src/c.ts'), '')],
  ['an input that went', () => rmSync(at('src/deep/b.ts'))],
  ['an input of another name', () => renameSync(at('src/a.ts'), at('src/z.ts'))],
  ['an input file that is not there', () => rmSync(at('lock.json'))],
  ['an output that changed', () => appendFileSync(at('build/a.wasm'), '!')],
  ['an output that went', () => rmSync(at('out/a.js'))],
  ['an output folder that is not there', () => rmSync(at('out'), { recursive: true })],
  [
    'bytes that moved from one file to the next',
    () => {
      writeFileSync(at('src/a.ts'), 'of src/a.t')
      writeFileSync(at('src/deep/b.ts'), 'sof src/deep/b.ts')
    },
  ],
])('%s is built again', (_, change) => {
  buildNoted(target, () => undefined)
  change()
  expect(isFresh(target)).toBe(false)
})
