// The one place that knows which kinds of sink there are. Everything else sees the types of sink.ts.
import { resolve } from 'node:path'
import type { SinkConfig } from '../config/config.ts'
import type { Sink, SinkReader, SinkStream } from './sink.ts'
import { openSqlite } from './sqlite.ts'
import { openSqliteReader } from './sqlite-reader.ts'

/** What a thread needs to open a sink. Plain data. */
export type SinkSetup = {
  readonly dataDir: string
  readonly config: SinkConfig
  readonly streams: readonly SinkStream[]
}

/** @throws SluiceError CONFIG_INVALID, SINK_MISMATCH or SINK_UNAVAILABLE. */
export async function openSink({ dataDir, config, streams }: SinkSetup): Promise<Sink> {
  return openSqlite({ file: resolve(dataDir, config.file), streams })
}

/** Opens the reading side; it needs a sink that was opened before. */
export async function openSinkReader({ dataDir, config, streams }: SinkSetup): Promise<SinkReader> {
  return openSqliteReader(resolve(dataDir, config.file), streams)
}
