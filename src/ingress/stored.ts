// Requests that wait until the sink has their records. The drain's messages wake them; nothing polls.
// It goes by these messages alone, not by the shared progress, which is ahead of them: a dead letter is known before the
// record counts as stored. What always holds: a wait ends by its deadline, and what is remembered is bounded.
/** What the drain tells of a batch that is in the sink, durably. */
export type StoredBatch = {
  readonly streamIndex: number
  /** Everything below was stored or refused. */
  readonly nextOffset: number
  readonly refused: readonly DeadLetter[]
}

export type DeadLetter = { readonly offset: number; readonly reason: string }

export type Stored = {
  /** `queued`: durable, and not in the sink by the deadline. */
  readonly state: 'stored' | 'queued'
  /** Those of the sink's refusals that are the asker's; `deadLettersMax` at most. */
  readonly deadLetters: readonly DeadLetter[]
  readonly deadLetterCount: number
}

export type StoredWatch = {
  /** Hears of every batch in the sink, in order. */
  onBatch(batch: StoredBatch): void
  /** By stream: everything below is in the sink, as far as was heard. */
  offsets(): readonly number[]
  /** Resolves once everything up to and including `lastOffset` is in the sink, or after `waitMs`. */
  whenStored(
    streamIndex: number,
    lastOffset: number,
    owns: (offset: number) => boolean,
    waitMs: number,
  ): Promise<Stored>
}

const deadLettersMax = 100
// A record may be drained before its commit was told to those who wait: so long must a refusal be remembered.
const recentMax = 4096

type Waiter = {
  readonly streamIndex: number
  readonly lastOffset: number
  note(letter: DeadLetter): void
  finish(state: Stored['state']): void
}

/** @param drainedAtStart the drained offset of each stream when the drain was opened. */
export function makeStoredWatch(drainedAtStart: readonly number[]): StoredWatch {
  const waiters = new Set<Waiter>()
  const streams = drainedAtStart.map((nextOffset) => ({ nextOffset, recent: [] as DeadLetter[] }))

  function onBatch(batch: StoredBatch): void {
    const stream = streams[batch.streamIndex]!
    stream.nextOffset = batch.nextOffset
    stream.recent.push(...batch.refused)
    stream.recent.splice(0, stream.recent.length - recentMax)
    for (const waiter of waiters) {
      if (waiter.streamIndex !== batch.streamIndex) continue
      for (const letter of batch.refused) waiter.note(letter)
      if (batch.nextOffset > waiter.lastOffset) waiter.finish('stored')
    }
  }

  function whenStored(
    streamIndex: number,
    lastOffset: number,
    owns: (offset: number) => boolean,
    waitMs: number,
  ): Promise<Stored> {
    return new Promise((resolve) => {
      const { nextOffset, recent } = streams[streamIndex]!
      const deadLetters: DeadLetter[] = []
      let deadLetterCount = 0
      const timer = setTimeout(() => waiter.finish('queued'), waitMs)
      const waiter: Waiter = {
        streamIndex,
        lastOffset,
        note(letter) {
          if (!owns(letter.offset)) return
          if (deadLetterCount++ < deadLettersMax) deadLetters.push(letter)
        },
        finish(state) {
          clearTimeout(timer)
          waiters.delete(waiter)
          resolve({ state, deadLetters, deadLetterCount })
        },
      }
      waiters.add(waiter)
      for (const letter of recent) waiter.note(letter)
      if (nextOffset > lastOffset) waiter.finish('stored')
    })
  }

  return { onBatch, offsets: () => streams.map(({ nextOffset }) => nextOffset), whenStored }
}
