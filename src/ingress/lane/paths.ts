// Which stream a path belongs to, by its bytes: no string is made of what a client sent before it is known to be wanted.
// Streams whose requests need more than a head of the strict form says (a key header, a rate) are not here.
import { keyBytesMax } from '../../limits.ts'
import type { CountRequest, IngressStream, Meter } from '../deps.ts'

/** What can be asked of a stream. */
export type Place = {
  readonly stream: IngressStream
  readonly method: 'GET' | 'POST'
  readonly count: CountRequest
  readonly path: Uint8Array
}

export type Paths = { readonly posts: readonly Place[]; readonly gets: readonly Place[] }

const slash = 0x2f

export function makePaths(streams: readonly IngressStream[], meter: Pick<Meter, 'requests'>): Paths {
  const plain = streams.filter((stream) => stream.limiter === undefined)
  const place = (stream: IngressStream, method: 'GET' | 'POST', route: string): Place => {
    return { stream, method, count: meter.requests(route, method), path: Buffer.from(stream.path) }
  }
  return {
    posts: plain.filter(({ keyHeader }) => keyHeader === undefined).map((each) => place(each, 'POST', each.path)),
    gets: plain.map((each) => place(each, 'GET', `${each.path}/{key}`)),
  }
}

/** The stream that is posted to at these bytes. */
export function findPost({ posts }: Paths, bytes: Uint8Array, offset: number, length: number): Place | undefined {
  for (const place of posts) if (place.path.length === length && isAt(bytes, offset, place.path)) return place
  return undefined
}

/** The stream whose path all but the last segment is; the last one is the key, and neither empty nor too long. */
export function findGet({ gets }: Paths, bytes: Uint8Array, offset: number, length: number): Place | undefined {
  const cut = bytes.lastIndexOf(slash, offset + length - 1) - offset
  const keyBytes = length - cut - 1
  if (cut <= 0 || keyBytes === 0 || keyBytes > keyBytesMax) return undefined
  for (const place of gets) if (place.path.length === cut && isAt(bytes, offset, place.path)) return place
  return undefined
}

/** The key at the end of a path that {@link findGet} knew. It is ASCII. */
export function keyAt(place: Place, bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset + place.path.length + 1, offset + length))
}

function isAt(bytes: Uint8Array, offset: number, path: Uint8Array): boolean {
  for (let index = 0; index < path.length; index++) if (bytes[offset + index] !== path[index]) return false
  return true
}
