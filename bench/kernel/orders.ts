// The whole way: orders from the bytes in a slab to the finished batch (parsed, validated, hashed, encoded), in both engines.
// Five spellings, each order in a chunk of its own, as single requests bring them; and plain ones as NDJSON.
// It refuses to compare engines that do not make the same batches, byte for byte.
import { orderStream } from '../../src/config/orders.ts'
import { depthMax, keyBytesMax, recordBytesMax } from '../../src/limits.ts'
import { type CompiledSchema, compileSchema, type JsonSchema } from '../../src/schema/compile.ts'
import { makeTexts, type Variant, variants } from '../records.ts'
import { digestOf, openBench, runWorkload, type Shape } from '../workload.ts'
import type { Comparison } from './comparison.ts'

export const orderSeed = 20_260_101
const run = 1
const linesName = 'plain as NDJSON'

export const orderNames: readonly string[] = [...variants, linesName]

/** What the kernel's speed was asked to be for an order of the variant, against plain JavaScript. */
const atLeast: Readonly<Record<Variant, number>> = { plain: 10, pretty: 7, shuffled: 7, escaped: 7, nonAscii: 7 }

type Case = {
  readonly name: string
  readonly texts: readonly string[]
  readonly shape: Shape
  readonly atLeast?: number
}

/** The comparisons among `names`. Items are orders. */
export async function orderComparisons(names: readonly string[], itemCount: number): Promise<Comparison[]> {
  const cases = casesOf(itemCount).filter(({ name }) => names.includes(name))
  if (cases.length === 0) return []
  const { wasm, js, workloads } = await openBench(compileOrders(orderStream.schema), cases)
  return cases.map((one, index): Comparison => {
    const workload = workloads[index]!
    if (digestOf(wasm, workload) !== digestOf(js, workload)) throw new Error(`the engines disagree on ${one.name}`)
    const { name, shape: _shape, texts: _texts, ...target } = one
    return {
      stage: 'orders',
      name,
      itemCount,
      itemBytes: workload.inputBytes / itemCount,
      ours: { name: 'wasm', run: () => runWorkload(wasm, workload) },
      others: [{ name: 'engine js', run: () => runWorkload(js, workload), ...target }],
    }
  })
}

function casesOf(itemCount: number): Case[] {
  const texts = (variant: Variant): string[] => makeTexts(orderSeed, run, itemCount, variant)
  const single = variants.map((variant): Case => {
    return { name: variant, texts: texts(variant), shape: 'record', atLeast: atLeast[variant] }
  })
  return [...single, { name: linesName, texts: texts('plain'), shape: 'lines' }]
}

/** A schema for orders, with the options of the built-in stream. */
export function compileOrders(schema: JsonSchema, assertFormat = true): CompiledSchema {
  return compileSchema(schema, {
    keyPointers: ['/orderId'],
    value: 'msgpack',
    depthMax,
    recordBytesMax,
    keyBytesMax,
    assertFormat,
    documents: {},
  })
}
