// Dead letters: what the sink will never take, one JSON object a line, in `<dataDir>/dead-letters/<stream>.ndjson`:
//   {"offset":17,"key":"o-1","reason":"KEY_CONFLICT","receivedAt":1764000000000,"record":{…}}
// Lines are on disk before the sink's checkpoint passes their records. The file is opened for each batch that has any, so
// it may be moved away at any time. What always holds: a record that comes again, in a repeated batch or after a crash,
// adds no second line.
import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { SluiceError } from '../errors.ts'
import { toJson } from '../kernel/messagepack.ts'
import type { Refusal } from '../sink/sink.ts'
import { endOfLines, lettersFrom } from './dead-letter-tail.ts'

export type DeadLetters = {
  /** Appends and syncs. @throws SluiceError SINK_UNAVAILABLE when the file cannot be written now. */
  append(refused: readonly Refusal[]): void
  /** The checkpoint is durable: records below it never come again. */
  passed(nextOffset: number): void
}

export type DeadLetterOptions = {
  readonly dataDir: string
  readonly stream: string
  /** The sink's checkpoint: records from here on may have lines already. */
  readonly checkpoint: number
}

type State = {
  readonly directory: string
  readonly path: string
  /** Records at or past the checkpoint that have a line, as JSON text. */
  readonly written: Map<number, string>
}

/** Reads what the file says of records that may come again. @throws SluiceError SINK_UNAVAILABLE */
export function openDeadLetters({ dataDir, stream, checkpoint }: DeadLetterOptions): DeadLetters {
  const directory = join(dataDir, 'dead-letters')
  const path = join(directory, `${stream}.ndjson`)
  const written = weather(path, () => readWritten(path, checkpoint))
  const state: State = { directory, path, written }
  return {
    append: (refused) => weather(path, () => append(state, refused)),
    passed(nextOffset) {
      for (const offset of written.keys()) if (offset < nextOffset) written.delete(offset)
    },
  }
}

/** What the disk does wrong is weather: the drain tries again. */
function weather<T>(path: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new SluiceError('SINK_UNAVAILABLE', `${path}: ${error.message}`, {}, error)
  }
}

function readWritten(path: string, checkpoint: number): Map<number, string> {
  return existsSync(path) ? withFile(path, (file) => lettersFrom(file, checkpoint)) : new Map()
}

function withFile<T>(path: string, step: (file: number) => T): T {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644)
  try {
    return step(file)
  } finally {
    closeSync(file)
  }
}

function append(state: State, refused: readonly Refusal[]): void {
  const letters = refused.map(({ record, reason }) => ({ record, reason, json: toJson(record.value) }))
  const missing = letters.filter(({ record, json }) => state.written.get(record.offset) !== json)
  const text = missing.map(({ record, reason, json }) => `${headOf({ record, reason })},"record":${json}}\n`).join('')
  if (!existsSync(state.path)) makeFile(state)
  withFile(state.path, (file) => writeDurably(file, Buffer.from(text)))
  for (const { record, json } of missing) state.written.set(record.offset, json)
}

function headOf({ record, reason }: Refusal): string {
  const key = record.key === null ? null : record.key.toString('utf8')
  return JSON.stringify({ offset: record.offset, key, reason, receivedAt: record.receivedAtMs }).slice(0, -1)
}

/** A name is durable once its directory is synced: the file's, and the directory's own. */
function makeFile({ directory, path }: State): void {
  mkdirSync(directory, { recursive: true })
  withFile(path, fsyncSync)
  syncDirectory(directory)
  syncDirectory(dirname(directory))
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/**
 * Syncs even when there is nothing to add: lines found at the start may not have been synced. After a failed sync the
 * kernel takes lost pages for clean, so the lines are cut and written anew by the next attempt.
 */
function writeDurably(file: number, bytes: Buffer): void {
  const start = endOfLines(file)
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, start + done)
    fdatasyncSync(file)
  } catch (error) {
    ftruncateSync(file, start)
    throw error
  }
}
