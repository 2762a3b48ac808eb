// The tables of the checksum, computed anew from the polynomial: nothing is taken on trust, and a changed block size or
// stride shows where the numbers come from.
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const polynomial = 0x82f63b78
const blockBytes = 128
const strideBytes = 32

const byteTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let register = byte
  for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >>> 1) ^ polynomial : register >>> 1
  return register
})

/** The register after `bytes` zero bytes. */
function advance(register: number, bytes: number): number {
  for (let i = 0; i < bytes; i++) register = byteTable[register & 0xff]! ^ (register >>> 8)
  return register >>> 0
}

/** Expresses a register as four bytes that stand 128, 96, 64 and 32 bytes before the end, by Gaussian elimination. */
function makeSolver(): (register: number) => number {
  const basis: ({ value: number; inputs: number } | undefined)[] = Array.from({ length: 32 })
  for (let input = 0; input < 32; input++) {
    let value = advance(1 << (input & 7), blockBytes - strideBytes * (input >> 3))
    let inputs = (1 << input) >>> 0
    for (let bit = 31; bit >= 0 && value !== 0; bit--) {
      if (((value >>> bit) & 1) === 0) continue
      const row = basis[bit]
      if (row === undefined) {
        basis[bit] = { value, inputs }
        break
      }
      value = (value ^ row.value) >>> 0
      inputs = (inputs ^ row.inputs) >>> 0
    }
  }
  return (register) => {
    let inputs = 0
    for (let bit = 31; bit >= 0; bit--) {
      if (((register >>> bit) & 1) === 0) continue
      const row = basis[bit]
      if (row === undefined) throw new Error('columns of this stride do not span the register')
      register = (register ^ row.value) >>> 0
      inputs = (inputs ^ row.inputs) >>> 0
    }
    return inputs
  }
}

function foldTables(): Uint8Array {
  const standIn = makeSolver()
  const tables = new Uint8Array(512)
  for (let table = 0; table < 32; table++) {
    const plane = table >> 3
    const shift = (table & 4) === 0 ? 0 : 4
    const place = table & 3
    for (let nibble = 0; nibble < 16; nibble++) {
      const column = standIn(advance(nibble << shift, 2 * blockBytes - strideBytes * plane))
      tables[table * 16 + nibble] = column >>> (8 * place)
    }
  }
  return tables
}

async function literals(name: string): Promise<bigint[]> {
  const source = await readFile(new URL('../../../assembly/hash/crc32c-tables.ts', import.meta.url), 'utf8')
  const start = source.indexOf(`export const ${name}`)
  return (source.slice(start, source.indexOf('\n]', start)).match(/0x[0-9a-f]+/g) ?? []).map(BigInt)
}

test('the fold tables move a column on by one block', async () => {
  const expected = new BigUint64Array(foldTables().buffer)
  expect(await literals('FOLD_TABLES')).toEqual([...expected])
})

test('the byte tables hold what a byte becomes 0 to 7 bytes later', async () => {
  const expected = Array.from({ length: 8 * 256 }, (_, index) => BigInt(advance(byteTable[index & 255]!, index >> 8)))
  expect(await literals('BYTE_TABLES')).toEqual(expected)
})
