// From characters to the bytes of UTF-8: each state of an automaton over code points gets, for each length of a sequence,
// states for the bytes on the way. What always holds: parts that do the same are one state, across the whole automaton.
import type { CharSet } from 'refa'
import type { ClassAutomaton } from './determine.ts'
import { PatternError } from './expression.ts'

/** An automaton over bytes as the kernel runs it (DFA in assembly/schema/program.ts). */
export type ByteAutomaton = {
  readonly stateCount: number
  readonly classCount: number
  readonly start: number
  readonly acceptFrom: number
  /** The state that accepts whatever follows; 0: there is none. */
  readonly sink: number
  readonly classes: Uint8Array
  /** Next state by state × classCount + class. */
  readonly next: Uint16Array
}

type Range = { readonly min: number; readonly max: number; readonly target: number }
/** 256 targets; a target is a row's number, or −1 where nothing matches any more. */
type Rows = {
  readonly list: Int32Array[]
  readonly byKey: Map<string, number>
  /** Rows behind which, for so many more bytes, there is one target only. */
  readonly uniform: Map<string, number>
  readonly countMax: number
}

const refused = -1
const codePointMax = 0x10ffff

/** @throws PatternError when more than `stateCountMax` states are needed. */
export function toBytes(automaton: ClassAutomaton, classes: readonly CharSet[], stateCountMax: number): ByteAutomaton {
  const dead = deadState(automaton)
  const rows: Rows = {
    list: automaton.next.map(() => new Int32Array(256)),
    byKey: new Map(),
    uniform: new Map(),
    countMax: stateCountMax,
  }
  for (const [state, targets] of automaton.next.entries()) {
    const ranges = classes
      .flatMap((set, taken) => set.ranges.map(({ min, max }) => ({ min, max, target: targets[taken] as number })))
      .map((range) => (range.target === dead ? { ...range, target: refused } : range))
      .sort((a, b) => a.min - b.min)
    fillFirstBytes(rows, rows.list[state] as Int32Array, ranges)
  }
  return number(automaton, rows, dead)
}

/** The state from which no text is accepted, if there is one. */
function deadState({ next, accepts }: ClassAutomaton): number {
  return next.findIndex((targets, state) => !accepts[state] && targets.every((target) => target === state))
}

/** The first bytes of sequences: one byte up to 7f, then lead bytes of two, three and four. */
function fillFirstBytes(rows: Rows, row: Int32Array, ranges: readonly Range[]): void {
  row.fill(refused)
  for (let byte = 0; byte < 0x80; byte++) row[byte] = targetOf(ranges, byte)
  for (let byte = 0xc2; byte < 0xe0; byte++) row[byte] = rowFor(rows, ranges, (byte & 0x1f) << 6, 1)
  for (let byte = 0xe0; byte < 0xf0; byte++) row[byte] = rowFor(rows, ranges, (byte & 0x0f) << 12, 2)
  for (let byte = 0xf0; byte < 0xf5; byte++) row[byte] = rowFor(rows, ranges, (byte & 0x07) << 18, 3)
}

/** The range a code point is in: they are sorted, disjoint and without gaps. */
function rangeOf(ranges: readonly Range[], codePoint: number): Range {
  let low = 0
  let high = ranges.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((ranges[middle] as Range).min <= codePoint) low = middle
    else high = middle - 1
  }
  return ranges[low] as Range
}

function targetOf(ranges: readonly Range[], codePoint: number): number {
  return codePoint > codePointMax ? refused : rangeOf(ranges, codePoint).target
}

/** The row for `left` more bytes of sequences from `codePoint` on. Text is well-formed, so overlong forms do not occur. */
function rowFor(rows: Rows, ranges: readonly Range[], codePoint: number, left: number): number {
  if (codePoint > codePointMax) return refused
  const { max, target } = rangeOf(ranges, codePoint)
  if (max >= codePoint + (1 << (6 * left)) - 1) return uniformRow(rows, target, left)
  const row = new Int32Array(256).fill(refused)
  const bitsBelow = 6 * (left - 1)
  for (let byte = 0; byte < 64; byte++) {
    const below = codePoint + (byte << bitsBelow)
    row[0x80 + byte] = left === 1 ? targetOf(ranges, below) : rowFor(rows, ranges, below, left - 1)
  }
  return row.every((each) => each === refused) ? refused : intern(rows, row)
}

/** The row behind which `left` bytes lead to one target, whatever they are. */
function uniformRow(rows: Rows, target: number, left: number): number {
  if (target === refused || left === 0) return target
  const key = `${target} ${left}`
  const known = rows.uniform.get(key)
  if (known !== undefined) return known
  const row = new Int32Array(256).fill(refused)
  row.fill(uniformRow(rows, target, left - 1), 0x80, 0xc0)
  const created = intern(rows, row)
  rows.uniform.set(key, created)
  return created
}

function intern(rows: Rows, row: Int32Array): number {
  const key = row.subarray(0x80, 0xc0).join()
  const known = rows.byKey.get(key)
  if (known !== undefined) return known
  if (rows.list.length >= rows.countMax) throw new PatternError(`it needs more than ${rows.countMax} states`)
  const created = rows.list.push(row) - 1
  rows.byKey.set(key, created)
  return created
}

/** Numbers the states: 0 refuses, those that accept come last; bytes that no state tells apart share a class. */
function number({ start, accepts, next }: ClassAutomaton, { list }: Rows, dead: number): ByteAutomaton {
  const states = [...list.keys()].filter((state) => state !== dead)
  const refusing = states.filter((state) => accepts[state] !== true)
  const accepting = states.filter((state) => accepts[state] === true)
  const order = [...refusing, ...accepting]
  const numbers = new Map(order.map((state, index) => [state, index + 1]))
  const numberOf = (state: number) => numbers.get(state) ?? 0
  const { classes, classCount, representatives } = byteClasses(list, order)
  const table = new Uint16Array((order.length + 1) * classCount)
  for (const [index, state] of order.entries()) {
    for (const [column, byte] of representatives.entries()) {
      table[(index + 1) * classCount + column] = numberOf((list[state] as Int32Array)[byte] as number)
    }
  }
  const sink = accepting.find((state) => (next[state] ?? []).every((target) => target === state))
  return {
    stateCount: order.length + 1,
    classCount,
    start: numberOf(start),
    acceptFrom: refusing.length + 1,
    sink: sink === undefined ? 0 : numberOf(sink),
    classes,
    next: table,
  }
}

function byteClasses(list: readonly Int32Array[], order: readonly number[]) {
  const classes = new Uint8Array(256)
  const representatives: number[] = []
  const byColumn = new Map<string, number>()
  for (let byte = 0; byte < 256; byte++) {
    const column = order.map((state) => (list[state] as Int32Array)[byte]).join()
    let index = byColumn.get(column)
    if (index === undefined) {
      index = representatives.push(byte) - 1
      byColumn.set(column, index)
    }
    classes[byte] = index
  }
  return { classes, classCount: representatives.length, representatives }
}
