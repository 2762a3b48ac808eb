// `sluice bench` on small files: what it reports of the records, what it refuses, and that engines which differ are not
// measured. How long anything takes is not asserted.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compare, judge } from '../../src/cli/bench-compare.ts'
import { gather } from '../../src/cli/bench-gathered.ts'
import { readSample } from '../../src/cli/bench-sample.ts'
import { runCli } from '../../src/cli.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { compileSchema } from '../../src/schema/compile.ts'
import { keepPrinted } from './printed.ts'

const home = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const printed = keepPrinted()

function file(name: string, content: string): string {
  const path = join(home, name)
  writeFileSync(path, content)
  return path
}

const schema = file('schema.json', '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}')
const numbered = (count: number): string => Array.from({ length: count }, (_, n) => `{"n":${n}}`).join('\n')

test('reports records, refusals with the first reason, every shape and advice', async () => {
  const data = file('data.ndjson', `${numbered(100)}\n{"n":"one"}\nnope\n`)
  expect(await runCli(['bench', '--schema', schema, '--data', data, '--rounds', '3', '--json'])).toBe(0)
  const report = JSON.parse(printed.out)
  expect(report).toMatchObject({ records: 102, valid: 100, refused: 2, isCut: false, rounds: 3 })
  expect(report.firstReason).toMatch(/^line 101: SCHEMA_INVALID: \/n /)
  expect(report.comparisons.map(({ shape }: { shape: string }) => shape)).toEqual(['gathered', 'lines', 'call'])
  for (const { wasmNs, jsNs, ratio } of report.comparisons) {
    expect(wasmNs).toBeGreaterThan(0)
    expect(ratio.middle).toBeCloseTo(jsNs / wasmNs)
    expect(ratio.low).toBeLessThanOrEqual(ratio.high)
  }
  expect(report.advice).not.toHaveLength(0)
})

test('records that are all refused get a question and no winner', async () => {
  const data = file('wrong.json', '["a", "b"]')
  expect(await runCli(['bench', '--schema', schema, '--data', data, '--rounds', '3'])).toBe(0)
  expect(printed.out).toContain('refused  2')
  expect(printed.out).toContain('element 1: SCHEMA_INVALID')
  expect(printed.out).toContain('Is this the schema')
  expect(printed.out).not.toContain('faster')
})

test('a file without records is refused', async () => {
  expect(await runCli(['bench', '--schema', schema, '--data', file('empty.ndjson', '\n \n')])).toBe(1)
  expect(printed.err).toContain('there is no record in')
})

test('of a long file no more than the bound is read', async () => {
  const data = file('long.ndjson', numbered(300_000))
  const { records, bytes, isCut } = await readSample(data, 100_000)
  expect(isCut).toBe(true)
  expect(bytes).toBeLessThanOrEqual(100_000)
  expect(bytes).toBeGreaterThan(99_900)
  expect(records[0]!.bytes.toString()).toBe('{"n":0}')
  expect((await readSample(data, 100_000_000)).records).toHaveLength(300_000)
})

/** A kernel that takes everything as it is and counts what it is given. */
function fakeKernel(value: (record: Uint8Array | string) => Uint8Array) {
  const seen = { checked: 0, lines: 0 }
  const kernel: Kernel = {
    engine: 'js',
    check(record) {
      seen.checked++
      return { ok: true, value: value(record), key: undefined }
    },
    checkMessagePack: () => ({ ok: false, error: { code: 'MEDIA_TYPE', status: 'EMPTY', message: 'no' } }),
    encodeBatch(ndjson) {
      seen.lines += ndjson.toString().trimEnd().split('\n').length
      return { batches: [], recordCount: 0, encodedCount: 0, nextOffset: 0, errors: [], errorsOmitted: 0 }
    },
  }
  return { kernel, seen }
}

const records = Array.from({ length: 30 }, (_, index) => ({ place: index + 1, bytes: Buffer.from(`{"n":${index}}`) }))

test('engines that do not agree on a record are not measured', () => {
  const wasm = fakeKernel((record) => Buffer.from(record)).kernel
  const js = fakeKernel((record) => Buffer.from(record.toString().replace('17', '18'))).kernel
  expect(judge({ wasm, js: wasm }, records)).toEqual({ valid: 30, refused: 0, first: undefined })
  expect(() => judge({ wasm, js }, records)).toThrow('record 18')
})

test('both engines get every record, in every shape, the same number of times a run', () => {
  const [wasm, js] = [fakeKernel((record) => Buffer.from(record)), fakeKernel((record) => Buffer.from(record))]
  const runs = { wasm: 0, js: 0 }
  const gathered = { recordCount: records.length, run: (name: 'wasm' | 'js') => void runs[name]++ }
  const shapes = compare({ wasm: wasm.kernel, js: js.kernel, gathered }, records, 1).map(({ shape }) => shape)
  expect(shapes).toEqual(['gathered', 'lines', 'call'])
  expect(Math.min(runs.wasm, runs.js)).toBeGreaterThan(0)
  for (const { seen } of [wasm, js]) {
    expect(seen.checked).toBeGreaterThan(0)
    expect(seen.checked % records.length).toBe(0)
    expect(seen.lines % records.length).toBe(0)
  }
})

test('single requests are gathered in order until the slabs are full', async () => {
  const compiled = compileSchema(true, {
    ...{ keyPointers: [], value: 'msgpack', assertFormat: true, documents: {} },
    ...{ depthMax: 16, recordBytesMax: 262_144, keyBytesMax: 64 },
  })
  const all = await gather(compiled, records)
  expect(all.recordCount).toBe(30)
  for (const name of ['wasm', 'js'] as const) expect(() => all.run(name)).not.toThrow()
  const large = Array.from({ length: 100 }, (_, place) => ({ place, bytes: Buffer.from(`"${'x'.repeat(200_000)}"`) }))
  const some = await gather(compiled, large)
  expect(some.recordCount).toBe(16) // two in each of eight slabs
  expect(() => some.run('wasm')).not.toThrow()
})
