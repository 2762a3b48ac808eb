// Takes a body of many records: NDJSON lines or the elements of an array, in JSON or in MessagePack. Pieces go to the intake
// as they come; when it has no room the body is not read until it has, or the rest is refused at the deadline.
// What always holds: a piece is put once, in its place; what was put is waited for before the answer; a record that was
// read and not put is counted as refused; few pieces are held, however many records a chunk has.
import { setImmediate } from 'node:timers/promises'
import { type ErrorCode, SluiceError } from '../errors.ts'
import { refusalNow } from './admit.ts'
import type { Ingress, IngressStream } from './deps.ts'
import type { Collector } from './intake.ts'
import { type Ledger, ledgerIdle, makeLedger, openPart, openParts, refuseRecord } from './ledger.ts'
import { makeLineCutter } from './lines.ts'
import type { Cutter, Piece } from './pieces.ts'
import type { Reader, ReaderOptions } from './reader.ts'
import type { Answer } from './replies.ts'
import type { Results } from './results.ts'
import { makeArraySplitter } from './split.ts'
import { makePackedSplitter } from './split-packed.ts'
import { interruptedAnswer, storedAnswer, summaryAnswer } from './summary.ts'

/** How the records stand in the body; the last is an array in MessagePack. */
export type BulkForm = 'array' | 'lines' | 'msgpack'

export type BulkOptions = ReaderOptions & {
  readonly form: BulkForm
  /** Set when the client wants one result line a record. */
  readonly results: Results | undefined
  /** The chunks are overwritten once `take` has returned: what is kept of them is copied. */
  readonly isLent?: boolean
}

type Bulk = {
  readonly ingress: Ingress
  readonly stream: IngressStream
  readonly options: BulkOptions
  readonly cutter: Cutter
  readonly ledger: Ledger
  /** Cut and not put yet, from `nextPiece` on. */
  readonly pieces: Piece[]
  nextPiece: number
  /** The chunk at hand, and how far it has been cut. */
  chunk: Buffer
  cutBytes: number
  /** Resolves once all of the last chunk that had to wait was put. */
  putting: Promise<void> | undefined
  /** The collector of the next piece, when the intake had no room for it. */
  waiting: Collector | undefined
  heldBytes: number
}

const none = Buffer.alloc(0)
const cutters = { array: makeArraySplitter, lines: makeLineCutter, msgpack: makePackedSplitter } as const

export function makeBulk(ingress: Ingress, stream: IngressStream, options: BulkOptions): Reader {
  const { recordBytesMax, errorsListedMax } = ingress.deps.config.limits
  const { results, form } = options
  const bulk: Bulk = {
    ingress,
    stream,
    options,
    cutter: cutters[form](recordBytesMax),
    ledger: makeLedger({
      stream,
      meter: ingress.deps.meter,
      listedMax: errorsListedMax,
      onLines: results && ((lines) => results.write(lines)),
      runs: options.waitStored ? [] : undefined,
    }),
    pieces: [],
    nextPiece: 0,
    chunk: none,
    cutBytes: 0,
    putting: undefined,
    waiting: undefined,
    heldBytes: 0,
  }
  return {
    take: (bytes) => take(bulk, bytes),
    end: () => end(bulk),
    fail: (error) => fail(bulk, error),
    gone: () => refusePieces(bulk, 'OVERLOADED'),
    recordsTaken: () => bulk.ledger.settledCount + openParts(bulk.ledger),
  }
}

function take(bulk: Bulk, bytes: Buffer): Promise<void> | 'enough' | undefined {
  const { ingress, stream, cutter, ledger, options } = bulk
  stopOn(ledger.refusal ?? refusalNow(ingress, stream))
  bulk.chunk = bytes
  bulk.cutBytes = 0
  cutMore(bulk)
  if (!putPieces(bulk) || bulk.chunk !== none) {
    if (options.isLent) keepLent(bulk)
    bulk.putting = putAsRoomComes(bulk)
    return bulk.putting.then(() => options.results?.caughtUp())
  }
  hold(bulk, cutter.heldBytes())
  return cutter.broken() ? 'enough' : options.results?.caughtUp()
}

async function end(bulk: Bulk): Promise<Answer | undefined> {
  const { ingress, cutter, ledger, options } = bulk
  if (bulk.putting !== undefined) await bulk.putting // a body may end while its last chunk waits
  cutter.end(bulk.pieces)
  hold(bulk, 0)
  if (!putPieces(bulk)) await putAsRoomComes(bulk)
  await ledgerIdle(ledger)
  if (options.results?.begun()) return undefined
  const answer = summaryAnswer(ingress, ledger, options.form)
  return options.waitStored ? storedAnswer(ingress, ledger, answer) : answer
}

async function fail(bulk: Bulk, error: unknown): Promise<Answer | undefined> {
  refusePieces(bulk, error instanceof SluiceError ? error.code : 'INTERNAL')
  await ledgerIdle(bulk.ledger)
  return interruptedAnswer(bulk.ingress, bulk.ledger, error, bulk.options.results)
}

/** Cuts the next pieces from the chunk at hand. False: there is none. */
function cutMore(bulk: Bulk): boolean {
  const { cutter, chunk, pieces } = bulk
  if (chunk === none) return false
  bulk.cutBytes = cutter.feed(chunk, pieces, bulk.cutBytes)
  if (bulk.cutBytes === chunk.length) bulk.chunk = none
  hold(bulk, cutter.heldBytes() + chunk.length) // the pieces are views of it
  return true
}

function hold(bulk: Bulk, bytes: number): void {
  bulk.ingress.state.heldBytes += bytes - bulk.heldBytes
  bulk.heldBytes = bytes
}

/** Puts what there is room for. False: there is none for the next piece. */
function putPieces(bulk: Bulk): boolean {
  const { pieces } = bulk
  for (; bulk.nextPiece < pieces.length; bulk.nextPiece++) if (!putPiece(bulk, pieces[bulk.nextPiece]!)) return false
  pieces.length = 0
  bulk.nextPiece = 0
  return true
}

function putPiece(bulk: Bulk, piece: Piece): boolean {
  const { ledger, stream, ingress, options } = bulk
  if (piece.kind === 'refused') {
    refuseRecord(ledger, piece.code, piece.message)
    return true
  }
  const collector = bulk.waiting ?? openPart(ledger, piece)
  const { kind, bytes } = piece
  const { errorsMax } = options
  const isPut = ingress.deps.intake.put(stream.index, { kind, bytes, key: undefined, errorsMax }, collector)
  bulk.waiting = isPut ? undefined : collector
  return isPut
}

function keepLent(bulk: Bulk): void {
  const { pieces, nextPiece } = bulk
  if (bulk.chunk !== none) bulk.chunk = Buffer.from(bulk.chunk)
  for (let index = nextPiece; index < pieces.length; index++) {
    const piece = pieces[index]!
    if (piece.kind !== 'refused') pieces[index] = { ...piece, bytes: Uint8Array.from(piece.bytes) }
  }
}

// Between the portions of a chunk of very many records others get their turn.
async function putAsRoomComes(bulk: Bulk): Promise<void> {
  const { ingress, stream, cutter, ledger, options } = bulk
  const { intake, now, config } = ingress.deps
  do {
    while (!putPieces(bulk)) {
      const piece = bulk.pieces[bulk.nextPiece]!
      const bytes = piece.kind === 'refused' ? 0 : piece.bytes.length
      const given = await intake.room(stream.index, bytes, now() + config.limits.queueWaitMs)
      stopOn(given && !options.isGone() ? ledger.refusal : 'OVERLOADED')
    }
    if (bulk.chunk === none) break
    await setImmediate()
    stopOn(options.isGone() ? 'OVERLOADED' : ledger.refusal)
  } while (cutMore(bulk))
  hold(bulk, cutter.heldBytes())
}

/** Counts what was read and will not be put. */
function refusePieces(bulk: Bulk, code: ErrorCode): void {
  do refuseCut(bulk, code)
  while (cutMore(bulk))
  hold(bulk, 0)
}

function refuseCut(bulk: Bulk, code: ErrorCode): void {
  const { pieces, ledger } = bulk
  for (; bulk.nextPiece < pieces.length; bulk.nextPiece++) {
    const piece = pieces[bulk.nextPiece]!
    const collector = bulk.waiting ?? openPart(ledger, piece)
    bulk.waiting = undefined
    collector.done(code, piece.kind === 'refused' ? undefined : piece.bytes)
  }
  pieces.length = 0
  bulk.nextPiece = 0
}

function stopOn(code: ErrorCode | undefined): void {
  if (code !== undefined) throw new SluiceError(code, 'The rest of the body was not read')
}
