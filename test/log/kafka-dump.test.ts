// Kafka's own dump tool over segments that this log wrote: it must find every batch valid and print every record as it was
// sent. Its jars come from Maven, once, into the local repository Maven keeps. Without Java, Maven or the jars there is a
// notice, and nothing is shown.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { log as logCommand } from '../../src/cli/log.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { compileStreams } from '../../src/config/streams.ts'
import { openInstance } from '../../src/kernel/instance.ts'
import { appendChunk, layOut, openSlab, resetSlab, sealSlab } from '../../src/kernel/memory.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { segmentBytesMin } from '../../src/limits.ts'
import { openLog } from '../../src/log/log.ts'
import { readSecret } from '../../src/log/secret.ts'
import { streamDirectory } from '../../src/log/segment.ts'
import { toldOf } from './stage.ts'

const kafkaVersion = '4.1.1'
const sealedAtMs = 1_726_000_000_123
const timeout = 400_000
let dataDir = ''
/** Undefined: the tool cannot be had, and `missing` says why. */
let classPath: string | undefined
let missing = ''

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sluice-dump-'))
  classPath = kafkaClassPath()
  if (classPath === undefined) console.warn(`skipped: Kafka's dump tool cannot be had, ${missing}`)
}, timeout)
afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true })
})

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId><artifactId>dump</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
  </dependencies>
</project>`

/** What Maven has already is taken without asking anybody. */
function kafkaClassPath(): string | undefined {
  if (spawnSync('java', ['-version']).status !== 0) {
    missing = 'there is no java'
    return undefined
  }
  const folder = join(dataDir, 'kafka')
  const file = join(folder, 'classpath')
  mkdirSync(folder)
  writeFileSync(join(folder, 'pom.xml'), pom)
  const goal = ['-q', '-B', 'dependency:build-classpath', `-Dmdep.outputFile=${file}`]
  for (const offline of [['-o'], []]) {
    const { status, stdout, error } = spawnSync('mvn', [...offline, ...goal], { cwd: folder, timeout: timeout / 2 })
    if (status === 0) return readFileSync(file, 'utf8').trim()
    missing = error === undefined ? `Maven says: ${stdout.toString().slice(0, 300)}` : error.message
  }
  return undefined
}

type Dumped = { readonly offset: number; readonly key: string | undefined; readonly value: string }

type Dump = {
  readonly exitCode: number | null
  readonly batches: readonly { first: number; last: number; count: number; position: number; isValid: boolean }[]
  readonly records: readonly Dumped[]
  /** What the tool had to say beside them. */
  readonly complaints: readonly string[]
}

const batchLine =
  /^baseOffset: (\d+) lastOffset: (\d+) count: (\d+) .* position: (\d+) CreateTime: (\d+) .* magic: 2 compresscodec: none crc: \d+ isvalid: (true|false)$/
const recordLine =
  /^\| offset: (\d+) CreateTime: (\d+) keySize: (-?\d+) valueSize: (\d+) sequence: -1 headerKeys: \[\] (?:key: (.*) )?payload: (.*)$/
const expectedLine = /^$|^SLF4J: |^Dumping |^Log starting offset: /

function dump(path: string, ...options: string[]): Dump {
  const tool = ['-cp', classPath!, 'kafka.tools.DumpLogSegments']
  const { status, stdout, stderr } = spawnSync(
    'java',
    ['-Xmx256m', ...tool, '--files', path, '--print-data-log', '--deep-iteration', ...options],
    { encoding: 'utf8', maxBuffer: 2 ** 26, timeout: 120_000 },
  )
  const lines = `${stdout}\n${stderr}`.split('\n')
  const batches = lines.map((line) => batchLine.exec(line)).filter((match) => match !== null)
  const records = lines.map((line) => recordLine.exec(line)).filter((match) => match !== null)
  for (const [, , , , , createTime] of batches) expect(Number(createTime)).toBe(sealedAtMs)
  return {
    exitCode: status,
    batches: batches.map(([, first, last, count, position, , isValid]) => {
      const numbers = [first, last, count, position].map(Number) as [number, number, number, number]
      return {
        first: numbers[0],
        last: numbers[1],
        count: numbers[2],
        position: numbers[3],
        isValid: isValid === 'true',
      }
    }),
    records: records.map(([, offset, , keyBytes, valueBytes, key, value = '']) => {
      expect(Buffer.byteLength(value)).toBe(Number(valueBytes))
      expect(key === undefined ? -1 : Buffer.byteLength(key)).toBe(Number(keyBytes))
      return { offset: Number(offset), key, value }
    }),
    complaints: lines.filter((line) => ![batchLine, recordLine, expectedLine].some((known) => known.test(line))),
  }
}

type Written = { readonly segments: readonly string[]; readonly records: readonly Dumped[] }

/** Has the kernel and the log write lines, a list a slab, and tells what was accepted. Keyed by `/id`, if at all. */
async function write(name: string, key: string | undefined, lists: readonly (readonly string[])[]): Promise<Written> {
  const stream = { path: '/t', schema: { type: 'object' }, value: 'json' as const, ...(key !== undefined && { key }) }
  const config = { ...defaultConfig(), dataDir: join(dataDir, name), streams: { things: stream } }
  config.log = { ...config.log, segmentBytes: segmentBytesMin }
  mkdirSync(config.dataDir)
  const layout = layOut({
    slabCount: 1,
    scratchCount: 1,
    secret: await readSecret(config.dataDir),
    compiled: compileStreams(config),
  })
  const module = await loadKernel('shared')
  const log = await openLog({ config, module, ...layout, onState: () => undefined })
  const kernel = openInstance({ module, ...layout, scratchIndex: 0 })
  const slab = openSlab(layout.memory, layout.map, 0)
  const records: Dumped[] = []
  for (const lines of lists) {
    resetSlab(slab, 0)
    expect(appendChunk(slab, 'lines', Buffer.from(lines.join('\n')))).toBe(0)
    sealSlab(slab, sealedAtMs)
    expect(kernel.runSlab(slab.address, layout.plans[0]!)).toBe(0)
    await new Promise<void>((resolve) => log.commit(0, () => resolve()))
    for (const [index, { status, offset }] of toldOf(slab).entries()) {
      const value = lines[index]!
      if (status === 'accepted')
        records.push({ offset, key: key && String((JSON.parse(value) as { id: string }).id), value })
    }
  }
  await log.close()
  const directory = streamDirectory(config.dataDir, 'things')
  const segments = readdirSync(directory).filter((file) => file.endsWith('.log'))
  return { segments: segments.sort().map((file) => join(directory, file)), records }
}

/** Where the records of a segment end, as `sluice log verify` prints it. */
async function usedBytes(name: string, segment: string): Promise<number> {
  const printed: string[] = []
  const original = process.stdout.write
  process.stdout.write = (text) => printed.push(String(text)) > 0
  try {
    expect(await logCommand.run(['verify', '--data', join(dataDir, name)])).toBe(0)
  } finally {
    process.stdout.write = original
  }
  const line = printed
    .join('')
    .split('\n')
    .find((line) => line.includes(segment))
  return Number(/sound, (\d+) bytes$/.exec(line ?? '')?.[1])
}

const thing = (id: string, more: object = {}) => JSON.stringify({ id, ...more })

describe("Kafka's dump tool", () => {
  test('prints a closed segment as it was written, and complains of nothing', { timeout }, async (context) => {
    if (classPath === undefined) return context.skip(missing)
    const text = 'é'.repeat(40_000)
    const lists = Array.from({ length: 30 }, (_, slab) => [0, 1, 2].map((line) => thing(`${slab}-${line}`, { text })))
    const { segments, records } = await write('closed', '/id', lists)
    expect(segments.length).toBeGreaterThan(1)
    const { exitCode, batches, records: dumped, complaints } = dump(segments[0]!)
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: [] })
    expect(batches.every(({ isValid, count }) => isValid && count === 3)).toBe(true)
    expect(batches.length * 3).toBe(dumped.length)
    const rest = segments.slice(1).flatMap((path) => dump(path).records)
    expect([...dumped, ...rest]).toEqual(records)
    expect(records).toHaveLength(90)
  })

  test('prints the open segment as far as it is in use; zeros are no batch to it', { timeout }, async (context) => {
    if (classPath === undefined) return context.skip(missing)
    const { segments, records } = await write('open', undefined, [[thing('a'), thing('b')], [thing('a', { n: 1.5 })]])
    const bytes = await usedBytes('open', segments[0]!)
    const { exitCode, batches, records: dumped, complaints } = dump(segments[0]!, '--max-bytes', String(bytes))
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: [] })
    expect(batches).toMatchObject([
      { first: 0, last: 1, count: 2, position: 0, isValid: true },
      { first: 2, last: 2, count: 1, isValid: true },
    ])
    expect(dumped).toEqual(records)
    expect(dumped.map(({ key }) => key)).toEqual([undefined, undefined, undefined])
    const whole = dump(segments[0]!)
    expect(whole.records).toEqual(records)
    expect(whole.complaints.join('\n')).toContain('Found record size 0')
  })

  test('takes a removed duplicate for what it is, a gap', { timeout }, async (context) => {
    if (classPath === undefined) return context.skip(missing)
    const { segments, records } = await write('gap', '/id', [
      [thing('a'), thing('a'), thing('b')],
      [thing('a'), thing('c')],
    ])
    const bytes = await usedBytes('gap', segments[0]!)
    const { exitCode, batches, records: dumped, complaints } = dump(segments[0]!, '--max-bytes', String(bytes))
    expect(exitCode).toBe(0)
    expect(batches.every(({ isValid }) => isValid)).toBe(true)
    expect(dumped).toEqual(records)
    expect(dumped.map(({ offset, key }) => [offset, key])).toEqual([
      [0, 'a'],
      [2, 'b'],
      [4, 'c'],
    ])
    expect([...complaints].sort()).toEqual([
      '  0 is followed by 2',
      '  2 is followed by 4',
      `Non-consecutive offsets in ${segments[0]}`,
    ])
  })

  test('sees a flipped bit', { timeout }, async (context) => {
    if (classPath === undefined) return context.skip(missing)
    const { segments } = await write('flipped', '/id', [[thing('a')], [thing('b')]])
    const bytes = await usedBytes('flipped', segments[0]!)
    const all = readFileSync(segments[0]!)
    all[70]! ^= 1
    writeFileSync(segments[0]!, all)
    const { batches } = dump(segments[0]!, '--max-bytes', String(bytes))
    expect(batches.map(({ isValid }) => isValid)).toEqual([false, true])
  })
})
