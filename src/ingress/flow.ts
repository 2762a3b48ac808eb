// Which slab goes where next: filling → sealed → with the kernel → ready → with the log → free, or round again.
// Pure bookkeeping over slab numbers; it touches no memory and calls nobody but the two functions it is given.
// What always holds: slabs reach the log in the order in which they were sealed; a slab that needs another round keeps its
// place; a slab is free or in exactly one stage.

/** A round that is over, or a promise of its end. */
export type Round = Promise<string | undefined> | string | undefined

/** What the flow drives. */
export type FlowSteps = {
  /** Runs one kernel round, at once or elsewhere. What it comes to is what went wrong, or undefined. */
  readonly runRound: (slab: number) => Round
  /** Hands the round to the log; `done` is called once it is durable or refused. */
  readonly commit: (slab: number, done: () => void) => void
  /** Whether the round just run left input for another one. */
  readonly needsRound: (slab: number) => boolean
  /** The round's outcomes can be read. Returns whether the slab goes round again. */
  readonly answer: (slab: number) => boolean
  /** The kernel failed on the slab: there are no outcomes. */
  readonly fail: (slab: number, failure: string) => void
  /** The slab is free again. */
  readonly release: (slab: number) => void
  /** A slab went on, and now a kernel thread is idle and nothing sealed waits for it. */
  readonly onIdle: () => void
}

type Stage = 'sealed' | 'kernel' | 'ready' | 'failed' | 'log'

export type Flow = {
  /** Takes a filled slab. */
  seal(slab: number): void
  /** Whether a kernel thread has nothing to do. */
  hasIdleThread(): boolean
  /** Slabs sealed and not yet free. */
  underWay(): number
}

/**
 * @param threads kernel threads.
 * @param slots kernel rounds that may be under way at once; one more than threads keeps a thread from waiting for its next.
 */
export function makeFlow(threads: number, slots: number, steps: FlowSteps): Flow {
  const stages = new Map<number, Stage>() // in the order of sealing
  let running = 0

  function startRounds(): void {
    for (const [slab, stage] of stages) {
      if (running >= slots) return
      if (stage === 'sealed') startRound(slab)
    }
    if (running < threads) steps.onIdle()
  }

  function startRound(slab: number): void {
    stages.set(slab, 'kernel')
    const round = steps.runRound(slab)
    if (!(round instanceof Promise)) {
      finish(slab, round)
      return
    }
    running++
    round.then((failure) => {
      running--
      finish(slab, failure)
      startRounds()
    })
  }

  function finish(slab: number, failure: string | undefined): void {
    stages.set(slab, failure === undefined ? 'ready' : 'failed')
    if (failure !== undefined) steps.fail(slab, failure)
    handOver()
  }

  // The head of the line decides: whatever is behind a slab that is not through waits.
  function handOver(): void {
    for (const [slab, stage] of stages) {
      if (stage === 'failed') free(slab)
      else if (stage === 'ready') toLog(slab)
      else if (stage !== 'log') return
      if (stages.has(slab) && steps.needsRound(slab)) return
    }
  }

  function toLog(slab: number): void {
    stages.set(slab, 'log')
    steps.commit(slab, () => {
      if (steps.answer(slab)) stages.set(slab, 'sealed')
      else free(slab)
      startRounds()
      handOver()
    })
  }

  function free(slab: number): void {
    stages.delete(slab)
    steps.release(slab)
  }

  return {
    seal(slab) {
      stages.set(slab, 'sealed')
      startRounds()
    },
    hasIdleThread: () => running < threads,
    underWay: () => stages.size,
  }
}
