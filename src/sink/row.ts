// A record's value → the cells of its row, for any sink with columns (src/schema/table.ts says which). It knows no
// database: how a cell is bound, and what a database cannot hold exactly, is the sink's matter.
// It refuses, as a result and never by an exception, a record that does not fit the plan: the log may still hold records
// that were checked by an earlier schema. What always holds: cells and rest together are the whole value.
import { encodeValue } from '../kernel/messagepack.ts'
import type { ColumnKind, TablePlan } from '../schema/table.ts'
import { appendAscii, appendName, appendValue, type JsonText, makeJsonText, takeText } from './json-text.ts'
import { type Cursor, readCount, readScalar, readText, type Scalar, shapeAt } from './value.ts'

/** Reads rows one after the other into the same cells. */
export type RowReader = {
  readonly plan: TablePlan
  /** One a column, in the plan's order; null: the record has no such member. JSON text for the kind `json`. */
  readonly cells: Scalar[]
  /** The JSON text of `_extra` or, in a table of one column, of the whole value; null without one. */
  rest: string | null
  readonly encodedNames: readonly Uint8Array[]
  readonly indexOfName: ReadonlyMap<string, number>
  readonly cursor: Cursor
  readonly nested: JsonText
  readonly extra: JsonText
}

export function makeRowReader(plan: TablePlan): RowReader {
  return {
    plan,
    cells: plan.columns.map(() => null),
    rest: null,
    encodedNames: plan.columns.map((column) => encodeValue(column.name)),
    indexOfName: new Map(plan.columns.map((column, index) => [column.name, index])),
    cursor: { bytes: Buffer.alloc(0), at: 0 },
    nested: makeJsonText(),
    extra: makeJsonText(),
  }
}

/** Reads the value into `cells` and `rest`. Returns undefined, or why the record does not fit the table. */
export function readRow(reader: RowReader, value: Buffer): string | undefined {
  const { cursor } = reader
  cursor.bytes = value
  cursor.at = 0
  if (reader.plan.shape === 'columns') return readColumns(reader)
  reader.rest = jsonOf(reader)
  return undefined
}

function jsonOf(reader: RowReader): string {
  appendValue(reader.nested, reader.cursor)
  return takeText(reader.nested)
}

function readColumns(reader: RowReader): string | undefined {
  const { cursor, cells, extra, plan } = reader
  if (shapeAt(cursor) !== 'map') return 'the record is no object'
  cells.fill(null)
  extra.length = 0
  const count = readCount(cursor)
  for (let i = 0, expected = 0; i < count; i++) {
    const nameAt = cursor.at
    const index = moveBehindName(reader, expected)
    const kept = index < 0 ? undefined : readCell(reader, index)
    if (typeof kept === 'string') return kept
    if (kept === undefined) copyToExtra(reader, nameAt)
    else expected = index + 1
  }
  if (extra.length > 0 && !plan.extra) return 'the record has members that the table has no column for'
  reader.rest = takeExtra(reader)
  return undefined
}

/** Moves behind the member's name and returns its column. Members mostly come in the schema's order: look there first. */
function moveBehindName(reader: RowReader, expected: number): number {
  const { cursor, encodedNames } = reader
  const name = encodedNames[expected]
  if (name !== undefined && startsWith(cursor, name)) {
    cursor.at += name.length
    return expected
  }
  return reader.indexOfName.get(readText(cursor)) ?? -1
}

function startsWith(cursor: Cursor, name: Uint8Array): boolean {
  const { bytes, at } = cursor
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false
  return true
}

/** Reads the value into its cell: true. A null that a typed column cannot tell from absent: undefined, nothing read. */
function readCell(reader: RowReader, index: number): true | undefined | string {
  const { cursor, cells, plan } = reader
  const { kind, name } = plan.columns[index]!
  if (kind === 'json') {
    cells[index] = jsonOf(reader)
    return true
  }
  const shape = shapeAt(cursor)
  if (shape !== 'scalar' && shape !== 'text') return misfit(name, kind, shape)
  const start = cursor.at
  const cell = readScalar(cursor)
  if (cell === null) {
    cursor.at = start
    return undefined
  }
  if (!isOfKind(cell, kind)) return misfit(name, kind, typeof cell)
  cells[index] = cell
  return true
}

function misfit(name: string, kind: ColumnKind, found: string): string {
  return `member ${JSON.stringify(name)}: expected ${kind}, found ${found}`
}

function isOfKind(cell: Scalar, kind: ColumnKind): boolean {
  switch (typeof cell) {
    case 'string':
      return kind === 'text'
    case 'boolean':
      return kind === 'boolean'
    default:
      return kind === 'integer' || kind === 'number'
  }
}

function copyToExtra(reader: RowReader, nameAt: number): void {
  const { cursor, extra } = reader
  cursor.at = nameAt
  appendName(extra, cursor)
  appendValue(extra, cursor)
}

function takeExtra(reader: RowReader): string | null {
  if (reader.extra.length === 0) return null
  appendAscii(reader.extra, '}')
  return takeText(reader.extra)
}
