// Reading files of records: every record once, in order, with the place a person would count.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { type FileBatch, openRecords } from '../../src/cli/records.ts'

const home = mkdtempSync(join(tmpdir(), 'sluice-records-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

async function read(
  name: string,
  content: string | Buffer,
): Promise<{ batches: FileBatch[]; records: [number, string][] }> {
  const path = join(home, name)
  writeFileSync(path, content)
  const batches: FileBatch[] = []
  for await (const batch of openRecords(path).batches) batches.push(batch)
  const records = batches.flatMap((batch) =>
    batch.records.map(({ place, bytes }): [number, string] => [place, bytes.toString()]),
  )
  return { batches, records }
}

describe('lines', () => {
  test('are counted from 1, blank ones included and left out', async () => {
    const { records } = await read('a.ndjson', '{"a":1}\n\n \t\r\n{"a":2}\r\n3')
    expect(records).toEqual([
      [1, '{"a":1}'],
      [4, '{"a":2}\r'],
      [5, '3'],
    ])
  })

  test('come whole across the chunks of a large file, in batches of a bounded size', async () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => `{"id":${index},"pad":"${'é'.repeat(index % 60)}"}`)
    const { batches, records } = await read('large.ndjson', lines.join('\n'))
    expect(records.map(([, text]) => text)).toEqual(lines)
    expect(records.at(-1)?.[0]).toBe(50_000)
    expect(batches.every((batch) => batch.records.length <= 20_000)).toBe(true)
    expect(batches.length).toBeGreaterThan(2)
  })

  test('of a file of millions come in full batches to the last one', async () => {
    const count = 4_300_000
    const path = join(home, 'millions.ndjson')
    writeFileSync(path, '1\n'.repeat(count))
    const sizes: number[] = []
    for await (const { records } of openRecords(path).batches) {
      sizes.push(records.length)
      if (records.length === 0) break // a cutter that has lost count gives empty ones for ever
    }
    expect(sizes).toEqual(Array.from({ length: count / 20_000 }, () => 20_000))
  })

  test('of an empty file are none', async () => {
    expect((await read('empty.ndjson', '')).batches).toEqual([])
    expect((await read('blank.ndjson', '\n\n')).records).toEqual([])
  })

  test('in gzip are the same', async () => {
    expect((await read('a.ndjson.gz', gzipSync('1\n2\n'))).records).toEqual([
      [1, '1'],
      [2, '2'],
    ])
  })

  test('that never end are not read into memory', async () => {
    await expect(read('endless', Buffer.alloc(20_000_000, 'x'))).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' })
  })
})

describe('an array', () => {
  test('gives its elements, each on one line', async () => {
    const { records } = await read('a.json', '[\n  {\n    "a": "x\\ny"\n  },\n  [1,\n2]\n]\n')
    expect(records.map(([place, text]) => [place, JSON.parse(text)])).toEqual([
      [1, { a: 'x\ny' }],
      [2, [1, 2]],
    ])
    expect(records.every(([, text]) => !text.includes('\n'))).toBe(true)
  })

  test('gives every element of thousands in one chunk', async () => {
    const { batches, records } = await read('many.json', JSON.stringify(Array.from({ length: 50_000 }, (_, id) => id)))
    expect(records).toEqual(Array.from({ length: 50_000 }, (_, id) => [id + 1, String(id)]))
    expect(batches.flatMap(({ unreadable }) => unreadable)).toEqual([])
  })

  test('in gzip too', async () => {
    expect((await read('b.json.gz', gzipSync('[1,2]'))).records.length).toBe(2)
  })

  test('with a fault keeps what was before and says where it is', async () => {
    const { batches, records } = await read('c.json', '[1,2,,3]')
    expect(records.map(([place]) => place)).toEqual([1, 2])
    expect(batches[0]?.unreadable).toEqual([
      { place: 3, code: 'JSON_MALFORMED', message: expect.stringContaining('byte 5') },
    ])
  })

  test('with an element beyond any limit leaves that out alone', async () => {
    const { batches, records } = await read('d.json', `[1,"${'x'.repeat(300_000)}",2]`)
    expect(records.map(([place]) => place)).toEqual([1, 3])
    expect(batches.flatMap(({ unreadable }) => unreadable)).toMatchObject([{ place: 2, code: 'RECORD_TOO_LARGE' }])
  })
})

test.each([
  ['no gzip', Buffer.from('1\n2\n'), 'incorrect header check'],
  ['cut gzip', gzipSync('1\n2\n').subarray(0, 15), 'unexpected end of file'],
])('a file that is %s is told by its name', async (_, content, reason) => {
  await expect(read('bad.ndjson.gz', content)).rejects.toMatchObject({
    code: 'REQUEST_MALFORMED',
    message: expect.stringMatching(`bad\\.ndjson\\.gz cannot be read: ${reason}`),
  })
})

test('a directory is no file', () => {
  expect(() => openRecords(home)).toThrow(/is a directory/)
})

test('a file that is not there is told by its name', () => {
  expect(() => openRecords(join(home, 'none'))).toThrow(/there is no file .*none/)
})
