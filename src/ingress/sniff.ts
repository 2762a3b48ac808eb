// An `application/json` body is one record or an array of them; its first byte that is no white space tells. What comes
// before that byte is kept, so that byte offsets in answers are those of the body.
import { SluiceError } from '../errors.ts'
import type { Ingress, IngressStream } from './deps.ts'
import { append, makeHeld, takeHeld } from './held.ts'
import { keyMissing } from './outcomes.ts'
import type { Reader } from './reader.ts'
import { problem, problemOf } from './replies.ts'

const openBracket = 0x5b

export type Readers = { readonly single: () => Reader; readonly array: () => Reader }

export function makeJson(ingress: Ingress, stream: IngressStream, readers: Readers): Reader {
  const { recordBytesMax } = ingress.deps.config.limits
  const space = makeHeld()
  let reader: Reader | undefined

  function choose(first: number): Reader {
    if (first !== openBracket) return readers.single()
    if (stream.keyHeader !== undefined)
      throw new SluiceError('KEY_MISSING', `${keyMissing(stream)}, one record a request`)
    return readers.array()
  }

  function take(bytes: Buffer) {
    if (reader !== undefined) return reader.take(bytes)
    const at = bytes.findIndex((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)
    if (at >= 0) reader = choose(bytes[at]!)
    if (reader !== undefined && space.size === 0) return reader.take(bytes)
    append(space, bytes)
    if (reader !== undefined) return reader.take(takeHeld(space))
    if (space.size > recordBytesMax) throw new SluiceError('RECORD_TOO_LARGE', 'The body is white space only')
    return undefined
  }

  return {
    take,
    recordsTaken: () => reader?.recordsTaken() ?? 0,
    end() {
      if (reader !== undefined) return reader.end()
      const detail = space.size === 0 ? 'The body is empty' : 'The body is white space only'
      return Promise.resolve(problem('JSON_MALFORMED', detail, { byteOffset: space.size }))
    },
    fail: (error) => reader?.fail(error) ?? Promise.resolve(problemOf(error)),
    gone: () => reader?.gone(),
  }
}
