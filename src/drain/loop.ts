// All streams in turn, a batch each, so that a busy one leaves the others their share of the thread.
// It refuses to spin: with nothing to do it waits for a commit, a token or the end of a backoff, whichever is first.
import { type Flow, type FlowDeps, stepFlow } from './flow.ts'

export type LoopDeps = FlowDeps & {
  readonly pollMs: number
  readonly isStopping: () => boolean
  /** Resolves after `ms` at the latest; sooner when an idle flow has something or the drain is to stop. 0 only yields. */
  readonly pause: (ms: number, flows: readonly Flow[]) => Promise<void>
}

/** Runs until it is told to stop, and then ends behind the batch at hand. @throws whatever is no weather: a bug. */
export async function runLoop(deps: LoopDeps, flows: readonly Flow[]): Promise<void> {
  while (!deps.isStopping()) {
    let waitMs = deps.pollMs
    for (const flow of flows) {
      waitMs = Math.min(waitMs, await stepFlow(deps, flow))
      if (deps.isStopping()) return
    }
    await deps.pause(waitMs, flows)
  }
}
