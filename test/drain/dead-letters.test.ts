import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDeadLetters } from '../../src/drain/dead-letters.ts'
import { encodeValue } from '../../src/kernel/messagepack.ts'
import type { Refusal } from '../../src/sink/sink.ts'

let dataDir = ''
let path = ''

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sluice-letters-'))
  path = join(dataDir, 'dead-letters', 'orders.ndjson')
})

afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

function open(checkpoint = 0) {
  return openDeadLetters({ dataDir, stream: 'orders', checkpoint })
}

function refusal(offset: number, value: unknown = { n: offset }, reason = 'KEY_CONFLICT'): Refusal {
  const key = Buffer.from(`k${offset}`)
  return { record: { offset, key, value: Buffer.from(encodeValue(value)), receivedAtMs: 1_764_000_000_000 }, reason }
}

function offsets(): unknown[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).offset)
}

describe('a dead letter', () => {
  test('says which record, why, when and what, with exact numbers', () => {
    open().append([refusal(7, { a: 2n ** 64n - 1n, b: -0, ',"record":': '\n' }, 'SINK_REFUSED: "x",\n"record":1')])
    expect(readFileSync(path, 'utf8')).toBe(
      '{"offset":7,"key":"k7","reason":"SINK_REFUSED: \\"x\\",\\n\\"record\\":1","receivedAt":1764000000000,' +
        '"record":{"a":18446744073709551615,"b":-0,",\\"record\\":":"\\n"}}\n',
    )
  })

  test('without a key says null', () => {
    const { record, reason } = refusal(1)
    open().append([{ record: { ...record, key: null }, reason }])
    expect(JSON.parse(readFileSync(path, 'utf8')).key).toBeNull()
  })
})

describe('the file', () => {
  test('is not made before there is a dead letter', () => {
    open()
    expect(existsSync(path)).toBe(false)
  })

  test('keeps what was there and may be moved away meanwhile', () => {
    const letters = open()
    letters.append([refusal(1)])
    letters.passed(2)
    letters.append([refusal(2)])
    expect(offsets()).toEqual([1, 2])
    rmSync(path)
    letters.passed(3)
    letters.append([refusal(3)])
    expect(offsets()).toEqual([3])
  })
})

describe('no second line comes', () => {
  test('from a batch that is written again, whatever the reason says by then', () => {
    const letters = open()
    letters.append([refusal(1), refusal(3)])
    letters.append([refusal(1, { n: 1 }, 'SINK_REFUSED: other words'), refusal(2), refusal(3)])
    expect(offsets()).toEqual([1, 3, 2])
  })

  test('after a crash between the letters and the checkpoint, batch by batch', () => {
    open(0).append(Array.from({ length: 3000 }, (_, offset) => refusal(offset, 'x'.repeat(100))))
    const letters = open(1000)
    letters.append([refusal(1000, 'x'.repeat(100))])
    letters.passed(1001)
    letters.append(Array.from({ length: 2000 }, (_, index) => refusal(1001 + index, 'x'.repeat(100))))
    expect(offsets()).toEqual(Array.from({ length: 3001 }, (_, offset) => offset))
  })

  test('but a record of a new log with an old offset has its own', () => {
    open(0).append([refusal(0, { life: 1 })])
    open(0).append([refusal(0, { life: 2 })])
    expect(offsets()).toEqual([0, 0])
  })
})

describe('a torn last line', () => {
  const whole = '{"offset":0,"key":null,"reason":"KEY_CONFLICT","receivedAt":0,"record":"…"}\n'

  test('at any byte is cut before the next one, and the ones before it stay', () => {
    mkdirSync(join(dataDir, 'dead-letters'))
    const torn = Buffer.from(whole.replace(':0', ':1'))
    for (let bytes = 1; bytes < torn.length - 1; bytes++) {
      writeFileSync(path, Buffer.concat([Buffer.from(whole), torn.subarray(0, bytes)]))
      open(1).append([refusal(1)])
      expect(offsets(), `${bytes} bytes`).toEqual([0, 1])
    }
  })

  test('longer than one reading step is cut as well', () => {
    mkdirSync(join(dataDir, 'dead-letters'))
    writeFileSync(path, whole)
    appendFileSync(path, `{"offset":1,"key":"${'x'.repeat(200_000)}`)
    open(1).append([refusal(1)])
    expect(offsets()).toEqual([0, 1])
  })

  test('that only lacks its end is somebody’s edit, and stays', () => {
    mkdirSync(join(dataDir, 'dead-letters'))
    writeFileSync(path, whole.trimEnd())
    open(1).append([refusal(1)])
    expect(offsets()).toEqual([0, 1])
  })
})

test('a directory that cannot be written is weather', () => {
  writeFileSync(join(dataDir, 'dead-letters'), 'a file in the way')
  const letters = open.bind(undefined, 0)
  expect(() => letters().append([refusal(1)])).toThrow(expect.objectContaining({ code: 'SINK_UNAVAILABLE' }))
})
