// Cells of a row as SQLite stores them, and a stored row as JSON again (docs/sqlite.md tells the rules to users).
// What always holds: what goes in comes out. A number that its column would round or turn into another is bound as a BLOB
// that holds its JSON text: SQLite never converts those.
import { isUtf8 } from 'node:buffer'
import { valueToJson } from '../kernel/messagepack.ts'
import type { ColumnKind, TablePlan } from '../schema/table.ts'
import type { Scalar } from './value.ts'

export type Bound = null | number | bigint | string | Uint8Array

const safeMax = 2 ** 53
const int64Min = -(2n ** 63n)
const int64Max = 2n ** 63n - 1n

/** What is bound for a cell of a column of this kind. */
export function bindCell(kind: ColumnKind, cell: Scalar): Bound {
  switch (typeof cell) {
    case 'boolean':
      return cell ? 1 : 0
    case 'bigint':
      return kind === 'integer' && cell >= int64Min && cell <= int64Max ? cell : asJsonBlob(cell)
    case 'number':
      return isKept(kind, cell) ? cell : asJsonBlob(cell)
    default:
      return cell
  }
}

/** A column of integers would turn a larger double into an integer; both would lose the sign of −0. */
function isKept(kind: ColumnKind, cell: number): boolean {
  if (Object.is(cell, -0)) return false
  return kind !== 'integer' || (Number.isInteger(cell) && Math.abs(cell) <= safeMax)
}

function asJsonBlob(cell: number | bigint): Uint8Array {
  return Buffer.from(valueToJson(cell), 'latin1')
}

/** What is bound for the key in a column `_key`. A key from a header may be no text: bytes keep it apart from others. */
export function bindKey(key: Buffer): Bound {
  return isUtf8(key) ? key.toString('utf8') : key
}

const integerText = /^(?:0|-?[1-9][0-9]{0,19})$/

/** What finds a record by its key's text in a column of this kind, or undefined when no record can have that key there. */
export function bindKeyText(kind: ColumnKind, key: string): Bound | undefined {
  if (kind !== 'integer') return key
  return integerText.test(key) ? bindCell('integer', BigInt(key)) : undefined
}

/**
 * Returns the JSON text of a row: members in the table's order, then those of `_extra`. `cells` are what was bound or
 * what a statement that reads bigints returned; `rest` is the text of `_extra` or of the whole value.
 */
export function rowToJson(plan: TablePlan, cells: readonly unknown[], rest: unknown): string {
  if (plan.shape === 'value') return String(rest)
  const members: string[] = []
  for (const [index, { name, kind }] of plan.columns.entries()) {
    const cell = cells[index]
    if (cell !== null) members.push(`${JSON.stringify(name)}:${cellToJson(kind, cell)}`)
  }
  const extra = typeof rest === 'string' ? rest.trim().slice(1, -1) : ''
  if (extra !== '') members.push(extra)
  return `{${members.join(',')}}`
}

function cellToJson(kind: ColumnKind, cell: unknown): string {
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('utf8')
  if (typeof cell === 'string' && kind === 'json') return cell
  if (kind === 'boolean' && (cell === 0n || cell === 0)) return 'false'
  if (kind === 'boolean' && (cell === 1n || cell === 1)) return 'true'
  return valueToJson(cell)
}
