// Keeps the outcomes of one bulk request, in the order of its records, whatever order their slabs come back in. A part is
// one piece the intake took (or a record refused before it); parts are settled from the first on, since the index of a
// record is known only when the parts before it are through.
// What always holds: every record is counted once, as one of five outcomes; at most `listedMax` entries are listed; a part
// is dropped once settled.
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
  /** What the meter has been told of the tally. */
  readonly metered: Tally
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
  /** Parts not settled yet, in order, from `firstPart` on. */
  readonly parts: Part[]
  firstPart: number
  onIdle: (() => void) | undefined
}

// One for each element of an array: small, and nothing allocated before it is needed.
type Part = {
  /** Records heard of. */
  count: number
  entries: Entry[] | undefined
  lines: string[] | undefined
  done: boolean
}

export type LedgerOptions = Pick<Ledger, 'stream' | 'meter' | 'listedMax' | 'onLines' | 'runs'>

export function makeLedger(options: LedgerOptions): Ledger {
  return {
    ...options,
    tally: zeroTally(),
    metered: zeroTally(),
    entries: [],
    entriesOmitted: 0,
    firstOffset: -1,
    lastOffset: -1,
    highestOffset: -1,
    settledCount: 0,
    refusal: undefined,
    parts: [],
    firstPart: 0,
    onIdle: undefined,
  }
}

/**
 * Opens the part of a piece, whose bytes it does not keep. Its collector must hear `done` in the end, with a code and the
 * bytes when the piece was never put.
 */
export function openPart(ledger: Ledger, { kind }: Piece): Collector {
  const part = makePart()
  ledger.parts.push(part)
  return {
    record: (outcome) => note(ledger, part, outcome),
    done(refusal, input) {
      if (refusal !== undefined) refuseRest(ledger, part, kind, input, refusal)
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
  ledger.parts.push(part)
  settle(ledger)
}

/** Resolves when every part is settled. */
export function ledgerIdle(ledger: Ledger): Promise<void> {
  if (openParts(ledger) === 0) return Promise.resolve()
  return new Promise((resolve) => {
    ledger.onIdle = resolve
  })
}

function note(ledger: Ledger, part: Part, outcome: Outcome): void {
  const { status } = outcome
  if (status === recordStatus.ACCEPTED || status === recordStatus.DUPLICATE) noteTaken(ledger, part, outcome)
  else if (ledger.onLines || isListed(ledger, part)) addEntry(ledger, part, entryOf(outcome, ledger.stream))
  else omitEntry(ledger, part, outcomeName(status)) // making an entry reads the record again, so it is not made
}

function noteTaken(ledger: Ledger, part: Part, outcome: Outcome): void {
  const { offset } = outcome
  part.count++
  if (offset > ledger.highestOffset) ledger.highestOffset = offset
  if (outcome.status === recordStatus.ACCEPTED) {
    ledger.tally.accepted++
    if (ledger.firstOffset < 0 || offset < ledger.firstOffset) ledger.firstOffset = offset
    if (offset > ledger.lastOffset) ledger.lastOffset = offset
    if (ledger.runs) addOffset(ledger.runs, offset)
  } else ledger.tally.duplicate++
  if (ledger.onLines) addLine(part, takenMembers(outcome, ledger.stream))
}

function addEntry(ledger: Ledger, part: Part, entry: Entry): void {
  if (ledger.onLines) addLine(part, JSON.stringify({ ...entry, index: undefined }).slice(1, -1))
  if (isListed(ledger, part)) {
    ledger.tally[entry.status]++
    entry.index = part.count++
    part.entries ??= []
    part.entries.push(entry)
  } else omitEntry(ledger, part, entry.status)
}

function omitEntry(ledger: Ledger, part: Part, outcome: OutcomeName): void {
  ledger.tally[outcome]++
  ledger.entriesOmitted++
  part.count++
}

// An earlier part may still fill the list; then what this one made is left out when it is settled.
function isListed(ledger: Ledger, part: Part): boolean {
  return ledger.entries.length + (part.entries?.length ?? 0) < ledger.listedMax
}

function addLine(part: Part, line: string): void {
  part.lines ??= []
  part.lines.push(line)
}

// The records that the log or the kernel did not get to: how many, only their bytes can tell.
function refuseRest(
  ledger: Ledger,
  part: Part,
  kind: Piece['kind'],
  bytes: Uint8Array | undefined,
  code: ErrorCode,
): void {
  ledger.refusal ??= code
  const total = kind === 'lines' && bytes !== undefined ? countRecords(bytes) : 1
  while (part.count < total) addEntry(ledger, part, refusedEntry(code, 'The record was not taken; send it again'))
}

function settle(ledger: Ledger): void {
  const { parts } = ledger
  while (parts[ledger.firstPart]?.done) settlePart(ledger, parts[ledger.firstPart++]!)
  if (ledger.firstPart * 2 < parts.length) return
  parts.splice(0, ledger.firstPart) // moves what follows, so only once that is the smaller half
  ledger.firstPart = 0
  if (parts.length > 0) return
  tellMeter(ledger)
  ledger.onIdle?.()
}

/** Parts that are not settled yet. */
export function openParts(ledger: Ledger): number {
  return ledger.parts.length - ledger.firstPart
}

function settlePart(ledger: Ledger, { count, entries, lines }: Part): void {
  const base = ledger.settledCount
  ledger.settledCount += count
  for (const entry of entries ?? []) {
    entry.index += base
    if (ledger.entries.length < ledger.listedMax) ledger.entries.push(entry)
    else ledger.entriesOmitted++
  }
  if (lines !== undefined) ledger.onLines?.(numbered(lines, base))
  if (ledger.settledCount % meterStep < count) tellMeter(ledger)
}

function numbered(lines: readonly string[], base: number): string {
  let text = ''
  for (let index = 0; index < lines.length; index++) text += `{"index":${base + index},${lines[index]}}\n`
  return text
}

// A long body is counted as it goes, and not at each of its pieces.
const meterStep = 1024

function tellMeter(ledger: Ledger): void {
  for (const name of outcomeNames) {
    const count = ledger.tally[name] - ledger.metered[name]
    if (count > 0) ledger.meter.records(ledger.stream.index, name, count)
    ledger.metered[name] += count
  }
}

const outcomeNames = ['accepted', 'duplicate', 'conflict', 'invalid', 'refused'] as const

function makePart(): Part {
  return { count: 0, entries: undefined, lines: undefined, done: false }
}

function zeroTally(): Tally {
  return { accepted: 0, duplicate: 0, conflict: 0, invalid: 0, refused: 0 }
}
