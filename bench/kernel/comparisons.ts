// All comparisons of the kernel, by name. Only what is asked for is made, since the inputs of all take some 150 MB.
import { isTaken } from '../arguments.ts'
import { checksumComparisons, checksumNames } from './checksum.ts'
import type { Comparison } from './comparison.ts'
import { hashComparisons, hashNames } from './hash.ts'
import { orderComparisons, orderNames } from './orders.ts'
import { parseComparisons, parseNames } from './parse.ts'
import { openProbe } from './probe.ts'
import { validateComparisons, validateNames } from './validate.ts'

const stageNames: readonly string[] = [...parseNames, ...validateNames, ...checksumNames, ...hashNames]

/** Whether any of those that `only` takes calls a stage by itself, for which the probe must be built. */
export function needsProbe(only: readonly string[]): boolean {
  return stageNames.some((name) => isTaken(only, name))
}

/** The comparisons that `only` takes, each of `itemCount` items. @throws Error for a name that is none. */
export async function openComparisons(only: readonly string[], itemCount: number): Promise<Comparison[]> {
  const all = [...orderNames, ...stageNames]
  const unknown = only.filter((name) => !all.includes(name))
  if (unknown.length > 0) throw new Error(`there is no comparison ${unknown.join(', ')}; there are ${all.join()}`)
  const names = all.filter((name) => isTaken(only, name))
  const orders = await orderComparisons(names, itemCount)
  if (!needsProbe(only)) return orders
  const probe = openProbe()
  return [
    ...orders,
    ...parseComparisons(probe, names, itemCount),
    ...validateComparisons(probe, names, itemCount),
    ...(await checksumComparisons(probe, names, itemCount)),
    ...(await hashComparisons(probe, names, itemCount)),
  ]
}
