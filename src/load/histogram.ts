// Latencies in microseconds, kept as HdrHistogram keeps them: exact below 2,048, three significant digits above, up to 35
// minutes. Fixed memory, no allocation on recording. Longer values are counted as the longest.

const subBucketCount = 1024
const valueMax = 0x7fff_ffff
const bucketCount = 22 * subBucketCount

export type Histogram = { readonly counts: Float64Array; count: number; sum: number; max: number }

/** What is reported of a histogram, in microseconds. */
export type Latency = {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly mean: number
}

export function makeHistogram(): Histogram {
  return { counts: new Float64Array(bucketCount), count: 0, sum: 0, max: 0 }
}

/** Records one latency; `ms` may be fractional and is kept to the microsecond. */
export function record(histogram: Histogram, ms: number): void {
  const us = Math.min(Math.max(Math.round(ms * 1000), 0), valueMax)
  histogram.counts[bucketOf(us)]!++
  histogram.count++
  histogram.sum += us
  if (us > histogram.max) histogram.max = us
}

/** The value that `share` (0 to 1) of the recorded ones do not exceed: the highest of its bucket, 0 when empty. */
export function valueAt(histogram: Histogram, share: number): number {
  const wanted = Math.max(1, Math.ceil(share * histogram.count))
  let seen = 0
  for (let bucket = 0; bucket < bucketCount && histogram.count > 0; bucket++) {
    seen += histogram.counts[bucket]!
    if (seen >= wanted) return Math.min(highestOf(bucket), histogram.max)
  }
  return 0
}

export function summarize(histogram: Histogram): Latency {
  return {
    p50: valueAt(histogram, 0.5),
    p90: valueAt(histogram, 0.9),
    p99: valueAt(histogram, 0.99),
    p999: valueAt(histogram, 0.999),
    max: histogram.max,
    mean: histogram.count === 0 ? 0 : histogram.sum / histogram.count,
  }
}

export function clear(histogram: Histogram): void {
  histogram.counts.fill(0)
  histogram.count = 0
  histogram.sum = 0
  histogram.max = 0
}

// Values of [2^(10+s), 2^(11+s)) share buckets of 2^s; s = 0 covers everything below 2,048, so the rows meet.
function bucketOf(us: number): number {
  const shift = Math.max(0, 21 - Math.clz32(us))
  return shift * subBucketCount + (us >>> shift)
}

function highestOf(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / subBucketCount) - 1)
  return (bucket - shift * subBucketCount + 1) * 2 ** shift - 1
}
