// Reads stored records from the SQLite file on a read-only connection of its own: in WAL mode a read waits for no write.
// It refuses to write and to make the file. What always holds: a failed read costs the connection, and the next opens one.
import { existsSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { SluiceError } from '../errors.ts'
import type { TablePlan } from '../schema/table.ts'
import type { SinkReader, SinkStream } from './sink.ts'
import { type Bound, bindKeyText, rowToJson } from './sqlite-cells.ts'
import { isContention, sinkError } from './sqlite-error.ts'
import { selectSql } from './sqlite-table.ts'

const busyMs = 500

type State = {
  readonly file: string
  readonly streams: readonly SinkStream[]
  open: { readonly db: DatabaseSync; readonly selects: Map<number, StatementSync> } | undefined
}

/** Opens nothing yet: the first read does. */
export function openSqliteReader(file: string, streams: readonly SinkStream[]): SinkReader {
  const state: State = { file, streams, open: undefined }
  return {
    read: async (streamIndex, key) => {
      try {
        return read(state, streamIndex, key)
      } catch (error) {
        if (!isContention(error)) disconnect(state)
        throw sinkError(error, file)
      }
    },
    close: async () => disconnect(state),
  }
}

function read(state: State, streamIndex: number, key: string): string | undefined {
  const plan = state.streams.find((stream) => stream.streamIndex === streamIndex)?.table
  if (plan === undefined) throw new RangeError(`the sink knows no stream ${streamIndex}`)
  const bound = keyOf(plan, key)
  if (bound === undefined) return undefined
  const cells = selectOf(state, streamIndex, plan).get(bound) as unknown as unknown[] | undefined
  return cells === undefined ? undefined : rowToJson(plan, cells, cells[plan.columns.length])
}

function keyOf(plan: TablePlan, key: string): Bound | undefined {
  switch (plan.key.from) {
    case 'column':
      return bindKeyText(plan.columns[plan.key.columnIndex]!.kind, key)
    case 'key':
      return key
    case 'offset':
      return undefined
  }
}

function selectOf(state: State, streamIndex: number, plan: TablePlan): StatementSync {
  const { db, selects } = connected(state)
  const known = selects.get(streamIndex)
  if (known !== undefined) return known
  const select = db.prepare(selectSql(plan))
  select.setReadBigInts(true)
  select.setReturnArrays(true)
  selects.set(streamIndex, select)
  return select
}

function connected(state: State): NonNullable<State['open']> {
  if (state.open === undefined) {
    if (!existsSync(state.file)) throw new SluiceError('SINK_UNAVAILABLE', `${state.file}: the file is gone`)
    const db = new DatabaseSync(state.file, { readOnly: true, timeout: busyMs })
    state.open = { db, selects: new Map() }
  }
  return state.open
}

function disconnect(state: State): void {
  state.open?.db.close()
  state.open = undefined
}
