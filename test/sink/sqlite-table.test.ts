import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openSqlite } from '../../src/sink/sqlite.ts'
import { createTableSql } from '../../src/sink/sqlite-table.ts'
import { put, recordOf, type StreamSpec, streamOf, withBench, withDatabase, withFile } from './fixture.ts'

const spec: StreamSpec = {
  key: ['/id'],
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'n'],
    properties: {
      id: { type: 'string' },
      n: { type: 'integer' },
      x: { type: 'number' },
      b: { type: 'boolean' },
      j: {},
    },
  },
}
const own = '_offset INTEGER NOT NULL, _receivedAt INTEGER NOT NULL'

/** Opens the sink over a file with this table in it. */
async function openOver(sql: string): Promise<void> {
  await withFile(async (file) => {
    withDatabase(file, (db) => db.exec(sql))
    const sink = openSqlite({ file, streams: [streamOf('t', 0, spec)] })
    await sink.write(0, [recordOf(0, { id: 'a', n: 1, x: 1.5, b: true, j: [] })], 0, 1, async () => undefined)
    await sink.close()
    withDatabase(file, (db) =>
      expect(db.prepare('SELECT id AS id, n AS n, x, b, j FROM t').get()).toEqual({
        id: 'a',
        n: 1,
        x: 1.5,
        b: 1,
        j: '[]',
      }),
    )
  })
}

describe('a table', () => {
  test('is made with quoted names, types, NOT NULL and primary key', () => {
    const stream = streamOf('s', 0, {
      key: ['/select "this"'],
      schema: {
        type: 'object',
        properties: { 'select "this"': { type: 'integer' }, total: { type: 'number' } },
        required: ['total'],
      },
      table: 'a "b"',
    })
    expect(createTableSql(stream.table)).toBe(
      'CREATE TABLE "a ""b""" ("select ""this""" BIGINT NOT NULL, "total" REAL NOT NULL, "_extra" TEXT, ' +
        '"_offset" INTEGER NOT NULL, "_receivedAt" INTEGER NOT NULL, PRIMARY KEY ("select ""this"""))',
    )
  })

  test('that is there already and fits is used as it is', async () => {
    await openOver(
      `CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY, n INTEGER NOT NULL, x REAL, b INTEGER, j TEXT, ${own})`,
    )
    await openOver(
      `CREATE TABLE T (ID VARCHAR(64) PRIMARY KEY, N BIGINT, x DOUBLE, b BOOLEAN, j CLOB, ${own}) WITHOUT ROWID`,
    )
    await openOver(
      `CREATE TABLE t (state TEXT NOT NULL DEFAULT 'new', j TEXT, b INT, x FLOAT, n NUMERIC, id TEXT, more, ${own},
       twice GENERATED ALWAYS AS (n * 2), PRIMARY KEY (id))`,
    )
  })

  test.each([
    ['is a view', 'CREATE VIEW t AS SELECT 1', '', 'view'],
    ['lacks a column', `CREATE TABLE t (id TEXT PRIMARY KEY, n INT, x REAL, b INT, ${own})`, 'j', 'no such column'],
    [
      'lacks the offset',
      'CREATE TABLE t (id TEXT PRIMARY KEY, n INT, x REAL, b INT, j TEXT)',
      '_offset',
      'no such column',
    ],
    [
      'has text where numbers go',
      `CREATE TABLE t (id TEXT PRIMARY KEY, n INT, x TEXT, b INT, j TEXT, ${own})`,
      'x',
      'TEXT',
    ],
    [
      'would turn doubles into integers',
      `CREATE TABLE t (id TEXT PRIMARY KEY, n INT, x NUMERIC, b INT, j TEXT, ${own})`,
      'x',
      'NUMERIC',
    ],
    [
      'would round integers',
      `CREATE TABLE t (id TEXT PRIMARY KEY, n REAL, x REAL, b INT, j TEXT, ${own})`,
      'n',
      'REAL',
    ],
    [
      'has a column without a type',
      `CREATE TABLE t (id TEXT PRIMARY KEY, n, x REAL, b INT, j TEXT, ${own})`,
      'n',
      'no type',
    ],
    [
      'wants what may be absent',
      `CREATE TABLE t (id TEXT PRIMARY KEY, n INT, x REAL NOT NULL, b INT, j TEXT, ${own})`,
      'x',
      'NOT NULL',
    ],
    [
      'wants what nobody gives',
      `CREATE TABLE t (id TEXT PRIMARY KEY, n INT, x REAL, b INT, j TEXT, more INT NOT NULL, ${own})`,
      'more',
      'NOT NULL without a default',
    ],
    [
      'generates a column',
      `CREATE TABLE t (id TEXT PRIMARY KEY, n INT, x REAL, b INT AS (n), j TEXT, ${own})`,
      'b',
      'a generated column',
    ],
    [
      'has no primary key',
      `CREATE TABLE t (id TEXT UNIQUE, n INT, x REAL, b INT, j TEXT, ${own})`,
      'id',
      'no primary key',
    ],
    [
      'has another primary key',
      `CREATE TABLE t (id TEXT, n INT, x REAL, b INT, j TEXT, ${own}, PRIMARY KEY (id, n))`,
      'id',
      'id, n',
    ],
    [
      'takes keys for equal that are not',
      `CREATE TABLE t (id TEXT COLLATE NOCASE PRIMARY KEY, n INT, x REAL, b INT, j TEXT, ${own})`,
      'id',
      'NOCASE',
    ],
  ])('that %s is refused and left alone', async (_what, sql, column, found) => {
    await withFile((file) => {
      withDatabase(file, (db) => db.exec(sql))
      const dump = () =>
        withDatabase(file, (db) => db.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all())
      const before = dump()
      const open = () => openSqlite({ file, streams: [streamOf('t', 0, spec)] })
      expect(open).toThrow(
        expect.objectContaining({
          code: 'SINK_MISMATCH',
          extra: expect.objectContaining({ table: 't', column, found }),
        }),
      )
      expect(dump()).toEqual(before)
    })
  })

  test('that vanished behind its checkpoint is not made anew', async () => {
    await withBench({ t: spec }, async (bench) => {
      await put(bench, [recordOf(0, { id: 'a', n: 1 })])
      bench.exec('DROP TABLE t')
      expect(() => openSqlite({ file: bench.file, streams: bench.streams })).toThrow(
        expect.objectContaining({ code: 'SINK_MISMATCH', message: expect.stringContaining('below offset 1') }),
      )
      bench.exec('DELETE FROM _sluice_checkpoint')
      const sink = openSqlite({ file: bench.file, streams: bench.streams })
      expect(await sink.checkpoint(0)).toBe(0)
      await sink.close()
    })
  })
})

describe('a table name', () => {
  const open = (file: string, ...tables: string[]) =>
    openSqlite({ file, streams: tables.map((table, index) => streamOf(`s${index}`, index, { ...spec, table })) })

  test.each([[''], ['a\0b'], ['sqlite_stat1'], ['SQLITE_x'], ['_sluice_checkpoint'], ['_SLUICE_checkpoint']])(
    '%j is refused with the field of the configuration',
    async (table) => {
      await withFile((file) => {
        expect(() => open(file, 'ok', table)).toThrow(
          expect.objectContaining({ code: 'CONFIG_INVALID', extra: { field: 'streams.s1.table' } }),
        )
      })
    },
  )

  test('is no other stream’s, not even in other letters', async () => {
    await withFile((file) => {
      expect(() => open(file, 'orders', 'ORDERS')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    })
  })
})

test('a file that is no database is told as such', async () => {
  await withFile((file) => {
    writeFileSync(file, 'this is no database, and long enough to be looked at'.repeat(20))
    expect(() => openSqlite({ file, streams: [] })).toThrow(
      expect.objectContaining({ code: 'SINK_UNAVAILABLE', message: expect.stringContaining('not a database') }),
    )
  })
})

test('a file whose directory cannot be made is told as such', async () => {
  await withFile((file) => {
    writeFileSync(file, '')
    expect(() => openSqlite({ file: `${file}/below/sluice.db`, streams: [] })).toThrow(
      expect.objectContaining({
        code: 'SINK_UNAVAILABLE',
        message: expect.stringContaining('its directory cannot be made: EEXIST'),
      }),
    )
  })
})
