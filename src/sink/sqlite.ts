// The SQLite sink, on Node's own node:sqlite: a row a record, and the checkpoint, in one transaction a batch.
// It refuses a record that its table will not have (it becomes a dead letter) and holds back everything else it cannot do
// now as SINK_UNAVAILABLE. What always holds: when `write` resolves, rows and checkpoint are durable; when it rejects,
// neither is there, and the checkpoint moves only from where the drain believes it is.
import { SluiceError } from '../errors.ts'
import { readRow } from './row.ts'
import type { Refusal, Sink, SinkRecord, SinkStream, WriteResult } from './sink.ts'
import { type Bound, bindCell, bindKey, rowToJson } from './sqlite-cells.ts'
import { type Connection, connect, type Target } from './sqlite-connection.ts'
import { isContention, isRefusal, sinkError } from './sqlite-error.ts'
import { checkpointTable, checkTableNames } from './sqlite-table.ts'

export type SqliteOptions = {
  /** Absolute path. */
  readonly file: string
  readonly streams: readonly SinkStream[]
}

type State = { readonly options: SqliteOptions; connection: Connection | undefined }
type Refuse = (refused: readonly Refusal[]) => Promise<void>

/**
 * Opens the file and makes the tables that are not there.
 * @throws SluiceError CONFIG_INVALID, SINK_MISMATCH or SINK_UNAVAILABLE.
 */
export function openSqlite(options: SqliteOptions): Sink {
  checkTableNames(options.streams)
  const state: State = { options, connection: undefined }
  guarded(state, () => {
    state.connection = connect(options.file, options.streams, true)
  })
  return {
    checkpoint: async (streamIndex) => guarded(state, () => readCheckpoint(connected(state), streamIndex)),
    write: (streamIndex, records, fromOffset, nextOffset, refuse) =>
      write(state, { streamIndex, records, fromOffset, nextOffset }, refuse),
    close: async () => disconnect(state),
  }
}

function connected(state: State): Connection {
  state.connection ??= connect(state.options.file, state.options.streams, false)
  return state.connection
}

function disconnect(state: State): void {
  state.connection?.db.close()
  state.connection = undefined
}

/** Runs a step; an error of SQLite becomes SINK_UNAVAILABLE and, unless it was contention, costs the connection. */
function guarded<T>(state: State, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw afterError(state, error)
  }
}

function afterError(state: State, error: unknown): unknown {
  // Closing a connection undoes its transaction as well, and asks nothing of a file that may just have failed.
  if (!isContention(error)) disconnect(state)
  else if (state.connection?.db.isTransaction) state.connection.db.exec('ROLLBACK')
  return sinkError(error, state.options.file)
}

function readCheckpoint(connection: Connection, streamIndex: number): number {
  const { stream } = targetOf(connection, streamIndex)
  const found = connection.readCheckpoint.get(stream.name)?.nextOffset
  if (typeof found === 'number') return found
  throw new SluiceError('SINK_UNAVAILABLE', `${checkpointTable} has no row for stream ${stream.name}`)
}

function targetOf(connection: Connection, streamIndex: number): Target {
  const target = connection.targets.get(streamIndex)
  if (target === undefined) throw new RangeError(`the sink knows no stream ${streamIndex}`)
  return target
}

type Work = {
  readonly streamIndex: number
  readonly records: readonly SinkRecord[]
  readonly fromOffset: number
  readonly nextOffset: number
}

async function write(state: State, work: Work, refuse: Refuse): Promise<WriteResult> {
  try {
    const connection = connected(state)
    const result = insertRecords(connection, work)
    if (result.refused.length > 0) await refuse(result.refused)
    moveCheckpoint(connection, work)
    connection.db.exec('COMMIT')
    return result
  } catch (error) {
    throw afterError(state, error)
  }
}

/** Leaves the transaction open. A table may roll a whole transaction back for one row: then it starts again without that row. */
function insertRecords(connection: Connection, work: Work): WriteResult {
  const target = targetOf(connection, work.streamIndex)
  const reasons = new Map<SinkRecord, string>()
  for (;;) {
    connection.db.exec('BEGIN IMMEDIATE')
    const result = insertAll(connection, target, work.records, reasons)
    if (result !== undefined) return result
  }
}

/** Undefined: the transaction is gone, and `reasons` knows one record more that must not be tried again. */
function insertAll(
  connection: Connection,
  target: Target,
  records: readonly SinkRecord[],
  reasons: Map<SinkRecord, string>,
): WriteResult | undefined {
  let stored = 0
  let repeated = 0
  const refused: Refusal[] = []
  for (const record of records) {
    const outcome = reasons.get(record) ?? insertRecord(target, record)
    if (outcome === 'stored') stored++
    else if (outcome === 'repeated') repeated++
    else {
      refused.push({ record, reason: outcome })
      if (!connection.db.isTransaction) {
        reasons.set(record, outcome)
        return undefined
      }
    }
  }
  return { stored, repeated, refused }
}

/** Returns `stored`, `repeated`, or the reason why the table will not have the record. */
function insertRecord(target: Target, record: SinkRecord): string {
  const cells = bindRecord(target, record)
  if (typeof cells === 'string') return cells
  try {
    return target.insert.run(...cells).changes === 1 ? 'stored' : compareStored(target, record, cells)
  } catch (error) {
    if (isRefusal(error)) return `SINK_REFUSED: ${error.message}`
    throw error
  }
}

/** What an INSERT takes, in the order of `columnsOf`; a string says why the record does not fit the table. */
function bindRecord(target: Target, record: SinkRecord): readonly Bound[] | string {
  const { rows } = target
  const { plan } = rows
  const problem = readRow(rows, record.value)
  if (problem !== undefined) return `SINK_REFUSED: ${problem}`
  const { bound } = target
  let at = 0
  for (; at < plan.columns.length; at++) bound[at] = bindCell(plan.columns[at]!.kind, rows.cells[at]!)
  if (plan.shape === 'value' || plan.extra) bound[at++] = rows.rest
  if (plan.key.from === 'key') bound[at++] = record.key === null ? null : bindKey(record.key)
  bound[at++] = record.offset
  bound[at++] = record.receivedAtMs
  return bound
}

/** The key is taken: by the same record, drained before and sent again past the dedupe window, or by another one. */
function compareStored(target: Target, record: SinkRecord, cells: readonly Bound[]): string {
  const { plan, rest } = target.rows
  const found = target.select.get(keyCell(target, record, cells)) as unknown as unknown[] | undefined
  // A trigger can leave a row out without an error.
  if (found === undefined) return 'SINK_REFUSED: the table left the row out'
  const stored = rowToJson(plan, found, found[plan.columns.length])
  return stored === rowToJson(plan, cells, rest) ? 'repeated' : 'KEY_CONFLICT'
}

function keyCell({ rows: { plan } }: Target, record: SinkRecord, cells: readonly Bound[]): Bound {
  if (plan.key.from === 'column') return cells[plan.key.columnIndex]!
  return plan.key.from === 'key' && record.key !== null ? bindKey(record.key) : record.offset
}

/** Only from where the drain started: two drains on one file, or a file put in its place, must not skip or repeat records. */
function moveCheckpoint(connection: Connection, work: Work): void {
  const { stream } = targetOf(connection, work.streamIndex)
  const { changes } = connection.moveCheckpoint.run(work.nextOffset, stream.name, work.fromOffset)
  if (changes === 1) return
  const found = readCheckpoint(connection, work.streamIndex)
  const detail = `${checkpointTable} has stream ${stream.name} at ${found}, expected ${work.fromOffset}: the file was replaced, or another process drains into it`
  throw new SluiceError('SINK_UNAVAILABLE', detail)
}
