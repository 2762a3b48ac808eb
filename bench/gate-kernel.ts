// One figure of one tree's kernel, for the gate: nanoseconds of processor time a record, from NDJSON to finished batches. It
// uses what the tree offers its users, so that trees far apart can be compared: `node bench/gate-kernel.ts TREE VARIANT`.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { createKernel as CreateKernel } from '../src/kernel/kernel.ts'
import type { JsonSchema } from '../src/schema/compile.ts'
import { makeTexts, type Variant } from './records.ts'

const recordCount = 4096
const warmUpMs = 400
const measureMs = 600

function run(encode: () => void, ms: number): number {
  const before = process.cpuUsage()
  const startedMs = performance.now()
  let runs = 0
  for (; performance.now() - startedMs < ms; runs++) encode()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / (runs * recordCount)
}

async function main(tree: string, variant: Variant): Promise<void> {
  const fromTree = (path: string) => import(pathToFileURL(join(tree, path)).href)
  const { createKernel } = (await fromTree('src/kernel/kernel.ts')) as { createKernel: typeof CreateKernel }
  const { orderSchema } = (await fromTree('src/config/orders.ts')) as { orderSchema: JsonSchema }
  const kernel = await createKernel(orderSchema, { key: '/orderId' })
  const body = Buffer.from(makeTexts(20_260_101, 1, recordCount, variant).join('\n'))
  const { encodedCount } = kernel.encodeBatch(body)
  if (encodedCount !== recordCount) throw new Error(`the kernel of ${tree} took ${encodedCount} of ${recordCount}`)
  run(() => kernel.encodeBatch(body), warmUpMs)
  console.log(run(() => kernel.encodeBatch(body), measureMs))
}

if (import.meta.main) await main(process.argv[2]!, process.argv[3] as Variant)
