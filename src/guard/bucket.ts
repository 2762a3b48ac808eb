// A token bucket: so many tokens a second on average, so many at once. Pure: time is an argument, in milliseconds of any
// clock. It refuses to run backwards: a clock that jumps back neither adds nor removes tokens.
// What always holds: 0 ≤ tokens ≤ burst, and over any span of t seconds at most `burst + t × perSecond` are taken.

export type Bucket = {
  readonly perSecond: number
  readonly burst: number
  tokens: number
  /** When `tokens` was last brought up to date. */
  atMs: number
}

/**
 * Returns a full bucket. `perSecond` may be `Infinity`: such a bucket never refuses.
 * @throws RangeError when `perSecond` is not above 0 or `burst` is below 1: such a bucket could never give a token.
 */
export function makeBucket(perSecond: number, burst: number, nowMs: number): Bucket {
  if (!(perSecond > 0)) throw new RangeError(`perSecond must be above 0, found ${perSecond}`)
  if (!(burst >= 1)) throw new RangeError(`burst must be at least 1, found ${burst}`)
  return { perSecond, burst, tokens: burst, atMs: nowMs }
}

/** Brings the bucket up to `nowMs` and returns the tokens in it, a fraction included. */
export function tokensAt(bucket: Bucket, nowMs: number): number {
  if (bucket.perSecond === Infinity) return bucket.burst
  const elapsedMs = nowMs - bucket.atMs
  if (elapsedMs > 0) bucket.tokens = Math.min(bucket.burst, bucket.tokens + (elapsedMs * bucket.perSecond) / 1000)
  bucket.atMs = nowMs
  return bucket.tokens
}

/** Takes one token. False: there is none, and nothing was taken. */
export function takeToken(bucket: Bucket, nowMs: number): boolean {
  return takeTokens(bucket, 1, nowMs)
}

/** Takes `count` tokens, all or none. A count above `burst` is never granted, unless the rate is unlimited. */
export function takeTokens(bucket: Bucket, count: number, nowMs: number): boolean {
  if (bucket.perSecond === Infinity) return true
  if (tokensAt(bucket, nowMs) < count) return false
  bucket.tokens -= count
  return true
}

/** How long from `nowMs` until `count` tokens are there, rounded up to whole ms; 0 now, `Infinity` for more than `burst`. */
export function waitMs(bucket: Bucket, count: number, nowMs: number): number {
  if (bucket.perSecond === Infinity) return 0
  const missing = count - tokensAt(bucket, nowMs)
  if (missing <= 0) return 0
  return count > bucket.burst ? Infinity : Math.ceil((missing * 1000) / bucket.perSecond)
}
