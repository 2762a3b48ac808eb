// The kernel by itself: what it says of records and what it encodes is what the server would, its files run without Node, and
// what cannot be had or honoured is an error with a code.
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { createKernel, type Kernel, kernelOver } from '../../src/kernel/kernel.ts'
import { decodeValue, encodeValue, toJson } from '../../src/kernel/messagepack.ts'
import { kernelFile, loadKernel } from '../../src/kernel/module.ts'
import { openReference } from '../../src/kernel/reference.ts'
import { recordBytesMax } from '../../src/limits.ts'
import { decodeBatch } from '../fixtures/kafka.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { vary } from '../fuzz/mutate.ts'

const schema = {
  type: 'object',
  properties: { id: { type: 'string', minLength: 1 }, n: { type: 'integer', minimum: 1 } },
  required: ['id'],
} as const
const options = { key: '/id' }

let kernel: Kernel
let reference: Kernel
beforeAll(async () => {
  kernel = await createKernel(schema, options)
  reference = kernelOver(schema, options, false, openReference)
})

describe('check', () => {
  test('a record that fits comes back as MessagePack, with its key', () => {
    const checked = kernel.check(' {"n":5,"id":"a"} ')
    expect(checked).toMatchObject({ ok: true, key: 'a' })
    expect(checked.ok && decodeValue(checked.value)).toEqual({ n: 5, id: 'a' })
  })

  test('a refusal says where in the record and where in the schema', () => {
    expect(kernel.check('{"id":"a","n":0}')).toEqual({
      ok: false,
      error: {
        code: 'SCHEMA_INVALID',
        status: 'SCHEMA_INVALID',
        pointer: '/n',
        keyword: 'minimum',
        schemaPointer: '/properties/n/minimum',
        byteOffset: 14,
        message: 'must be at least 1, found 0',
      },
    })
  })

  test.each([
    ['', 'EMPTY', 'JSON_MALFORMED', 0],
    ['{"id"', 'UNEXPECTED_END', 'JSON_MALFORMED', 5],
    ['{"id":"a","id":"b"}', 'DUPLICATE_KEY', 'JSON_MALFORMED', 10],
    ['{"id":"a"} x', 'TRAILING_BYTES', 'JSON_MALFORMED', 11],
  ])('%j is %s', (text, status, code, byteOffset) => {
    expect(kernel.check(text)).toMatchObject({ ok: false, error: { status, code, byteOffset } })
  })

  test.each([recordBytesMax + 1, 600_000, 2_000_000])('a record of %i bytes is too large', (bytes) => {
    const checked = kernel.check(`"${'x'.repeat(bytes - 2)}"`)
    expect(checked).toMatchObject({ ok: false, error: { status: 'RECORD_TOO_LARGE', code: 'RECORD_TOO_LARGE' } })
    expect(kernel.check('{"id":"a"}').ok).toBe(true)
  })

  test('without a key there is none, and none is asked for', async () => {
    const keyless = await createKernel(true)
    expect(keyless.check('17')).toEqual({ ok: true, value: Uint8Array.of(17), key: undefined })
  })

  test("value 'json' gives back the record's own bytes", async () => {
    const verbatim = await createKernel(true, { value: 'json' })
    const checked = verbatim.check(' {"a": 1.0}\n')
    expect(checked.ok && new TextDecoder().decode(checked.value)).toBe('{"a": 1.0}')
  })

  test('over both engines it says the same', () => {
    const seed = seedFromEnv()
    const random = randomFrom(seed)
    for (let i = 0; i < 2000; i++) {
      const text = vary(random, '{"id":"abc","n":5,"more":{"deep":[1,"two",null]}}')
      expect(kernel.check(text), `SLUICE_SEED=${seed} ${text}`).toEqual(reference.check(text))
    }
  })
})

describe('checkMessagePack', () => {
  test('accepts what fits, in canonical form', () => {
    const checked = kernel.checkMessagePack(
      Uint8Array.of(0x82, 0xa2, 0x69, 0x64, 0xd9, 1, 0x61, 0xa1, 0x6e, 0xcd, 0, 5),
    )
    expect(checked).toEqual({
      ok: true,
      key: 'a',
      value: Uint8Array.of(0x82, 0xa2, 0x69, 0x64, 0xa1, 0x61, 0xa1, 0x6e, 5),
    })
  })

  test('a refusal by the schema shows the value as JSON, with its place in the bytes', () => {
    const record = encodeValue({ id: 'a', more: [1.5, null], n: { deep: [-7, 'x'.repeat(90), 300] } })
    const checked = kernel.checkMessagePack(record)
    expect(checked).toMatchObject({ ok: false, error: { pointer: '/n', keyword: 'type', status: 'SCHEMA_INVALID' } })
    const { error } = checked as { error: { byteOffset: number; message: string } }
    expect(record[error.byteOffset]).toBe(0x81)
    expect(error.message).toBe(`must be of type integer, found {"deep":[-7,"${'x'.repeat(47)}…`)
    expect(reference.checkMessagePack(record)).toEqual(checked)
  })

  test('a refusal of the bytes says what and where', () => {
    expect(kernel.checkMessagePack(Uint8Array.of(0x81, 0xa1, 0x61, 0xc4))).toMatchObject({
      error: {
        code: 'JSON_MALFORMED',
        status: 'UNEXPECTED_BYTE',
        byteOffset: 3,
        message: 'At byte 3: binary data has no equivalent in JSON',
      },
    })
  })

  test("a stream with value 'json' has no use for it", async () => {
    const verbatim = await createKernel(true, { value: 'json' })
    expect(() => verbatim.checkMessagePack(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'MEDIA_TYPE' }))
  })
})

describe('encodeBatch', () => {
  test('batches are what Kafka reads, and go on where the last one ended', () => {
    const first = kernel.encodeBatch('{"id":"a"}\n \n{"id":7}\n{"id":"b","n":2}', { timestampMs: 5, baseOffset: 40 })
    expect(first).toMatchObject({ recordCount: 3, encodedCount: 2, nextOffset: 42, errorsOmitted: 0 })
    expect(first.errors).toMatchObject([{ index: 1, status: 'SCHEMA_INVALID', pointer: '/id', byteOffset: 6 }])
    const batch = decodeBatch(first.batches[0]!)
    expect(batch).toMatchObject({ baseOffset: 40n, lastOffsetDelta: 1, timestampMs: 5 })
    expect(batch.records.map(({ key }) => key?.toString())).toEqual(['a', 'b'])
    expect(batch.records.map(({ value }) => toJson(value))).toEqual(['{"id":"a"}', '{"id":"b","n":2}'])
  })

  test('a long text makes many batches without losing or adding a record', () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => (i % 1000 === 7 ? '{"id":3}' : `{"id":"${i}","n":${i + 1}}`))
    const encoded = kernel.encodeBatch(lines.join('\n'), { errorsMax: 3 })
    expect(encoded).toMatchObject({ recordCount: 40_000, encodedCount: 39_960, errorsOmitted: 37 })
    expect(encoded.errors.map(({ index }) => index)).toEqual([7, 1007, 2007])
    const batches = encoded.batches.map(decodeBatch)
    const keys = batches.flatMap(({ records }) => records.map(({ key }) => key?.toString()))
    expect(keys).toEqual(lines.flatMap((line, i) => (line === '{"id":3}' ? [] : [String(i)])))
    let next = 0n
    for (const { baseOffset, lastOffsetDelta } of batches) {
      expect(baseOffset).toBe(next)
      next += BigInt(lastOffsetDelta) + 1n
    }
    expect(Number(next)).toBe(encoded.nextOffset)
  })

  test('a line too long for any slab is one refused record, white space of that length none', () => {
    const long = `"${'x'.repeat(700_000)}"`
    const text = `{"id":"a"}\n${long}\n${' '.repeat(700_000)}\n{"id":"b"}`
    const encoded = kernel.encodeBatch(text)
    expect(encoded).toMatchObject({ recordCount: 3, encodedCount: 2, errorsOmitted: 0 })
    expect(encoded.errors).toMatchObject([{ index: 1, status: 'RECORD_TOO_LARGE' }])
  })

  test('nothing makes no batch', () => {
    expect(kernel.encodeBatch('\n\n')).toEqual({
      batches: [],
      errors: [],
      recordCount: 0,
      encodedCount: 0,
      nextOffset: 0,
      errorsOmitted: 0,
    })
  })
})

describe('createKernel', () => {
  test('takes a module, its bytes, a response, an address', async () => {
    const bytes = await readFile(kernelFile('plain'))
    const sources = [
      await loadKernel('plain'),
      new Uint8Array(bytes),
      new Uint8Array(bytes).buffer,
      new Response(new Uint8Array(bytes)),
      kernelFile('plain'),
      kernelFile('plain').href,
    ]
    for (const wasm of sources) expect((await createKernel(true, { wasm })).check('1').ok).toBe(true)
  })

  test.each([
    ['no WebAssembly', () => Uint8Array.of(1, 2, 3)],
    ['WebAssembly of somebody else', () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)],
    ['a file that is not there', () => new URL('none.wasm', import.meta.url)],
    ['an address that is none', () => 'http://127.0.0.1:1/kernel.wasm'],
    ['a response that says no', () => new Response('', { status: 404 })],
    ['the shared build', () => kernelFile('shared')],
  ])('%s is KERNEL_FAILED', async (_, wasm) => {
    await expect(createKernel(true, { wasm: wasm() })).rejects.toMatchObject({ code: 'KERNEL_FAILED' })
  })

  test('a schema that is not honoured is refused with keyword and pointer', async () => {
    const refused = createKernel({ properties: { a: { pattern: '(\\w+)-\\1' } } })
    await expect(refused).rejects.toMatchObject({
      code: 'SCHEMA_UNSUPPORTED',
      extra: { keyword: 'pattern', pointer: '/properties/a/pattern' },
    })
  })

  test.each([{ depthMax: 0 }, { depthMax: 129 }, { recordBytesMax: 1.5 }])('%j is refused', async (wrong) => {
    await expect(createKernel(true, wrong)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

test('no file of the kernel imports Node or names its globals', () => {
  const sources = fileURLToPath(new URL('../../src/', import.meta.url))
  const files = new Set([`${sources}kernel/kernel.ts`])
  const outside = new Set<string>()
  const named: string[] = []
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
      .replace(/^\s*(?:\/\/|\*|\/\*\*).*$/gm, '')
      .replace(/^(?:import|export) type [^;]*? from '[^']+'/gm, '')
    for (const [, from = ''] of text.matchAll(/^(?:import|export|\}).* from '([^']+)'$/gm)) {
      if (from.startsWith('.')) files.add(resolve(dirname(file), from))
      else outside.add(from)
    }
    // `globalThis.process?.` asks whether there is one.
    if (/\bBuffer\b|(?<!globalThis\.)\bprocess\b[.[]|\brequire\(/.test(text)) named.push(relative(sources, file))
  }
  expect([...outside].sort()).toEqual(['@assemblyscript/loader', '@eslint-community/regexpp', 'refa'])
  expect(named).toEqual([])
  expect(files.size).toBeGreaterThan(30)
})
