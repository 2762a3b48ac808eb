// Takes a body of many records: NDJSON lines or the elements of a JSON array. Pieces go to the intake as they come; when
// it has no room the body is not read until it has, or the rest is refused at the deadline.
// What always holds: a piece is put once, in its place; what was put is waited for before the answer; a record that was
// read and not put is counted as refused.
import { type ErrorCode, SluiceError } from '../errors.ts'
import { refusalNow } from './admit.ts'
import type { Ingress, IngressStream } from './deps.ts'
import type { Collector } from './intake.ts'
import { ledgerIdle, makeLedger, openPart, openParts, refuseRecord } from './ledger.ts'
import { makeLineCutter } from './lines.ts'
import type { Piece } from './pieces.ts'
import type { Reader, ReaderOptions } from './reader.ts'
import type { Results } from './results.ts'
import { makeArraySplitter } from './split.ts'
import { interruptedAnswer, storedAnswer, summaryAnswer } from './summary.ts'

export type BulkOptions = ReaderOptions & {
  readonly form: 'array' | 'lines'
  /** Set when the client wants one result line a record. */
  readonly results: Results | undefined
}

export function makeBulk(ingress: Ingress, stream: IngressStream, options: BulkOptions): Reader {
  const { deps, state } = ingress
  const { limits } = deps.config
  const { results, form } = options
  const cutter = form === 'array' ? makeArraySplitter(limits.recordBytesMax) : makeLineCutter(limits.recordBytesMax)
  const ledger = makeLedger({
    stream,
    meter: deps.meter,
    listedMax: limits.errorsListedMax,
    onLines: results && ((lines) => results.write(lines)),
    runs: options.waitStored ? [] : undefined,
  })
  const pieces: Piece[] = []
  let nextPiece = 0
  /** The collector of the piece at hand, when the intake had no room for it. */
  let waiting: Collector | undefined
  let heldBytes = 0

  function take(bytes: Buffer): Promise<void> | 'enough' | undefined {
    stopOn(ledger.refusal ?? refusalNow(ingress, stream))
    cutter.feed(bytes, pieces)
    hold(cutter.heldBytes())
    if (!putPieces()) return putAsRoomComes()
    return cutter.broken() ? 'enough' : results?.caughtUp()
  }

  function hold(bytes: number): void {
    state.heldBytes += bytes - heldBytes
    heldBytes = bytes
  }

  /** False: there is no room for the piece at hand. */
  function putPieces(): boolean {
    for (; nextPiece < pieces.length; nextPiece++) if (!putPiece(pieces[nextPiece]!)) return false
    pieces.length = 0
    nextPiece = 0
    return true
  }

  function putPiece(piece: Piece): boolean {
    if (piece.kind === 'refused') {
      refuseRecord(ledger, piece.code, piece.message)
      return true
    }
    const collector = waiting ?? openPart(ledger, piece)
    const { kind, bytes } = piece
    waiting = deps.intake.put(stream.index, { kind, bytes, key: undefined }, collector) ? undefined : collector
    return waiting === undefined
  }

  async function putAsRoomComes(): Promise<void> {
    while (!putPieces()) {
      const piece = pieces[nextPiece]!
      const bytes = piece.kind === 'refused' ? 0 : piece.bytes.length
      const given = await deps.intake.room(stream.index, bytes, deps.now() + limits.queueWaitMs)
      stopOn(given ? ledger.refusal : 'OVERLOADED')
      if (options.isGone()) return refusePieces('OVERLOADED')
    }
    await results?.caughtUp()
  }

  function refusePieces(code: ErrorCode): void {
    for (; nextPiece < pieces.length; nextPiece++) {
      const collector = waiting ?? openPart(ledger, pieces[nextPiece]!)
      waiting = undefined
      collector.done(code)
    }
    pieces.length = 0
    nextPiece = 0
  }

  async function end() {
    cutter.end(pieces)
    hold(0)
    if (!putPieces()) await putAsRoomComes()
    await ledgerIdle(ledger)
    if (results?.begun()) return undefined
    const answer = summaryAnswer(ingress, ledger, form)
    return options.waitStored ? storedAnswer(ingress, ledger, answer) : answer
  }

  async function fail(error: unknown) {
    hold(0)
    refusePieces(error instanceof SluiceError ? error.code : 'INTERNAL')
    await ledgerIdle(ledger)
    return interruptedAnswer(ingress, ledger, error, results)
  }

  function gone(): void {
    hold(0)
    refusePieces('OVERLOADED')
  }

  return { take, end, fail, gone, recordsTaken: () => ledger.settledCount + openParts(ledger) }
}

function stopOn(code: ErrorCode | undefined): void {
  if (code !== undefined) throw new SluiceError(code, 'The rest of the body was not read')
}
