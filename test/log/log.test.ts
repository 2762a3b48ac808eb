// The log as main uses it: its thread, real files, real kernels.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { compileStreams } from '../../src/config/streams.ts'
import { commitStatus } from '../../src/kernel/abi.ts'
import type { EngineName } from '../../src/kernel/engine.ts'
import { openInstance } from '../../src/kernel/instance.ts'
import { appendChunk, type Layout, layOut, openSlab, readHeader, resetSlab, sealSlab } from '../../src/kernel/memory.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { type Log, type LogOptions, openLog } from '../../src/log/log.ts'
import { publishProgress, readProgress } from '../../src/log/progress.ts'
import { openReader } from '../../src/log/reader.ts'
import { readSecret } from '../../src/log/secret.ts'
import { isSpare, streamDirectory } from '../../src/log/segment.ts'
import { decodeBatch, decodeWithKafkajs } from '../fixtures/kafka.ts'
import { until } from '../fixtures/wait.ts'
import { type Told, toldOf } from './stage.ts'

const schema = { type: 'object', properties: { id: { type: 'string' }, n: { type: 'integer' } }, required: ['id'] }

type State = Parameters<LogOptions['onState']>[0]

type Running = {
  readonly log: Log
  readonly layout: Layout
  readonly states: readonly State[]
  /** Sends lines to a stream in one slab each; resolves with what became of each. */
  send(stream: number, ...slabs: string[][]): Promise<Told[][]>
}

let dataDir = ''
const running: Log[] = []
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sluice-log-'))
})
afterEach(async () => {
  for (const log of running.splice(0)) await log.close()
  rmSync(dataDir, { recursive: true, force: true })
})

function configFor(engine: EngineName, segmentBytes: number): Config {
  const streams = { things: { path: '/t', schema, key: '/id' }, events: { path: '/e', schema } }
  const { log } = defaultConfig()
  return { ...defaultConfig(), dataDir, engine, streams, log: { ...log, segmentBytes } }
}

async function open(engine: EngineName = 'wasm', segmentBytes = defaultConfig().log.segmentBytes): Promise<Running> {
  const config = configFor(engine, segmentBytes)
  const compiled = compileStreams(config)
  const layout = layOut({ slabCount: 8, scratchCount: 1, secret: await readSecret(dataDir), compiled })
  const module = await loadKernel('shared')
  const states: State[] = []
  const log = await openLog({ config, module, ...layout, onState: (state) => states.push(state) })
  running.push(log)
  const kernel = openInstance({ module, ...layout, scratchIndex: 0 })
  const slabs = Array.from({ length: 8 }, (_, index) => openSlab(layout.memory, layout.map, index))
  const send = (stream: number, ...lists: string[][]) =>
    Promise.all(
      lists.map((lines, index) => {
        const slab = slabs[index]!
        resetSlab(slab, stream)
        appendChunk(slab, 'lines', Buffer.from(lines.join('\n')))
        sealSlab(slab, Date.now())
        expect(kernel.runSlab(slab.address, layout.plans[stream]!)).toBe(0)
        return new Promise<Told[]>((resolve) => log.commit(index, () => resolve(toldOf(slab))))
      }),
    )
  return { log, layout, states, send }
}

async function close({ log }: Running): Promise<void> {
  running.splice(running.indexOf(log), 1)
  await log.close()
}

const thing = (id: string, n = 0) => JSON.stringify({ id, n })

describe.each(['wasm', 'js'] as const)('with engine %s', (engine) => {
  test('records are committed, found, told as duplicates after a restart, and read in order', async () => {
    const first = await open(engine)
    const told = await first.send(0, [thing('a'), thing('b'), thing('a')], [thing('b', 2), thing('c')])
    expect(told).toEqual([
      [
        { status: 'accepted', offset: 0 },
        { status: 'accepted', offset: 1 },
        { status: 'duplicate', offset: 0 },
      ],
      [
        { status: 'conflict', offset: 1 },
        { status: 'accepted', offset: 4 },
      ],
    ])
    expect(await first.log.find('things', 'c')).toMatchObject({ state: 'queued', offset: 4 })
    await close(first)

    const second = await open(engine)
    expect(second.log.recovery).toMatchObject([
      { stream: 'things', nextOffset: 5, recordCount: 3, dedupeKeyCount: 3, tornBytes: 0 },
      { stream: 'events', nextOffset: 0, recordCount: 0, dedupeKeyCount: 0 },
    ])
    expect(await second.send(0, [thing('c'), thing('d')])).toEqual([
      [
        { status: 'duplicate', offset: 4 },
        { status: 'accepted', offset: 6 },
      ],
    ])
    const reader = openReader({
      directory: streamDirectory(dataDir, 'things'),
      streamIndex: 0,
      progress: second.log.progress,
      from: 0,
    })
    const read = reader.read(100, 1e6).map(({ key, offset }) => [Buffer.from(key!).toString(), offset])
    expect(read).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 4],
      ['d', 6],
    ])
    reader.close()
  })
})

test('a log written by one engine is opened by the other, with all its keys', async () => {
  const first = await open('wasm')
  await first.send(0, [thing('a'), thing('b')])
  await close(first)
  const second = await open('js')
  expect(await second.send(0, [thing('b'), thing('a', 1)])).toEqual([
    [
      { status: 'duplicate', offset: 1 },
      { status: 'conflict', offset: 0 },
    ],
  ])
})

test('streams have their own offsets, files and progress', async () => {
  const { log, send } = await open()
  await Promise.all([send(0, [thing('a')])])
  const told = await send(1, [thing('a'), thing('a')], [thing('a')])
  expect(told.flat().map(({ status, offset }) => [status, offset])).toEqual([
    ['accepted', 0],
    ['accepted', 1],
    ['accepted', 2],
  ])
  expect([0, 1].map((stream) => readProgress(log.progress, stream, 'committed'))).toEqual([1, 3])
  expect(await log.stats()).toMatchObject([
    { stream: 'things', committedOffset: 1, commitCount: 1, unavailable: undefined },
    { stream: 'events', committedOffset: 3, dedupeKeyCount: 0 },
  ])
})

test('answers come in the order of the calls, and all of them', async () => {
  const { log, layout, send } = await open()
  await send(1, [thing('warm')])
  const order: number[] = []
  const slabs = [3, 1, 5, 0, 7]
  for (const index of slabs) resetSlab(openSlab(layout.memory, layout.map, index), 1)
  await new Promise<void>((resolve) => {
    for (const index of slabs)
      log.commit(index, () => {
        order.push(index)
        if (order.length === slabs.length) resolve()
      })
  })
  expect(order).toEqual(slabs)
})

test('what is drained is no longer queued', async () => {
  const { log, send } = await open()
  await send(0, [thing('a'), thing('b')])
  log.drained('things', 1)
  expect(await log.find('things', 'a')).toEqual({ state: 'drained', offset: 0 })
  expect(await log.find('things', 'b')).toMatchObject({ state: 'queued' })
  expect(await log.find('things', 'z')).toEqual({ state: 'unknown' })
})

test('what an earlier run drained is known as soon as the drain has published it', async () => {
  const first = await open()
  await first.send(0, [thing('a'), thing('b')])
  await close(first)
  const { log } = await open()
  expect((await log.stats())[0]!.backlogBytes).toBeGreaterThan(0)
  publishProgress(log.progress, 0, 'drained', 2)
  await until('the log to see it', async () => (await log.stats())[0]!.drainedOffset === 2)
  expect(readProgress(log.progress, 0, 'backlogBytes')).toBe(0)
  expect(await log.find('things', 'a')).toEqual({ state: 'drained', offset: 0 })
})

test('a closed log has committed what was handed over before', async () => {
  const first = await open()
  const sent = first.send(0, [thing('a')], [thing('b')])
  await close(first)
  expect((await sent).flat().map(({ status }) => status)).toEqual(['accepted', 'accepted'])
  expect((await open()).log.recovery[0]!.recordCount).toBe(2)
})

test('a second log on the same directory is refused, and the first goes on', async () => {
  const { send } = await open()
  await expect(open()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
  expect((await send(0, [thing('a')]))[0]![0]!.status).toBe('accepted')
})

test('damage stops the start with its code and place, and releases the directory', async () => {
  const first = await open()
  for (const id of ['a', 'b', 'c']) await first.send(0, [thing(id)])
  await close(first)
  const path = join(streamDirectory(dataDir, 'things'), '00000000000000000000.log')
  const sound = readFileSync(path)
  const damaged = Buffer.from(sound)
  damaged[70]! ^= 1
  writeFileSync(path, damaged)
  await expect(open()).rejects.toMatchObject({ code: 'LOG_DAMAGED', extra: { file: path, byteOffset: 0, offset: 0 } })
  expect(readFileSync(path).equals(damaged)).toBe(true)
  writeFileSync(path, sound)
  expect((await open()).log.recovery[0]!.recordCount).toBe(3)
})

test('the segment is a Kafka segment: an independent decoder and kafkajs read it batch by batch', async () => {
  const first = await open()
  await first.send(0, [thing('a'), thing('a'), thing('b')], [thing('c')])
  await close(first)
  const directory = streamDirectory(dataDir, 'things')
  const bytes = readFileSync(join(directory, readdirSync(directory)[0]!))
  const end = bytes.readInt32BE(8) + 12
  const both = end + bytes.readInt32BE(end + 8) + 12
  expect(decodeBatch(bytes.subarray(0, end)).records.map(({ offsetDelta }) => offsetDelta)).toEqual([0, 2])
  const messages = await decodeWithKafkajs(bytes.subarray(0, both))
  expect(messages.map(({ key, offset }) => [key?.toString(), offset])).toEqual([
    ['a', '0'],
    ['b', '2'],
    ['c', '3'],
  ])
})

test('when the thread dies, whoever waits is refused and main is told that it is fatal', async () => {
  const { log, layout, states, send } = await open()
  await send(0, [thing('a')])
  const slab = openSlab(layout.memory, layout.map, 7)
  resetSlab(slab, 99)
  const refused = new Promise<void>((resolve) => log.commit(7, resolve))
  const finding = log.find('things', 'a')
  await refused
  expect(readHeader(slab, 'commitStatus')).toBe(commitStatus.LOG_UNAVAILABLE)
  await expect(finding).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
  await expect(log.stats()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
  expect(states).toMatchObject([{ code: 'LOG_UNAVAILABLE', fatal: true }])
  expect((await send(0, [thing('b')]))[0]![0]!.status).toBe('refused')
})

test('what was committed before the thread died is told as committed', async () => {
  const { log, layout, send } = await open()
  const sent = send(0, [thing('a')])
  // Main hears nothing while it turns here: the death and the commit before it come to it together.
  await Promise.resolve()
  const deadlineMs = Date.now() + 10_000
  while (readProgress(log.progress, 0, 'committed') < 1) expect(Date.now()).toBeLessThan(deadlineMs)
  const slab = openSlab(layout.memory, layout.map, 7)
  resetSlab(slab, 99)
  await new Promise<void>((resolve) => log.commit(7, resolve))
  expect(readHeader(slab, 'commitStatus')).toBe(commitStatus.LOG_UNAVAILABLE)
  expect(await sent).toEqual([[{ status: 'accepted', offset: 0 }]])
})

test('slabs of both streams, few and many at a time, are each answered once', async () => {
  const { log, send } = await open()
  let sentCount = 0
  for (let round = 0; round < 100; round++) {
    const lists = Array.from({ length: 1 + (round % 8) }, (_, slab) => [thing(`${round}-${slab}`)])
    const told = await send(round % 2, ...lists)
    expect(told.flat().map(({ status }) => status)).toEqual(lists.map(() => 'accepted'))
    sentCount += lists.length
  }
  const stats = await log.stats()
  expect(stats.reduce((sum, { committedOffset }) => sum + committedOffset, 0)).toBe(sentCount)
})

test('a spare file is made ahead while nothing comes', async () => {
  const segmentBytes = 65_536
  const { send } = await open('wasm', segmentBytes)
  const filler = 'x'.repeat(1000)
  await send(
    1,
    Array.from({ length: 55 }, (_, index) => thing(`${index}-${filler}`)),
  )
  const directory = streamDirectory(dataDir, 'events')
  await until('a spare file', () => readdirSync(directory).some((name) => isSpare(name)))
})
