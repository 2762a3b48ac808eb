// Tables in SQLite: what a plan is in SQL, and whether a table that is there already fits it.
// It refuses to drop or alter anything: a table that does not fit is SINK_MISMATCH, with table, column, expected and found.
import type { DatabaseSync } from 'node:sqlite'
import { SluiceError } from '../errors.ts'
import { type ColumnKind, ownColumn, type TablePlan } from '../schema/table.ts'
import type { SinkStream } from './sink.ts'

export const checkpointTable = '_sluice_checkpoint'

type SqlColumn = { readonly name: string; readonly type: string; readonly notNull: boolean }

/** Returns the identifier quoted, whatever it holds. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

/** The table's columns in the order of its INSERT: the record's, then Sluice's own. */
export function columnsOf(plan: TablePlan): readonly SqlColumn[] {
  const keyName = keyColumn(plan)
  const columns: SqlColumn[] = plan.columns.map(({ name, kind, required }) => ({
    name,
    type: sqlType(kind, name === keyName),
    notNull: required,
  }))
  if (plan.shape === 'value') columns.push({ name: ownColumn.value, type: 'TEXT', notNull: true })
  if (plan.extra) columns.push({ name: ownColumn.extra, type: 'TEXT', notNull: false })
  if (plan.key.from === 'key') columns.push({ name: ownColumn.key, type: 'TEXT', notNull: true })
  columns.push({ name: ownColumn.offset, type: 'INTEGER', notNull: true })
  columns.push({ name: ownColumn.receivedAt, type: 'INTEGER', notNull: true })
  return columns
}

/** The name of the primary key's column. */
export function keyColumn(plan: TablePlan): string {
  if (plan.key.from === 'column') return plan.columns[plan.key.columnIndex]!.name
  return plan.key.from === 'key' ? ownColumn.key : ownColumn.offset
}

// A key of type INTEGER would be the rowid, which holds no more than 63 bits; BIGINT has the same affinity and is a column.
function sqlType(kind: ColumnKind, isKey: boolean): string {
  if (kind === 'number') return 'REAL'
  if (kind === 'text' || kind === 'json') return 'TEXT'
  return isKey ? 'BIGINT' : 'INTEGER'
}

export function createTableSql(plan: TablePlan): string {
  const columns = columnsOf(plan).map(
    ({ name, type, notNull }) => `${quoted(name)} ${type}${notNull ? ' NOT NULL' : ''}`,
  )
  return `CREATE TABLE ${quoted(plan.name)} (${columns.join(', ')}, PRIMARY KEY (${quoted(keyColumn(plan))}))`
}

/** Inserts one row, in the order of {@link columnsOf}; a row whose key is there already changes nothing. */
export function insertSql(plan: TablePlan): string {
  const columns = columnsOf(plan)
  const names = columns.map(({ name }) => quoted(name)).join(', ')
  const slots = columns.map(() => '?').join(', ')
  const key = quoted(keyColumn(plan))
  return `INSERT INTO ${quoted(plan.name)} (${names}) VALUES (${slots}) ON CONFLICT (${key}) DO NOTHING`
}

/** Selects a record's columns by its key, and last the text of `_extra` or of the whole value. */
export function selectSql(plan: TablePlan): string {
  const rest = plan.shape === 'value' ? quoted(ownColumn.value) : plan.extra ? quoted(ownColumn.extra) : 'NULL'
  const names = [...plan.columns.map(({ name }) => quoted(name)), rest].join(', ')
  return `SELECT ${names} FROM ${quoted(plan.name)} WHERE ${quoted(keyColumn(plan))} = ?`
}

/**
 * Checks what SQLite cannot do with the configured tables' names.
 * @throws SluiceError CONFIG_INVALID with the path of the field.
 */
export function checkTableNames(streams: readonly SinkStream[]): void {
  const streamOfTable = new Map<string, string>([[checkpointTable, '']])
  for (const { name: stream, table } of streams) {
    const folded = table.name.toLowerCase()
    const reason = streamOfTable.has(folded) ? 'is taken' : nameProblem(table.name)
    if (reason !== undefined) {
      const field = `streams.${stream}.table`
      throw new SluiceError('CONFIG_INVALID', `${field}: the table name ${JSON.stringify(table.name)} ${reason}`, {
        field,
      })
    }
    streamOfTable.set(folded, stream)
  }
}

function nameProblem(name: string): string | undefined {
  if (name === '' || name.includes('\0')) return 'is not possible in SQLite'
  return name.toLowerCase().startsWith('sqlite_') ? 'belongs to SQLite itself' : undefined
}

/** Whether anything of that name is there. @throws SluiceError SINK_MISMATCH when it is something else than a table. */
export function hasTable(db: DatabaseSync, table: string): boolean {
  const found = db.prepare("SELECT type FROM pragma_table_list(?) WHERE schema = 'main'").get(table)
  if (found !== undefined && found.type !== 'table') throw mismatch(table, '', 'a table', String(found.type))
  return found !== undefined
}

type FoundColumn = { name: string; type: string; notnull: number; dflt_value: unknown; pk: number; hidden: number }

/** @throws SluiceError SINK_MISMATCH when the table cannot take the plan's rows, or would not keep them as they are. */
export function checkTable(db: DatabaseSync, plan: TablePlan): void {
  const select = db.prepare('SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)')
  const found = new Map<string, FoundColumn>()
  for (const column of select.all(plan.name) as unknown as FoundColumn[]) found.set(fold(column.name), column)
  for (const column of columnsOf(plan)) checkColumn(plan.name, column, found.get(fold(column.name)))
  checkOthers(plan, found)
  checkPrimaryKey(db, plan, [...found.values()])
}

function checkColumn(table: string, column: SqlColumn, found: FoundColumn | undefined): void {
  const expected = `${column.type}${column.notNull ? ' NOT NULL' : ''}`
  if (found === undefined) throw mismatch(table, column.name, expected, 'no such column')
  if (found.hidden !== 0) throw mismatch(table, column.name, expected, 'a generated column')
  const affinity = affinityOf(column.type)
  const fits = affinityOf(found.type) === affinity || (affinity === 'INTEGER' && affinityOf(found.type) === 'NUMERIC')
  if (!fits) throw mismatch(table, column.name, expected, found.type || 'no type')
  if (found.notnull !== 0 && !column.notNull) throw mismatch(table, column.name, `${expected}, may be NULL`, 'NOT NULL')
}

/** Columns a user added are left alone, if a row can do without them. */
function checkOthers(plan: TablePlan, found: ReadonlyMap<string, FoundColumn>): void {
  const ours = new Set(columnsOf(plan).map(({ name }) => fold(name)))
  for (const column of found.values()) {
    if (ours.has(fold(column.name)) || column.hidden !== 0) continue
    if (column.notnull !== 0 && column.dflt_value === null) {
      throw mismatch(plan.name, column.name, 'no such column, or one with a default', 'NOT NULL without a default')
    }
  }
}

function checkPrimaryKey(db: DatabaseSync, plan: TablePlan, found: readonly FoundColumn[]): void {
  const expected = keyColumn(plan)
  const names = found.filter(({ pk }) => pk !== 0).map(({ name }) => name)
  const isOurs = names.length === 1 && fold(names[0]!) === fold(expected)
  if (!isOurs) throw mismatch(plan.name, expected, 'the primary key', names.join(', ') || 'no primary key')
  // Another collation would take two different keys for one.
  const collation = db
    .prepare(
      `SELECT coll FROM pragma_index_list(?) AS list, pragma_index_xinfo(list.name) AS part
       WHERE list.origin = 'pk' AND part.key = 1 AND part.coll <> 'BINARY'`,
    )
    .get(plan.name)
  if (collation !== undefined) throw mismatch(plan.name, expected, 'collation BINARY', String(collation.coll))
}

/** SQLite's own rules, https://www.sqlite.org/datatype3.html section 3.1. */
function affinityOf(type: string): 'INTEGER' | 'TEXT' | 'BLOB' | 'REAL' | 'NUMERIC' {
  const upper = type.toUpperCase()
  if (upper.includes('INT')) return 'INTEGER'
  if (/CHAR|CLOB|TEXT/.test(upper)) return 'TEXT'
  if (upper === '' || upper.includes('BLOB')) return 'BLOB'
  return /REAL|FLOA|DOUB/.test(upper) ? 'REAL' : 'NUMERIC'
}

// SQLite compares identifiers without regard to case in ASCII only.
function fold(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function mismatch(table: string, column: string, expected: string, found: string): SluiceError {
  const where = column === '' ? `table ${quoted(table)}` : `table ${quoted(table)}, column ${quoted(column)}`
  const detail = `${where}: expected ${expected}, found ${found}. Rename the table, or name another in the configuration`
  return new SluiceError('SINK_MISMATCH', detail, { table, column, expected, found })
}
