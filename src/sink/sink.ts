// A sink is where the drain puts records: data and a few functions. SQLite is one; others stand behind the same type.
// What always holds: rows and checkpoint are one transaction, so a record is in the sink once, whatever crashes.

/** A record as it leaves the log. */
export type SinkRecord = {
  readonly offset: number
  /** UTF-8; null in a stream without a key. */
  readonly key: string | null
  /** The decoded value; integers beyond ±2^53 are bigint. */
  readonly value: unknown
  /** Unix time in ms of the record's batch. */
  readonly receivedAtMs: number
}

/** A record the sink will never take, and why. It goes to the dead letters. */
export type Refusal = { readonly offset: number; readonly reason: string }

export type WriteResult = {
  /** Rows written. */
  readonly stored: number
  /** Records that were in the sink before, equal: the dedupe window had passed them. */
  readonly repeated: number
  readonly refused: readonly Refusal[]
}

export type Sink = {
  /** Offset the drain goes on from: everything below is in the sink. 0 at first. */
  checkpoint(stream: string): Promise<number>
  /**
   * Writes the records and the checkpoint `nextOffset` in one transaction; resolves once that is durable.
   * `refuse` is awaited inside the transaction, before the commit, with what the sink refuses, so that the dead
   * letters are on disk before the checkpoint passes them.
   * @throws SluiceError SINK_UNAVAILABLE when it may work later; nothing was written then.
   */
  write(
    stream: string,
    records: readonly SinkRecord[],
    nextOffset: number,
    refuse: (refused: readonly Refusal[]) => Promise<void>,
  ): Promise<WriteResult>
  /** The value stored under a key, or undefined. */
  read(stream: string, key: string): Promise<unknown>
  close(): Promise<void>
}
