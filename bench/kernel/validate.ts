// Validation alone, of orders that are parsed already: the kernel's validator over their MessagePack, Ajv over their objects.
// The kernel does them in one call, as it does those of a slab; Ajv is called once an order, as JavaScript calls it.
// It refuses to measure a side that does not accept every order.
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { orderSchema } from '../../src/config/orders.ts'
import { compileWithAjv } from '../../src/kernel/reference/ajv.ts'
import { depthMax } from '../../src/limits.ts'
import type { CompiledSchema } from '../../src/schema/compile.ts'
import { makeTexts, type Variant } from '../records.ts'
import type { Comparison, Opponent } from './comparison.ts'
import { compileOrders, orderSeed } from './orders.ts'
import { type Probe, placeAll } from './probe.ts'

const run = 1
const atLeast = 1
const valueHeadBytes = 16
const valueBytesMax = 2048

type Case = { readonly name: string; readonly variant: Variant; readonly assertFormat: boolean }

const cases: readonly Case[] = [
  { name: 'orders', variant: 'plain', assertFormat: true },
  { name: 'orders shuffled', variant: 'shuffled', assertFormat: true },
  { name: 'orders without formats', variant: 'plain', assertFormat: false },
]
export const validateNames: readonly string[] = cases.map(({ name }) => name)

/** The comparisons among `names`. Items are orders; their bytes are those of the MessagePack. */
export function validateComparisons(probe: Probe, names: readonly string[], itemCount: number): Comparison[] {
  return cases.filter(({ name }) => names.includes(name)).map((one) => compare(probe, one, itemCount))
}

function compare(probe: Probe, { name, variant, assertFormat }: Case, itemCount: number): Comparison {
  const texts = makeTexts(orderSeed, run, itemCount, variant)
  const compiled = compileOrders(orderSchema, assertFormat)
  const program = placeProgram(probe, compiled)
  const { address, bytes } = placeValues(probe, texts)
  const objects = texts.map((text): unknown => JSON.parse(text))
  const { exports, scratch } = probe
  return {
    stage: 'validate',
    name,
    itemCount,
    itemBytes: bytes / itemCount,
    ours: {
      name: 'kernel',
      run: () => expectAll(exports.validateEach(address, itemCount, program, scratch), itemCount),
    },
    others: [
      ajvOpponent('Ajv as the JavaScript engine has it', compileWithAjv(compiled), objects),
      ajvOpponent('Ajv as it comes', plainAjv(assertFormat), objects),
    ],
  }
}

function ajvOpponent(name: string, fits: ((value: unknown) => boolean) | undefined, objects: unknown[]): Opponent {
  if (fits === undefined) throw new Error(`${name} leaves the schema to others`)
  const run = (): void => {
    let fitting = 0
    for (const object of objects) if (fits(object)) fitting++
    expectAll(fitting, objects.length)
  }
  return { name, run, atLeast }
}

/** Ajv and its formats with default options, but for the formats of which it does not know whether it should know them. */
function plainAjv(assertFormat: boolean): (value: unknown) => boolean {
  const ajv = new Ajv2020({ validateFormats: assertFormat })
  if (assertFormat) addFormats.default(ajv)
  return ajv.compile(orderSchema as AnySchema)
}

function expectAll(fitting: number, itemCount: number): void {
  if (fitting !== itemCount) throw new Error(`${fitting} of ${itemCount} orders are valid`)
}

function placeProgram({ exports, memory, reserve }: Probe, { program }: CompiledSchema): number {
  const address = reserve(program.length)
  memory.set(program, address)
  if (exports.verifyProgram(address, program.length) !== 0) throw new Error('the kernel refuses the program')
  return address
}

/** Lays the MessagePack of the texts out as `validateEach` reads it: a length, then from 16 on the value, padded to 16. */
function placeValues(probe: Probe, texts: readonly string[]): { readonly address: number; readonly bytes: number } {
  const { exports, memory, scratch, reserve } = probe
  const address = reserve(texts.length * valueBytesMax)
  const places = placeAll(
    probe,
    texts.map((text) => Buffer.from(text)),
  )
  let at = address
  let bytes = 0
  for (const { start, end } of places) {
    const value = at + valueHeadBytes
    const status = exports.parse(start, end, value, value + valueBytesMax, scratch, depthMax)
    if (status !== 0) throw new Error(`the kernel refuses an order with status ${status}`)
    const valueBytes = exports.getParsedEnd() - value
    memory.writeUInt32LE(valueBytes, at)
    at = value + ((valueBytes + 31) & ~15)
    bytes += valueBytes
  }
  return { address, bytes }
}
