// The plain build as another host would use it: a memory of its own, one record at a time, as docs/abi.md says.
import { readFile } from 'node:fs/promises'
import { instantiateSync } from '@assemblyscript/loader'
import { beforeAll, expect, test } from 'vitest'
import { recordStatus } from '../../src/kernel/abi.ts'
import { decodeValue } from '../../src/kernel/messagepack.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { compileSchema } from '../../src/schema/compile.ts'
import { compileDefaults } from '../fixtures/slab.ts'

type Exports = {
  dataEnd(): number
  scratchBytes(): number
  setSeed(low: number, high: number): void
  verifyProgram(program: number, bytes: number): number
  checkRecord(input: number, bytes: number, program: number, scratch: number): number
  valueBytes(scratch: number): number
  errorOffset(): number
  errorLocation(): number
  errorPointer(): number
  errorPointerBytes(): number
}

const pages = 256
const schema = {
  type: 'object',
  properties: { name: { type: 'string', minLength: 1 }, tags: { type: 'array', items: { type: 'string' } } },
  required: ['name'],
}
const { program, locations } = compileSchema(schema, compileDefaults)
let memory: Uint8Array
let kernel: Exports
let at: { program: number; scratch: number; input: number }

beforeAll(async () => {
  const host = new WebAssembly.Memory({ initial: pages, maximum: pages })
  kernel = instantiateSync<Exports>(await loadKernel('plain'), { env: { memory: host } }).exports
  memory = new Uint8Array(host.buffer)
  const align = (address: number) => Math.ceil(address / 64) * 64
  const programAt = align(kernel.dataEnd())
  const scratch = align(programAt + program.length)
  at = { program: programAt, scratch, input: scratch + kernel.scratchBytes() }
  memory.set(program, at.program)
  kernel.setSeed(0x12345678, 0x1abcdef0)
  expect(kernel.verifyProgram(at.program, program.length)).toBe(0)
})

function check(text: string): number {
  const bytes = Buffer.from(text)
  memory.set(bytes, at.input)
  return kernel.checkRecord(at.input, bytes.length, at.program, at.scratch)
}

test('a valid record comes back as MessagePack', () => {
  expect(check(' {"name":"Ada","tags":["é","x"]} ')).toBe(0)
  const value = memory.slice(at.scratch, at.scratch + kernel.valueBytes(at.scratch))
  expect(decodeValue(value)).toEqual({ name: 'Ada', tags: ['é', 'x'] })
})

test('what is no JSON comes back with the offset of the first wrong byte', () => {
  expect([check('{"name":tru}'), kernel.errorOffset()]).toEqual([recordStatus.UNEXPECTED_BYTE, 11])
  expect([check(''), kernel.errorOffset()]).toEqual([recordStatus.EMPTY, 0])
})

test('what the schema refuses comes back with location, pointer and offset', () => {
  expect(check('{"name":"Ada","tags":["x",7]}')).toBe(recordStatus.SCHEMA_INVALID)
  expect(kernel.errorOffset()).toBe(26)
  expect(locations[kernel.errorLocation()]).toMatchObject({
    keyword: 'type',
    schemaPointer: '/properties/tags/items/type',
  })
  const pointer = kernel.errorPointer()
  expect(Buffer.from(memory.subarray(pointer, pointer + kernel.errorPointerBytes())).toString()).toBe('/tags/1')
})

test('another program at the address of one is another program, also for keys that were met before', () => {
  const { program: other } = compileSchema(
    {
      type: 'object',
      properties: {
        extra: { type: 'string', minLength: 1 },
        name: { type: 'array', items: {} },
        tags: { type: 'integer' },
      },
      required: ['name'],
    },
    compileDefaults,
  )
  const either = '{"tags":[],"name":"Ada"}'
  for (let time = 0; time < 3; time++) expect(check(either)).toBe(0)
  memory.set(other, at.program)
  expect(kernel.verifyProgram(at.program, other.length)).toBe(0)
  expect(check(either)).toBe(recordStatus.SCHEMA_INVALID)
  expect(check('{"tags":1,"name":[]}')).toBe(0)
  memory.set(program, at.program)
  expect(kernel.verifyProgram(at.program, program.length)).toBe(0)
  for (let time = 0; time < 3; time++) expect(check(either)).toBe(0)
  expect(check('{"tags":1,"name":[]}')).toBe(recordStatus.SCHEMA_INVALID)
})

test('the documentation lists exactly what is exported', async () => {
  const page = await readFile(new URL('../../docs/abi.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('## Exports'), page.indexOf('Programs must have passed'))
  const listed = [...table.matchAll(/`(\w+)\(/g)].map(([, name = '']) => name)
  const names = WebAssembly.Module.exports(await loadKernel('plain')).map(({ name }) => name)
  expect([...new Set(listed)].sort()).toEqual(names.sort())
})
