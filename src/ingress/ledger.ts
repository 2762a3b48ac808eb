// Keeps the outcomes of one bulk request, in the order of its records, whatever order their slabs come back in. A part is
// one piece the intake took (or a record refused before it); parts are settled from the first on, since the index of a
// record is known only when the parts before it are through.
// What always holds: every record of a settled part is counted once, as one of five outcomes; at most `listedMax` entries
// are kept; a part is dropped once settled.
import type { ErrorCode } from '../errors.ts'
import { recordStatus } from '../kernel/abi.ts'
import type { IngressStream, Meter, OutcomeName } from './deps.ts'
import type { Collector, Outcome } from './intake.ts'
import { countRecords } from './lines.ts'
import { type Entry, entryOf, outcomeName, refusedEntry, takenMembers } from './outcomes.ts'
import type { Piece } from './pieces.ts'
import { addOffset, type Runs } from './runs.ts'

export type Tally = Record<OutcomeName, number>

export type Ledger = {
  readonly stream: IngressStream
  readonly listedMax: number
  /** Set when the client wants a line a record; it is handed the lines of each part as it is settled. */
  readonly onLines: ((lines: string) => void) | undefined
  readonly meter: Meter
  readonly tally: Tally
  readonly entries: Entry[]
  entriesOmitted: number
  /** Lowest and highest offset this request was given; −1 before the first. */
  firstOffset: number
  lastOffset: number
  /** Highest offset of any record taken, duplicates included. */
  highestOffset: number
  /** The offsets given, kept when the client wants to wait for the sink. */
  readonly runs: Runs | undefined
  /** Records settled: the index of the next one. */
  settledCount: number
  /** Why the log or the kernel did not take a part, the first time. */
  refusal: ErrorCode | undefined
  readonly parts: Set<Part>
  onIdle: (() => void) | undefined
}

type Part = {
  readonly tally: Tally
  readonly entries: Entry[]
  readonly lines: string[]
  count: number
  entriesOmitted: number
  done: boolean
}

export type LedgerOptions = Pick<Ledger, 'stream' | 'meter' | 'listedMax' | 'onLines' | 'runs'>

export function makeLedger(options: LedgerOptions): Ledger {
  return {
    ...options,
    tally: zeroTally(),
    entries: [],
    entriesOmitted: 0,
    firstOffset: -1,
    lastOffset: -1,
    highestOffset: -1,
    settledCount: 0,
    refusal: undefined,
    parts: new Set(),
    onIdle: undefined,
  }
}

/** Opens the part of a piece. Its collector must hear `done` in the end, with a code when the piece was never put. */
export function openPart(ledger: Ledger, piece: Piece): Collector {
  const part = makePart()
  ledger.parts.add(part)
  return {
    record: (outcome) => note(ledger, part, outcome),
    done(refusal) {
      if (refusal !== undefined) refuseRest(ledger, part, piece, refusal)
      part.done = true
      settle(ledger)
    },
  }
}

/** Notes a record that is refused before the intake. */
export function refuseRecord(ledger: Ledger, code: ErrorCode, message: string): void {
  const part = makePart()
  part.done = true
  addEntry(ledger, part, refusedEntry(code, message))
  ledger.parts.add(part)
  settle(ledger)
}

/** Resolves when every part is settled. */
export function ledgerIdle(ledger: Ledger): Promise<void> {
  if (ledger.parts.size === 0) return Promise.resolve()
  return new Promise((resolve) => {
    ledger.onIdle = resolve
  })
}

function note(ledger: Ledger, part: Part, outcome: Outcome): void {
  const { status } = outcome
  if (status === recordStatus.ACCEPTED || status === recordStatus.DUPLICATE) noteTaken(ledger, part, outcome)
  else if (ledger.onLines || part.entries.length < ledger.listedMax) {
    addEntry(ledger, part, entryOf(outcome, ledger.stream))
  } else {
    // Entries beyond the bound are counted without being made: making one reads the record again.
    part.count++
    part.entriesOmitted++
    part.tally[outcomeName(status)]++
  }
}

function noteTaken(ledger: Ledger, part: Part, outcome: Outcome): void {
  const { offset } = outcome
  part.count++
  if (offset > ledger.highestOffset) ledger.highestOffset = offset
  if (outcome.status === recordStatus.ACCEPTED) {
    part.tally.accepted++
    if (ledger.firstOffset < 0 || offset < ledger.firstOffset) ledger.firstOffset = offset
    if (offset > ledger.lastOffset) ledger.lastOffset = offset
    if (ledger.runs) addOffset(ledger.runs, offset)
  } else part.tally.duplicate++
  if (ledger.onLines) part.lines.push(takenMembers(outcome, ledger.stream))
}

function addEntry(ledger: Ledger, part: Part, entry: Entry): void {
  entry.index = part.count++
  part.tally[entry.status]++
  if (ledger.onLines) part.lines.push(JSON.stringify({ ...entry, index: undefined }).slice(1, -1))
  if (part.entries.length < ledger.listedMax) part.entries.push(entry)
  else part.entriesOmitted++
}

// The records that the log or the kernel did not get to: how many, only their bytes can tell.
function refuseRest(ledger: Ledger, part: Part, piece: Piece, code: ErrorCode): void {
  ledger.refusal ??= code
  const total = piece.kind === 'lines' ? countRecords(piece.bytes) : 1
  while (part.count < total) addEntry(ledger, part, refusedEntry(code, 'The record was not taken; send it again'))
}

function settle(ledger: Ledger): void {
  for (const part of ledger.parts) {
    if (!part.done) return
    ledger.parts.delete(part)
    settlePart(ledger, part)
  }
  ledger.onIdle?.()
}

function settlePart(ledger: Ledger, part: Part): void {
  const base = ledger.settledCount
  ledger.settledCount += part.count
  for (const name of outcomeNames) {
    if (part.tally[name] === 0) continue
    ledger.tally[name] += part.tally[name]
    ledger.meter.records(ledger.stream.index, name, part.tally[name])
  }
  for (const entry of part.entries) {
    entry.index += base
    if (ledger.entries.length < ledger.listedMax) ledger.entries.push(entry)
    else ledger.entriesOmitted++
  }
  ledger.entriesOmitted += part.entriesOmitted
  if (part.lines.length > 0) {
    ledger.onLines?.(part.lines.map((line, index) => `{"index":${base + index},${line}}\n`).join(''))
  }
}

const outcomeNames = ['accepted', 'duplicate', 'conflict', 'invalid', 'refused'] as const

function makePart(): Part {
  return { tally: zeroTally(), entries: [], lines: [], count: 0, entriesOmitted: 0, done: false }
}

function zeroTally(): Tally {
  return { accepted: 0, duplicate: 0, conflict: 0, invalid: 0, refused: 0 }
}
