// Reads a request's body: counts it, inflates it, watches that it gets on, and hands the chunks to who takes them.
// It never holds more than one chunk: when the taker needs time, the socket is not read until it has had it.
// What always holds: `readBody` settles once, and afterwards no listener, timer or inflater of it is left.
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import { SluiceError } from '../errors.ts'
import { bodyProgressBytes, inflatedFreeBytes, inflateRatioMax } from '../limits.ts'
import { whyCut } from './cut-short.ts'

export type BodyOptions = {
  readonly gzip: boolean
  readonly bodyBytesMax: number
  readonly inflatedBytesMax: number
  readonly stallMs: number
}

export type BodyTaker = {
  /** Takes a chunk, which is its own from then on. A promise means: read no further until it resolves. */
  take(bytes: Buffer): Promise<void> | 'enough' | undefined
  /** Records taken so far: whole records are progress, however slow the bytes come. */
  recordsTaken(): number
}

/** All of it was taken; the taker had enough; the client left before the end. */
export type BodyEnd = 'whole' | 'enough' | 'gone'

/**
 * Resolves once the body needs no more reading.
 * @throws SluiceError BODY_TOO_LARGE, REQUEST_TIMEOUT (stood still), REQUEST_MALFORMED (no gzip, or cut short: after all
 * that came was taken), or what `take` throws.
 */
export function readBody(request: IncomingMessage, options: BodyOptions, taker: BodyTaker): Promise<BodyEnd> {
  return new Promise((resolve, reject) => {
    const gunzip = options.gzip ? createGunzip({ chunkSize: 65_536 }) : undefined
    const source: Readable = gunzip ?? request
    const stall = watchStall(options.stallMs, taker, fail)
    let sizeBytes = 0

    function onData(bytes: Buffer): void {
      sizeBytes += bytes.length
      try {
        checkSize(sizeBytes, options, gunzip)
        const taken = taker.take(bytes)
        stall.arrived(bytes.length)
        if (taken === 'enough') finish(taken)
        else if (taken !== undefined) waitFor(taken)
      } catch (error) {
        fail(error)
      }
    }

    function waitFor(taken: Promise<void>): void {
      source.pause()
      stall.stop() // it is us who stand still now
      taken.then(() => {
        stall.start()
        source.resume()
      }, fail)
    }

    function leave(): void {
      stall.stop()
      source.off('data', onData).off('end', onEnd)
      request.off('close', onClose).off('error', onClose)
      if (gunzip) request.unpipe(gunzip)
      gunzip?.destroy()
    }
    function finish(how: BodyEnd): void {
      leave()
      if (how === 'enough') source.pause()
      resolve(how)
    }
    function fail(error: unknown): void {
      leave()
      source.pause()
      reject(error)
    }
    function onEnd(): void {
      const why = whyCut(request)
      if (why === undefined) finish('whole')
      else fail(why)
    }
    // A request closes after its end as well; then all of it has been handed on.
    const onClose = () => {
      if (!request.readableEnded) finish('gone')
    }

    request.on('close', onClose).on('error', onClose)
    gunzip?.on('error', (error) => fail(whyCut(request) ?? noGzip(error)))
    source.on('data', onData).on('end', onEnd)
    if (gunzip) request.pipe(gunzip)
    stall.start()
  })
}

function checkSize(sizeBytes: number, options: BodyOptions, gunzip: Gunzip | undefined): void {
  const rawBytes = gunzip?.bytesWritten ?? sizeBytes
  if (rawBytes > options.bodyBytesMax) throw tooLarge(`The body is larger than ${options.bodyBytesMax} bytes`)
  if (gunzip === undefined) return
  if (sizeBytes > options.inflatedBytesMax)
    throw tooLarge(`The body inflates to over ${options.inflatedBytesMax} bytes`)
  if (sizeBytes <= inflatedFreeBytes) return
  if (sizeBytes > rawBytes * inflateRatioMax)
    throw tooLarge(`The body inflates to over ${inflateRatioMax} times its size`)
}

function tooLarge(detail: string): SluiceError {
  return new SluiceError('BODY_TOO_LARGE', detail)
}

function noGzip(error: Error): SluiceError {
  return new SluiceError('REQUEST_MALFORMED', `The body is not gzip: ${error.message}`)
}

type Stall = { start(): void; stop(): void; arrived(bytes: number): void }

// The timer is pushed back by `bodyProgressBytes` or by a whole record, not by each byte.
function watchStall(stallMs: number, taker: BodyTaker, fail: (error: SluiceError) => void): Stall {
  let timer: NodeJS.Timeout | undefined
  let bytesSince = 0
  let recordsBefore = 0
  let progressCount = 0

  // When this thread was busy for long, the timer comes before the bytes that wait in the socket: they are let in first.
  function onTimer(): void {
    const before = progressCount
    setImmediate(() => {
      if (timer === undefined || progressCount !== before) return
      fail(new SluiceError('REQUEST_TIMEOUT', `The body stood still for ${stallMs} ms`))
    })
  }

  return {
    start() {
      bytesSince = 0
      progressCount++
      timer = setTimeout(onTimer, stallMs)
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
    arrived(bytes) {
      bytesSince += bytes
      const records = taker.recordsTaken()
      if (timer === undefined || (bytesSince < bodyProgressBytes && records === recordsBefore)) return
      bytesSince = 0
      recordsBefore = records
      progressCount++
      timer.refresh()
    },
  }
}
