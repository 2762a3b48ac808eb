// A token bucket for each client address, in a table of bounded size. Pure: time is an argument.
// What always holds: at most `addressesMax` buckets are kept; the one unused for longest goes first, and an address that
// comes back after that starts with a full bucket.
import { type Bucket, makeBucket, takeToken, tokensAt, waitMs } from './bucket.ts'

export type Limiter = {
  readonly requestsPerSecond: number
  readonly burst: number
  readonly addressesMax: number
  /** Least recently used first. */
  readonly buckets: Map<string, Bucket>
}

export type Verdict = {
  readonly granted: boolean
  /** Whole requests the address may still make at once. */
  readonly remaining: number
  /** Whole seconds until the next one is granted; 0 now. */
  readonly retryAfterSeconds: number
  /** Whole seconds until all of the burst is there again. */
  readonly resetSeconds: number
}

export function makeLimiter(requestsPerSecond: number, burst: number, addressesMax: number): Limiter {
  return { requestsPerSecond, burst, addressesMax, buckets: new Map() }
}

/** Takes a token of the address's bucket, if there is one, and says what is left. */
export function admitAddress(limiter: Limiter, address: string, nowMs: number): Verdict {
  const bucket = bucketOf(limiter, clientOf(address), nowMs)
  const granted = takeToken(bucket, nowMs)
  return {
    granted,
    remaining: Math.floor(tokensAt(bucket, nowMs)),
    retryAfterSeconds: Math.ceil(waitMs(bucket, 1, nowMs) / 1000),
    resetSeconds: Math.ceil(waitMs(bucket, limiter.burst, nowMs) / 1000),
  }
}

function bucketOf(limiter: Limiter, client: string, nowMs: number): Bucket {
  const { buckets } = limiter
  const known = buckets.get(client)
  const bucket = known ?? makeBucket(limiter.requestsPerSecond, limiter.burst, nowMs)
  if (known) buckets.delete(client)
  else if (buckets.size >= limiter.addressesMax) buckets.delete(buckets.keys().next().value!)
  buckets.set(client, bucket) // a Map keeps the order of insertion: the newest is last
  return bucket
}

/** Who an address stands for: an IPv4 address, or the /64 network of an IPv6 one, since a host has all of it. */
export function clientOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array<string>(zeros).fill('0'), ...back]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
