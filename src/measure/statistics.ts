// Medians and intervals over repeated measurements. Nothing here assumes how noise is distributed.
import { integerWithin, makeRandom } from './random.ts'

/** The middle value; the mean of the two middle ones for an even count. @throws Error for none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('there is no median of nothing')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The median, or undefined when any value is: a column that could not be measured stays empty. */
export function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === values.length && known.length > 0 ? median(known) : undefined
}

export type Interval = { readonly low: number; readonly middle: number; readonly high: number }

const resampleCount = 2000
const bootstrapSeed = 7

/**
 * The ratio of medians `of` / `to`, with the interval that holds 95 % of the ratios of resampled runs (percentile
 * bootstrap, Efron 1979). The same input gives the same interval.
 */
export function ratioInterval(of: readonly number[], to: readonly number[]): Interval {
  const random = makeRandom(bootstrapSeed)
  const resample = (values: readonly number[]): number =>
    median(values.map(() => values[integerWithin(random, 0, values.length - 1)]!))
  const ratios = Array.from({ length: resampleCount }, () => resample(of) / resample(to)).sort((a, b) => a - b)
  return {
    low: ratios[Math.floor(resampleCount * 0.025)]!,
    middle: median(of) / median(to),
    high: ratios[Math.ceil(resampleCount * 0.975) - 1]!,
  }
}
