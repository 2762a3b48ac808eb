// `sluice log`: looks at the log of a data directory without changing it, also while a server is using it.
// `verify` checks every batch, `stat` counts, `dump` prints records. It walks with the decoder that recovery uses.
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SluiceError } from '../errors.ts'
import { toJson } from '../kernel/messagepack.ts'
import { nodeDisk } from '../log/disk.ts'
import { batchHeaderBytes, makeRecordPlace, type RecordPlace, readRecord } from '../log/format.ts'
import { streamDirectory } from '../log/segment.ts'
import { type Command, exitCode, print, readArguments, UsageError, wholeNumber } from './command.ts'
import { type Ending, type SegmentWalk, walkStream } from './log-walk.ts'
import { grouped } from './progress.ts'

const options = {
  data: { type: 'string' },
  stream: { type: 'string' },
  from: { type: 'string' },
  limit: { type: 'string' },
  value: { type: 'string', default: 'msgpack' },
} as const

type Settings = {
  readonly dataDir: string
  readonly streams: readonly string[]
  readonly from: number
  readonly limit: number
  /** The stream stores records as their own bytes. */
  readonly isJson: boolean
}

export const log: Command = {
  help: `verify  reads every batch and its checksum, tells the bytes in use; exit code 1 when something is damaged
stat    segments, offsets, batches, records and bytes of each stream
dump    the records as JSON lines, from --from on, --limit of them (all by default); of a stream that stores JSON
        as it came, --value json keeps records that are a single digit from being taken for MessagePack

DIR is data, or SLUICE_DATA. Nothing is changed. Under a running server the end of the log moves while it is read.`,
  async run(args) {
    const { values, positionals } = readArguments(args, options, { min: 1, max: 1 })
    const [action = ''] = positionals
    const run = Object.hasOwn(actions, action) ? actions[action] : undefined
    if (run === undefined) throw new UsageError(`log takes verify, dump or stat, not ${JSON.stringify(action)}`)
    const dataDir = resolve(values.data ?? (process.env.SLUICE_DATA || 'data'))
    const from = wholeNumber('from', values.from, 0, 0, Number.MAX_SAFE_INTEGER)
    const limit = wholeNumber('limit', values.limit, Number.MAX_SAFE_INTEGER, 1, Number.MAX_SAFE_INTEGER)
    if (values.value !== 'msgpack' && values.value !== 'json') throw new UsageError('--value is msgpack or json')
    const isJson = values.value === 'json'
    return run({ dataDir, streams: streamsIn(dataDir, values.stream), from, limit, isJson })
  },
}

const actions: Readonly<Record<string, (settings: Settings) => number>> = { verify, stat, dump }

function streamsIn(dataDir: string, wanted: string | undefined): readonly string[] {
  const directory = join(dataDir, 'log')
  if (!existsSync(directory)) throw new SluiceError('NOT_FOUND', `there is no log in ${dataDir}`)
  const streams = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  if (wanted === undefined) return streams.sort()
  if (!streams.includes(wanted)) throw new SluiceError('NOT_FOUND', `there is no stream ${wanted} in ${directory}`)
  return [wanted]
}

function verify({ dataDir, streams }: Settings): number {
  let sound = true
  for (const stream of streams) {
    for (const walk of walkStream(nodeDisk, streamDirectory(dataDir, stream))) {
      while (walk.next() !== undefined);
      const fault = faultOf(walk.ending(), walk)
      if (fault !== undefined) sound = false
      print(`${stream}  ${walk.path}  ${fault ?? `sound, ${walk.reached().position} bytes`}`)
    }
  }
  return sound ? exitCode.OK : exitCode.FAILED
}

function faultOf(ending: Ending, walk: SegmentWalk): string | undefined {
  if (ending === 'clean') return undefined
  const { position, nextOffset } = walk.reached()
  if (ending === 'torn') return `not readable from byte ${position} (offset ${nextOffset}) on: a torn write, or damage`
  return `ends at byte ${position} with offset ${nextOffset}, and the next segment starts later: damaged`
}

function stat({ dataDir, streams }: Settings): number {
  for (const stream of streams) {
    const total = { segments: 0, batches: 0, records: 0, bytes: 0, first: -1, next: 0 }
    for (const walk of walkStream(nodeDisk, streamDirectory(dataDir, stream))) {
      total.segments++
      if (total.first < 0) total.first = walk.baseOffset
      for (let batch = walk.next(); batch !== undefined; batch = walk.next()) {
        total.batches++
        total.records += batch.header.recordCount
      }
      total.bytes += walk.reached().position
      total.next = walk.reached().nextOffset
    }
    print(`${stream}`)
    print(`  segments   ${grouped(total.segments)}`)
    print(`  offsets    ${grouped(Math.max(0, total.first))} to ${grouped(total.next)} (exclusive)`)
    print(`  batches    ${grouped(total.batches)}`)
    print(`  records    ${grouped(total.records)}`)
    print(`  bytes      ${grouped(total.bytes)}`)
  }
  return exitCode.OK
}

function dump({ dataDir, streams, from, limit, isJson }: Settings): number {
  const [stream] = streams
  if (streams.length !== 1 || stream === undefined) throw new UsageError(`--stream is one of ${streams.join(', ')}`)
  let left = limit
  for (const walk of walkStream(nodeDisk, streamDirectory(dataDir, stream))) {
    for (let batch = walk.next(); batch !== undefined && left > 0; batch = walk.next()) {
      if (batch.header.endOffset > from) left -= dumpBatch(batch, from, left, isJson)
    }
    if (left === 0) return exitCode.OK
    if (walk.ending() !== 'clean') throw new SluiceError('LOG_DAMAGED', `${walk.path} ${faultOf(walk.ending(), walk)}`)
  }
  return exitCode.OK
}

type Batch = NonNullable<ReturnType<SegmentWalk['next']>>

/** Prints records of a batch from an offset on; returns how many. */
function dumpBatch({ header, source, start }: Batch, from: number, limit: number, isJson: boolean): number {
  const end = start + header.bytes
  const place = makeRecordPlace()
  let count = 0
  for (let at = start + batchHeaderBytes; at < end && at >= 0 && count < limit; ) {
    at = readRecord(source, at, end, place)
    const offset = header.baseOffset + place.offsetDelta
    if (at < 0 || offset < from) continue
    print(lineOf(offset, header.timestampMs, source, place, isJson))
    count++
  }
  return count
}

function lineOf(offset: number, timestampMs: number, source: Uint8Array, place: RecordPlace, isJson: boolean): string {
  const { keyStart, keyBytes, valueStart, valueBytes } = place
  const key = keyBytes < 0 ? null : Buffer.from(source.subarray(keyStart, keyStart + keyBytes)).toString()
  const value = valueText(source.subarray(valueStart, valueStart + valueBytes), isJson)
  const receivedAt = new Date(timestampMs).toISOString()
  return `{"offset":${offset},"receivedAt":"${receivedAt}","key":${JSON.stringify(key)},"value":${value}}`
}

// The log does not say which of the two forms a stream stores, but the first byte does: JSON text starts below 0x80, and
// MessagePack does so only for a small integer, which is that one byte and nothing else.
function valueText(value: Uint8Array, isJson: boolean): string {
  const isText = isJson || (value.length > 1 && value[0]! < 0x80)
  return isText ? Buffer.from(value).toString() : toJson(value)
}
