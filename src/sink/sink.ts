// A sink is where the drain puts records: data and a few functions. SQLite is one; others stand behind the same types.
// What always holds: rows and checkpoint are one transaction, so a record is in the sink once, whatever crashes.
// Values stay encoded up to the sink: one that stores columns reads what it needs, one that stores bytes copies them.
import type { TablePlan } from '../schema/table.ts'

/** A record as it leaves the log. The buffers are valid until the call they are handed to has resolved. */
export type SinkRecord = {
  readonly offset: number
  /** UTF-8; null in a stream without a key. */
  readonly key: Buffer | null
  /** The value as canonical MessagePack, whatever the stream stores in the log. */
  readonly value: Buffer
  /** Unix time in ms of the record's batch. */
  readonly receivedAtMs: number
}

/** A record the sink will never take. It goes to the dead letters. */
export type Refusal = {
  readonly record: SinkRecord
  /** A stable word, such as `KEY_CONFLICT`, and after a colon what the sink said. */
  readonly reason: string
}

export type WriteResult = {
  /** Rows written. */
  readonly stored: number
  /** Records that were in the sink before, equal: the dedupe window had passed them. */
  readonly repeated: number
  readonly refused: readonly Refusal[]
}

/** A stream as a sink knows it. Plain data: it is posted to threads. */
export type SinkStream = {
  readonly streamIndex: number
  readonly name: string
  readonly table: TablePlan
}

export type Sink = {
  /** Offset the drain goes on from: everything below is in the sink. 0 at first. */
  checkpoint(streamIndex: number): Promise<number>
  /**
   * Writes the records and moves the checkpoint from `fromOffset` to `nextOffset` in one transaction; resolves once that
   * is durable. `refuse` is awaited inside the transaction, before the commit, with what the sink refuses, so that the
   * dead letters are on disk before the checkpoint passes them; what it throws undoes the transaction.
   * @throws SluiceError SINK_UNAVAILABLE when it may work later; nothing was written then.
   */
  write(
    streamIndex: number,
    records: readonly SinkRecord[],
    fromOffset: number,
    nextOffset: number,
    refuse: (refused: readonly Refusal[]) => Promise<void>,
  ): Promise<WriteResult>
  close(): Promise<void>
}

/** The reading side of a sink, on a connection of its own. */
export type SinkReader = {
  /**
   * The JSON text of the record stored under a key, or undefined.
   * @throws SluiceError SINK_UNAVAILABLE when it may work later.
   */
  read(streamIndex: number, key: string): Promise<string | undefined>
  close(): Promise<void>
}
