import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { valueToJson } from '../../src/kernel/messagepack.ts'
import { openSqlite } from '../../src/sink/sqlite.ts'
import { openSqliteReader } from '../../src/sink/sqlite-reader.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { parseJson, randomInteger, randomNumber, randomText, randomValue, type Value } from '../fixtures/values.ts'
import { put, receivedAtMs, recordOf, reopen, type StreamSpec, streamOf, withBench, withFile } from './fixture.ts'

const orders: StreamSpec = {
  key: ['/id'],
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'total'],
    properties: {
      id: { type: 'string' },
      userId: { type: 'integer' },
      total: { type: 'number' },
      paid: { type: 'boolean' },
      items: { type: 'array' },
    },
  },
}
const numbered: StreamSpec = { key: ['/id'], schema: { type: 'object', properties: { id: { type: 'integer' } } } }

function order(offset: number, rest: object = {}) {
  return recordOf(offset, { id: `o-${offset}`, total: offset, ...rest }, `o-${offset}`)
}

describe('rows', () => {
  test('hold scalars typed, booleans as 0 and 1, nested values as JSON text, and where they come from', async () => {
    await withBench({ orders }, async (bench) => {
      const items = [{ sku: 'a"b', qty: 2 }]
      const result = await put(bench, [order(7, { userId: 5, total: 1.5, paid: true, items }), order(8)])
      expect(result).toEqual({ stored: 2, repeated: 0, refused: [] })
      const typed = 'SELECT *, typeof(userId) AS userType, typeof(total) AS totalType FROM orders ORDER BY _offset'
      expect(bench.query(typed).map((row) => ({ ...row }))).toEqual([
        {
          id: 'o-7',
          userId: 5,
          total: 1.5,
          paid: 1,
          items: '[{"sku":"a\\"b","qty":2}]',
          _offset: 7,
          _receivedAt: receivedAtMs,
          userType: 'integer',
          totalType: 'real',
        },
        {
          id: 'o-8',
          userId: null,
          total: 8,
          paid: null,
          items: null,
          _offset: 8,
          _receivedAt: receivedAtMs,
          userType: 'null',
          totalType: 'real',
        },
      ])
    })
  })

  test('come back as the JSON they were, in the order of the schema', async () => {
    await withBench({ orders }, async (bench) => {
      await put(bench, [recordOf(0, { total: 2, paid: false, items: [], id: 'x' }, 'x')])
      expect(await bench.reader.read(0, 'x')).toBe('{"id":"x","total":2,"paid":false,"items":[]}')
      expect(await bench.reader.read(0, 'y')).toBeUndefined()
    })
  })

  test('keep apart a member that is null from one that is absent', async () => {
    const schema = {
      type: 'object',
      properties: { id: { type: 'string' }, note: { type: ['string', 'null'] }, any: {} },
    }
    await withBench({ s: { key: ['/id'], schema } }, async (bench) => {
      await put(bench, [
        recordOf(0, { id: 'absent' }),
        recordOf(1, { id: 'null', note: null, any: null }),
        recordOf(2, { id: 'text', note: 'null', any: 'null' }),
      ])
      expect(await bench.reader.read(0, 'absent')).toBe('{"id":"absent"}')
      expect(await bench.reader.read(0, 'null')).toBe('{"id":"null","any":null,"note":null}')
      expect(await bench.reader.read(0, 'text')).toBe('{"id":"text","note":"null","any":"null"}')
      expect(bench.query('SELECT count(*) AS n FROM s WHERE note IS NULL')[0]?.n).toBe(2)
    })
  })

  test('hold every number exactly, where the column would round it as a BLOB of its digits', async () => {
    const schema = {
      type: 'object',
      properties: { id: { type: 'string' }, i: { type: 'integer' }, n: { type: 'number' } },
    }
    const cases: [number | bigint, string, string][] = [
      [1, 'integer', 'real'],
      [-0, 'blob', 'blob'],
      [2 ** 53, 'integer', 'real'],
      [2n ** 53n + 1n, 'integer', 'blob'],
      [2n ** 63n - 1n, 'integer', 'blob'],
      [-(2n ** 63n), 'integer', 'blob'],
      [2n ** 63n, 'blob', 'blob'],
      [2n ** 64n - 1n, 'blob', 'blob'],
      [1e18, 'blob', 'real'],
      [1e300, 'blob', 'real'],
    ]
    await withBench({ s: { key: ['/id'], schema } }, async (bench) => {
      await put(
        bench,
        cases.map(([n], offset) => recordOf(offset, { id: `${offset}`, i: n, n })),
      )
      for (const [offset, [n, integerType, numberType]] of cases.entries()) {
        const row = bench.query('SELECT typeof(i) AS i, typeof(n) AS n FROM s WHERE _offset = ?', offset)[0]
        expect([row?.i, row?.n], String(n)).toEqual([integerType, numberType])
        const json = valueToJson(n)
        expect(await bench.reader.read(0, `${offset}`)).toBe(`{"id":"${offset}","i":${json},"n":${json}}`)
      }
      const digits = bench.query("SELECT CAST(i AS TEXT) AS digits FROM s WHERE id = '7'")
      expect(digits[0]?.digits).toBe('18446744073709551615')
    })
  })

  test('of any schema and record come back exactly', async () => {
    const seed = seedFromEnv()
    const random = randomFrom(seed)
    for (let round = 0; round < 12; round++) await roundTrip(random, `seed ${seed}, round ${round}`)
  })
})

type Kind = { readonly schema: object; readonly make: (random: Random) => Value }

const kinds: readonly Kind[] = [
  { schema: { type: 'integer' }, make: randomInteger },
  { schema: { type: 'number' }, make: randomNumber },
  { schema: { type: 'string' }, make: randomText },
  { schema: { type: 'boolean' }, make: (random) => random.below(2) === 0 },
  { schema: {}, make: (random) => randomValue(random) },
  { schema: { type: ['string', 'null'] }, make: (random) => (random.below(2) === 0 ? null : randomText(random)) },
  { schema: { type: ['integer', 'null'] }, make: (random) => (random.below(2) === 0 ? null : randomInteger(random)) },
]

const names = [
  'a',
  'A',
  'b c',
  '"',
  "'",
  'select',
  '',
  '_offset',
  '_extra',
  'é',
  'É',
  '\0',
  '__proto__',
  'value',
  '1',
  '[x]',
  '`',
  '?1',
  ':a',
]

async function roundTrip(random: Random, message: string): Promise<void> {
  const kindOf = new Map(names.filter(() => random.below(4) > 0).map((name) => [name, random.pick(kinds)]))
  const properties = Object.fromEntries(Array.from(kindOf, ([name, { schema }]) => [name, schema]))
  await withBench(
    { s: { key: 'header', schema: { type: 'object', properties }, table: `t "${random.below(9)}"; --` } },
    async (bench) => {
      const values = Array.from({ length: 40 }, () => {
        const members = [...names, randomText(random)].filter(() => random.below(2) === 0)
        const memberOf = (name: string) => (kindOf.get(name)?.make ?? ((r: Random) => randomValue(r)))(random)
        return new Map(members.sort(() => random.fraction() - 0.5).map((name) => [name, memberOf(name)]))
      })
      const result = await put(
        bench,
        values.map((value, offset) => recordOf(offset, value, `k${offset}`)),
      )
      expect(result, message).toEqual({ stored: values.length, repeated: 0, refused: [] })
      for (const [offset, value] of values.entries()) {
        const json = await bench.reader.read(0, `k${offset}`)
        expect(membersOf(parseJson(json!)), `${message}, record ${offset}`).toEqual(membersOf(value))
      }
      const again = values.map((value, offset) => recordOf(values.length + offset, value, `k${offset}`))
      expect((await put(bench, again)).repeated, message).toBe(values.length)
    },
  )
}

/** Members by name, each as exact JSON text: the order at the root is the table's, deeper down it is the record's. */
function membersOf(value: Value): Record<string, string> {
  const members = Array.from(value as Map<string, Value>, ([name, member]): [string, string] => [
    name,
    valueToJson(member),
  ])
  return Object.fromEntries(members.sort(([one], [other]) => (one < other ? -1 : 1)))
}

describe('keys', () => {
  test('a record sent again is repeated, another record under its key is refused', async () => {
    await withBench({ orders }, async (bench) => {
      await put(bench, [order(0, { userId: 2n ** 64n - 1n }), order(1)])
      const result = await put(bench, [
        recordOf(2, { id: 'o-0', total: 0, userId: 2n ** 64n - 1n }),
        recordOf(3, { id: 'o-1', total: 1.0000001 }),
        recordOf(4, { id: 'o-1', total: 1, paid: false }),
        order(5),
      ])
      expect(result).toEqual({
        stored: 1,
        repeated: 1,
        refused: [
          [3, 'KEY_CONFLICT'],
          [4, 'KEY_CONFLICT'],
        ],
      })
      expect(await bench.reader.read(0, 'o-1')).toBe('{"id":"o-1","total":1}')
    })
  })

  test('within one batch are told apart as well', async () => {
    await withBench({ orders }, async (bench) => {
      const [first, second] = [order(0), recordOf(1, { id: 'o-0', total: 5 })]
      expect(await put(bench, [first, { ...first, offset: 2 }, { ...second, offset: 3 }])).toEqual({
        stored: 1,
        repeated: 1,
        refused: [[3, 'KEY_CONFLICT']],
      })
    })
  })

  test('of a column of integers may need all 64 bits', async () => {
    await withBench({ s: numbered }, async (bench) => {
      const ids = [0, -5, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]
      await put(
        bench,
        ids.map((id, offset) => recordOf(offset, { id })),
      )
      for (const id of ids) expect(await bench.reader.read(0, String(id))).toBe(`{"id":${id}}`)
      for (const key of ['', '1', '00', '-0', '0.0', '1e3', 'x', '18446744073709551616', ' 0']) {
        expect(await bench.reader.read(0, key), key).toBeUndefined()
      }
      expect((await put(bench, [recordOf(6, { id: 2n ** 64n - 1n })])).repeated).toBe(1)
    })
  })

  test('that are no root property stand in a column of their own, even if they are no text', async () => {
    await withBench(
      { s: { key: ['/a', '/b'], schema: { type: 'object', properties: { a: {}, b: {} } } } },
      async (bench) => {
        const odd = { ...recordOf(2, { a: 2 }), key: Buffer.from([0xff, 0x00]) }
        const other = { ...recordOf(3, { a: 3 }), key: Buffer.from([0xfe, 0x00]) }
        const result = await put(bench, [recordOf(0, { a: 1, b: 2 }, '1\u001f2'), recordOf(1, {}, 'nul\0'), odd, other])
        expect(result.stored).toBe(4)
        expect(await bench.reader.read(0, '1\u001f2')).toBe('{"a":1,"b":2}')
        expect(await bench.reader.read(0, 'nul\0')).toBe('{}')
        expect((await put(bench, [{ ...odd, offset: 4 }])).repeated).toBe(1)
      },
    )
  })

  test('there are none: the offset is the key, and nothing is read by key', async () => {
    await withBench({ s: { schema: true } }, async (bench) => {
      await put(bench, [recordOf(0, [1, -0, null]), recordOf(1, 'x')])
      expect(bench.query('SELECT value, _offset FROM s').map((row) => ({ ...row }))).toEqual([
        { value: '[1,-0,null]', _offset: 0 },
        { value: '"x"', _offset: 1 },
      ])
      expect(await bench.reader.read(0, '0')).toBeUndefined()
    })
  })
})

describe('the checkpoint', () => {
  test('is where the next start goes on, also after a batch without records', async () => {
    await withBench({ orders, s: { schema: true } }, async (bench) => {
      await put(bench, [order(0), order(1)])
      await bench.sink.write(0, [], 2, 9, async () => undefined)
      await reopen(bench)
      expect([await bench.sink.checkpoint(0), await bench.sink.checkpoint(1)]).toEqual([9, 0])
    })
  })

  test('moves only from where the drain is: a second drain on the file writes nothing', async () => {
    await withBench({ orders }, async (bench) => {
      await put(bench, [order(0)])
      const second = openSqlite({ file: bench.file, streams: bench.streams })
      await put(bench, [order(1)])
      await expect(second.write(0, [order(2)], 1, 3, async () => undefined)).rejects.toMatchObject({
        code: 'SINK_UNAVAILABLE',
        message: expect.stringContaining('at 2, expected 1'),
      })
      await second.close()
      expect(bench.query('SELECT count(*) AS n FROM orders')[0]?.n).toBe(2)
    })
  })

  test('and the rows stay where they were when the dead letters cannot be written', async () => {
    await withBench({ orders }, async (bench) => {
      await put(bench, [order(0)])
      const failing = bench.sink.write(0, [order(1), recordOf(2, { id: 'o-0', total: 9 })], 1, 3, async () => {
        throw new Error('no room')
      })
      await expect(failing).rejects.toThrow('no room')
      expect(await bench.sink.checkpoint(0)).toBe(1)
      expect(bench.query('SELECT id FROM orders')).toEqual([{ id: 'o-0' }])
      expect((await put(bench, [order(1)])).stored).toBe(1)
    })
  })
})

describe('what the table refuses', () => {
  test('is told with the reason, and the rest of the batch is stored', async () => {
    await withBench({ orders }, async (bench) => {
      bench.exec('CREATE UNIQUE INDEX one_total ON orders (total)')
      const result = await put(bench, [order(0), recordOf(1, { id: 'o-1', total: 0 }), order(2)])
      expect(result).toEqual({
        stored: 2,
        repeated: 0,
        refused: [[1, 'SINK_REFUSED: UNIQUE constraint failed: orders.total']],
      })
    })
  })

  test('does not take the batch along, even if the table rolls the transaction back', async () => {
    await withBench({ orders }, async (bench) => {
      bench.exec(
        `CREATE TRIGGER no_13 BEFORE INSERT ON orders WHEN NEW.total = 13 BEGIN SELECT RAISE(ROLLBACK, 'unlucky'); END`,
      )
      const unlucky = [1, 3].map((offset) => recordOf(offset, { id: `o-${offset}`, total: 13 }))
      const result = await put(bench, [order(0), unlucky[0]!, order(2), unlucky[1]!, order(4)])
      expect(result).toEqual({
        stored: 3,
        repeated: 0,
        refused: [
          [1, 'SINK_REFUSED: unlucky'],
          [3, 'SINK_REFUSED: unlucky'],
        ],
      })
      expect(bench.query('SELECT count(*) AS n FROM orders')[0]?.n).toBe(3)
      expect(await bench.sink.checkpoint(0)).toBe(5)
    })
  })

  test('may be left out by a trigger without an error: it is not lost in silence', async () => {
    await withBench({ orders }, async (bench) => {
      bench.exec('CREATE TRIGGER skip BEFORE INSERT ON orders WHEN NEW.total = 13 BEGIN SELECT RAISE(IGNORE); END')
      const result = await put(bench, [recordOf(0, { id: 'o-0', total: 13 })])
      expect(result.refused).toEqual([[0, 'SINK_REFUSED: the table left the row out']])
    })
  })

  test('includes records that an earlier schema let in', async () => {
    await withBench({ orders }, async (bench) => {
      const result = await put(bench, [
        recordOf(0, { id: 'a', total: 'text' }),
        recordOf(1, { id: 'b', total: [1] }),
        recordOf(2, { id: 'c', total: 1, more: 1 }),
        recordOf(3, [1]),
        recordOf(4, { id: 'd' }),
        recordOf(5, { id: 'e', total: 1, paid: 1 }),
        recordOf(6, { id: 'f', total: null }),
        order(7),
      ])
      expect(result.stored).toBe(1)
      expect(result.refused).toEqual([
        [0, 'SINK_REFUSED: member "total": expected number, found string'],
        [1, 'SINK_REFUSED: member "total": expected number, found array'],
        [2, 'SINK_REFUSED: the record has members that the table has no column for'],
        [3, 'SINK_REFUSED: the record is no object'],
        [4, 'SINK_REFUSED: NOT NULL constraint failed: orders.total'],
        [5, 'SINK_REFUSED: member "paid": expected boolean, found number'],
        [6, 'SINK_REFUSED: the record has members that the table has no column for'],
      ])
    })
  })
})

describe('what may work later', () => {
  test('a locked file holds the batch up and loses nothing', async () => {
    await withBench({ orders }, async (bench) => {
      const other = new DatabaseSync(bench.file)
      other.exec('BEGIN IMMEDIATE')
      await expect(put(bench, [order(0)])).rejects.toMatchObject({ code: 'SINK_UNAVAILABLE' })
      other.close()
      expect((await put(bench, [order(0)])).stored).toBe(1)
    })
  })

  test('so does a table that went missing, until it is back', async () => {
    await withBench({ orders }, async (bench) => {
      await put(bench, [order(0)])
      bench.exec('ALTER TABLE orders RENAME TO away')
      for (let attempt = 0; attempt < 2; attempt++) {
        await expect(put(bench, [order(1)])).rejects.toThrow(/orders/)
      }
      bench.exec('ALTER TABLE away RENAME TO orders')
      expect((await put(bench, [order(1)])).stored).toBe(1)
      expect(bench.query('SELECT count(*) AS n FROM orders')[0]?.n).toBe(2)
    })
  })

  test('so does a read while the file is not there', async () => {
    await withFile(async (file) => {
      const streams = [streamOf('orders', 0, orders)]
      const reader = openSqliteReader(file, streams)
      await expect(reader.read(0, 'o-0')).rejects.toMatchObject({ code: 'SINK_UNAVAILABLE' })
      const sink = openSqlite({ file, streams })
      expect(await reader.read(0, 'o-0')).toBeUndefined()
      await reader.close()
      await sink.close()
    })
  })
})
