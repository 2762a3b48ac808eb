// Where the drain's records come from: the log's reader, with every value as the sinks take it.
// What always holds: a batch is bounded by count and bytes, and its buffers are valid until the next read.
import { openReader } from '../log/reader.ts'
import { streamDirectory } from '../log/segment.ts'
import type { SinkRecord } from '../sink/sink.ts'
import { packJson } from './json-value.ts'

export type SourceBatch = {
  readonly records: readonly SinkRecord[]
  /** Everything below was read. Offsets may be missing: duplicates leave gaps, even at the end. */
  readonly nextOffset: number
}

export type Source = {
  /** What follows the batch before; no records when there are none committed. @throws SluiceError LOG_DAMAGED */
  read(countMax: number, bytesMax: number): SourceBatch
  close(): void
}

export type SourceOptions = {
  readonly dataDir: string
  readonly stream: string
  readonly streamIndex: number
  readonly progress: SharedArrayBuffer
  readonly from: number
  /** What the stream stores in the log. */
  readonly value: 'msgpack' | 'json'
}

/** @throws SluiceError LOG_DAMAGED when the log does not have the offset to start from. */
export function openSource({ dataDir, stream, streamIndex, progress, from, value }: SourceOptions): Source {
  const reader = openReader({ directory: streamDirectory(dataDir, stream), streamIndex, progress, from })
  const asValue = value === 'json' ? (bytes: Uint8Array) => packJson(asBuffer(bytes)) : asBuffer
  return {
    read(countMax, bytesMax) {
      const records = reader.read(countMax, bytesMax).map((record) => ({
        offset: record.offset,
        key: record.key === null ? null : asBuffer(record.key),
        value: asValue(record.value),
        receivedAtMs: record.receivedAtMs,
      }))
      return { records, nextOffset: reader.nextOffset() }
    },
    close: () => reader.close(),
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
