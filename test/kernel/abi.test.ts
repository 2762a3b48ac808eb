// The layouts are written down three times: docs/formats.md for people, assembly/abi.ts for the kernel, src/kernel/abi.ts
// and src/limits.ts for the host. They must say the same.
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import * as abi from '../../src/kernel/abi.ts'
import * as limits from '../../src/limits.ts'

let kernel: ReadonlyMap<string, number>
let formats: string

beforeAll(async () => {
  kernel = constantsOf(await readFile(new URL('../../assembly/abi.ts', import.meta.url), 'utf8'))
  formats = await readFile(new URL('../../docs/formats.md', import.meta.url), 'utf8')
})

/** The exported constants of an AssemblyScript file: a number, or the name of one above it. */
function constantsOf(source: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const [, name = '', value = ''] of source.matchAll(/^export const (\w+): \w+ = (\S+)$/gm)) {
    found.set(name, found.get(value) ?? Number(value))
  }
  return found
}

test('record and call statuses are the same numbers on both sides', () => {
  const host = { ...abi.recordStatus, ...abi.callStatus }
  for (const [name, value] of Object.entries(host)) expect(kernel.get(name), name).toBe(value)
  const statuses = [...kernel.keys()].slice([...kernel.keys()].indexOf('OK'), [...kernel.keys()].indexOf('NO_ROOM') + 1)
  expect(new Set(statuses)).toEqual(new Set(Object.keys(host)))
})

test('limits are the same numbers on both sides', () => {
  expect(kernel.get('RECORD_BYTES_MAX')).toBe(limits.recordBytesMax)
  expect(kernel.get('KEY_BYTES_MAX')).toBe(limits.keyBytesMax)
  expect(kernel.get('DEPTH_MAX')).toBe(limits.depthMax)
  expect(kernel.get('POINTER_BYTES_MAX')).toBe(limits.pointerBytesMax)
  expect(kernel.get('SLAB_INPUT_BYTES')).toBe(limits.slabInputBytes)
  expect(kernel.get('SLAB_OUTPUT_BYTES')).toBe(limits.slabOutputBytes)
  expect(kernel.get('SLAB_DETAIL_BYTES')).toBe(limits.slabDetailBytes)
  expect(kernel.get('SLAB_CHUNK_COUNT_MAX')).toBe(limits.slabChunkCountMax)
  expect(kernel.get('SLAB_RECORD_COUNT_MAX')).toBe(limits.slabRecordCountMax)
  expect(kernel.get('RECORD_ERRORS_MAX')).toBe(limits.recordErrorsMax)
})

test("the slab's parts are at the same places on both sides", () => {
  expect(kernel.get('ABI_VERSION')).toBe(abi.abiVersion)
  expect(kernel.get('HEADER_BYTES')).toBe(abi.slabHeaderBytes)
  expect(kernel.get('CHUNK_BYTES')).toBe(abi.chunkBytes)
  expect(kernel.get('DESCRIPTOR_BYTES')).toBe(abi.descriptorBytes)
  expect(kernel.get('CHUNK_TABLE_OFFSET')).toBe(abi.chunkTableOffset)
  expect(kernel.get('DESCRIPTORS_OFFSET')).toBe(abi.descriptorsOffset)
  expect(kernel.get('DETAIL_OFFSET')).toBe(abi.detailOffset)
  expect(kernel.get('INPUT_OFFSET')).toBe(abi.inputOffset)
  expect(kernel.get('OUTPUT_OFFSET')).toBe(abi.outputOffset)
  expect(kernel.get('SLAB_BYTES')).toBe(abi.slabBytes)
  expect(kernel.get('SCRATCH_BYTES')).toBe(abi.scratchBytes)
  expect(kernel.get('ERROR_BYTES')).toBe(abi.errorBytes)
  expect(kernel.get('ERROR_LIST_HEAD_BYTES')).toBe(abi.errorList.errors)
  expect(kernel.get('ERROR_LIST_BYTES_MAX')).toBe(abi.errorListBytesMax)
  expect(kernel.get('CHUNK_RECORD')).toBe(abi.chunkKind.RECORD)
  expect(kernel.get('CHUNK_LINES')).toBe(abi.chunkKind.LINES)
})

test('parts that are read with aligned views begin where those can', () => {
  expect(abi.slabBytes % 64).toBe(0)
  expect([abi.chunkTableOffset % 4, abi.descriptorsOffset % 8, abi.scratchBytes % 64]).toEqual([0, 0, 0])
  for (const offset of [abi.header.sealedAtMs, abi.header.baseOffset]) expect(offset % 8).toBe(0)
})

/** The fields drawn in the block under a heading of docs/formats.md: name → byte offset. */
function drawnUnder(heading: string): Map<string, number> {
  const section = formats.slice(formats.indexOf(heading))
  const drawing = section.slice(section.indexOf('```') + 3, section.indexOf('```', section.indexOf('```') + 3))
  const fields = [...drawing.matchAll(/^\s*(\d+)\s+[uif]\d+\s+(\w+)/gm)]
  return new Map(fields.map(([, offset, name = '']) => [name, Number(offset)]))
}

test('the drawings of header, chunk and descriptor show the offsets the host uses', () => {
  const cases = [
    ['### Header', abi.header],
    ['### Chunk', abi.chunk],
    ['### Descriptor', abi.descriptor],
    ['### Error list', { ...abi.errorList, ...abi.errorEntry }],
  ] as const
  for (const [heading, fields] of cases) {
    const drawn = drawnUnder(heading)
    drawn.delete('reserved')
    for (const [name, offset] of drawn) expect(Object.entries(fields), heading).toContainEqual([name, offset])
    // What stands in another field's place is told below the drawing.
    const missing = Object.keys(fields).filter((name) => !drawn.has(name))
    expect(missing).toEqual(heading === '### Descriptor' ? ['detailBytes', 'errorListOffset'] : [])
  }
})

test('the table of record statuses names every status with its number', () => {
  const rows = [...formats.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, code, name = '']) => [name, Number(code)])
  expect(Object.fromEntries(rows)).toEqual(abi.recordStatus)
})
