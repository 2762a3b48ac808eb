// A body of JSON or MessagePack is one record or an array of them; its first byte tells, in JSON the first one that is no
// white space. What comes before that byte is kept, so that byte offsets in answers are those of the body.
import { SluiceError } from '../errors.ts'
import type { Ingress, IngressStream } from './deps.ts'
import { append, makeHeld, takeHeld } from './held.ts'
import { keyMissing } from './outcomes.ts'
import type { Reader } from './reader.ts'
import { problem, problemOf } from './replies.ts'
import { isArrayHead } from './split-packed.ts'

/** What the first bytes of a body say. */
export type Syntax = { isSpace(byte: number): boolean; isArray(byte: number): boolean }

export const jsonSyntax: Syntax = {
  isSpace: (byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09,
  isArray: (byte) => byte === 0x5b,
}

export const packedSyntax: Syntax = { isSpace: () => false, isArray: isArrayHead }

export type Readers = { readonly single: () => Reader; readonly array: () => Reader }

/** A reader that becomes one of `readers` once the body says which. */
export function makeSniffer(ingress: Ingress, stream: IngressStream, syntax: Syntax, readers: Readers): Reader {
  const { recordBytesMax } = ingress.deps.config.limits
  const space = makeHeld()
  let reader: Reader | undefined

  function choose(first: number): Reader {
    if (!syntax.isArray(first)) return readers.single()
    if (stream.keyHeader !== undefined)
      throw new SluiceError('KEY_MISSING', `${keyMissing(stream)}, one record a request`)
    return readers.array()
  }

  function take(bytes: Buffer) {
    if (reader !== undefined) return reader.take(bytes)
    const at = bytes.findIndex((byte) => !syntax.isSpace(byte))
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
