// Reads a file of records, NDJSON or one JSON array, plain or gzip, and cuts it into batches small enough to be sent again.
// It does not parse records: what is wrong inside one is for who checks it to say.
import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { SluiceError } from '../errors.ts'
import type { Piece } from '../ingress/pieces.ts'
import { makeArraySplitter } from '../ingress/split.ts'
import { recordBytesMax } from '../limits.ts'

/** A record of the file. `place` is its line, from 1, or its place in the array, from 1. */
export type FileRecord = { readonly place: number; readonly bytes: Buffer }

/** A place where no record could be read, and why. */
export type Unreadable = { readonly place: number; readonly code: string; readonly message: string }

export type FileBatch = {
  readonly records: readonly FileRecord[]
  readonly unreadable: readonly Unreadable[]
  /** Bytes of the file read when the batch was complete. */
  readonly fileBytes: number
}

export type RecordFile = {
  /** What a place is called. */
  readonly placeName: 'line' | 'element'
  /** 0 when nobody knows, as with standard input. */
  readonly totalBytes: number
  readonly batches: AsyncGenerator<FileBatch>
}

const batchRecordsMax = 20_000
const batchBytesMax = 4_194_304
const lf = 10

/**
 * Opens a file, or standard input for `-`. A name that ends in `.json` holds one array, `.gz` behind it gzip.
 * @throws SluiceError NOT_FOUND when there is no such file; the batches end with REQUEST_MALFORMED where it is no gzip or cannot
 * be read on.
 */
export function openRecords(file: string): RecordFile {
  const isGzip = file.endsWith('.gz')
  const isArray = basename(file, '.gz').endsWith('.json')
  const totalBytes = file === '-' ? 0 : sizeOf(file)
  const raw: Readable = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 262_144 })
  const counted = { bytes: 0 }
  raw.on('data', (chunk: Buffer) => {
    counted.bytes += chunk.length
  })
  raw.pause()
  const source = isGzip ? raw.pipe(createGunzip()) : raw
  raw.on('error', (error) => source.destroy(error))
  const batches = cutBatches(chunksOf(source, file), isArray ? arrayCutter() : lineCutter(), counted)
  return { placeName: isArray ? 'element' : 'line', totalBytes, batches }
}

function sizeOf(file: string): number {
  try {
    const found = statSync(file)
    if (!found.isDirectory()) return found.size
  } catch (error) {
    throw new SluiceError('NOT_FOUND', `there is no file ${file}`, {}, error)
  }
  throw new SluiceError('NOT_FOUND', `${file} is a directory, not a file`)
}

async function* chunksOf(source: Readable, file: string): AsyncGenerator<Buffer> {
  try {
    yield* source as AsyncIterable<Buffer>
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SluiceError('REQUEST_MALFORMED', `${file} cannot be read: ${reason}`, {}, error)
  }
}

/** Turns chunks into records; `chunk` undefined: the file has ended. */
type FileCutter = (chunk: Buffer | undefined, batch: OpenBatch) => void

type OpenBatch = { records: FileRecord[]; unreadable: Unreadable[]; bytes: number }

async function* cutBatches(
  source: AsyncIterable<Buffer>,
  cut: FileCutter,
  counted: { readonly bytes: number },
): AsyncGenerator<FileBatch> {
  let batch: OpenBatch = { records: [], unreadable: [], bytes: 0 }
  for await (const chunk of source) {
    cut(chunk, batch)
    while (batch.records.length > batchRecordsMax || batch.bytes > batchBytesMax) {
      const rest = splitOff(batch)
      yield { records: batch.records, unreadable: batch.unreadable, fileBytes: counted.bytes }
      batch = rest
    }
  }
  cut(undefined, batch)
  if (batch.records.length + batch.unreadable.length > 0) yield { ...batch, fileBytes: counted.bytes }
}

// Leaves a full batch in `batch` and returns what is over.
function splitOff(batch: OpenBatch): OpenBatch {
  let bytes = 0
  let count = 0
  while (count < batch.records.length && count < batchRecordsMax && (count === 0 || bytes < batchBytesMax)) {
    bytes += batch.records[count++]!.bytes.length + 1 // with its line break, as it was counted
  }
  return { records: batch.records.splice(count), unreadable: [], bytes: batch.bytes - bytes }
}

function lineCutter(): FileCutter {
  let tail: Buffer = Buffer.alloc(0)
  let line = 0
  return (chunk, batch) => {
    const bytes = tail.length === 0 ? (chunk ?? tail) : Buffer.concat([tail, chunk ?? Buffer.alloc(0)])
    let start = 0
    for (let end = bytes.indexOf(lf); end >= 0; end = bytes.indexOf(lf, start)) {
      pushLine(batch, ++line, bytes.subarray(start, end))
      start = end + 1
    }
    tail = bytes.subarray(start)
    if (chunk === undefined && tail.length > 0) pushLine(batch, ++line, tail)
    if (tail.length > fileLineBytesMax) throw new SluiceError('RECORD_TOO_LARGE', `line ${line + 1} does not end`)
  }
}

// Far beyond any record; a file without lines must not be read into memory whole.
const fileLineBytesMax = 64 * recordBytesMax

function pushLine(batch: OpenBatch, place: number, bytes: Buffer): void {
  if (isBlank(bytes)) return
  batch.records.push({ place, bytes })
  batch.bytes += bytes.length + 1
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)
}

function arrayCutter(): FileCutter {
  const splitter = makeArraySplitter(recordBytesMax)
  let place = 0
  const take = (pieces: readonly Piece[], batch: OpenBatch) => {
    for (const piece of pieces) {
      place++
      if (piece.kind === 'refused') batch.unreadable.push({ place, code: piece.code, message: piece.message })
      else pushLine(batch, place, onOneLine(piece.bytes))
    }
  }
  return (chunk, batch) => {
    const pieces: Piece[] = []
    if (chunk === undefined) splitter.end(pieces)
    // The splitter stops where it has made as many pieces as a server holds at a time.
    for (let at = 0; chunk !== undefined && at < chunk.length; ) {
      at = splitter.feed(chunk, pieces, at)
      take(pieces.splice(0), batch)
    }
    take(pieces, batch)
  }
}

// Between tokens a line break is white space like any other, and in a string it may not stand as it is.
function onOneLine(bytes: Uint8Array): Buffer {
  const line = Buffer.from(bytes)
  for (let at = line.indexOf(lf); at >= 0; at = line.indexOf(lf, at + 1)) line[at] = 0x20
  return line
}
