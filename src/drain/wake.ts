// How the drain's thread waits: for a commit, a timer, or the call to stop, without turning and without holding the thread.
// What always holds: a commit between the look at the committed offset and the wait ends the wait at once, since the wait
// is for that number to change; each stream has one such wait at most.
import { progressChange } from '../log/progress.ts'
import type { Flow } from './flow.ts'

export type Waker = {
  pause(ms: number, flows: readonly Flow[]): Promise<void>
  /** Ends the pause at hand, if there is one. */
  wake(): void
}

export function makeWaker(progress: SharedArrayBuffer, pollMs: number): Waker {
  const watched = new Set<Flow>()
  let resume: (() => void) | undefined

  function wake(): void {
    resume?.()
  }

  function watch(flow: Flow): void {
    if (!flow.isIdle || watched.has(flow)) return
    watched.add(flow)
    const change = progressChange(progress, flow.stream.streamIndex, 'committed', flow.nextOffset, pollMs)
    void change.then(() => {
      watched.delete(flow)
      wake()
    })
  }

  function pause(ms: number, flows: readonly Flow[]): Promise<void> {
    // A turn of the event loop, so that messages get in between two batches.
    if (ms <= 0) return new Promise((resolve) => void setImmediate(resolve))
    return new Promise((resolve) => {
      const timer = setTimeout(finish, ms)
      function finish(): void {
        clearTimeout(timer)
        resume = undefined
        resolve()
      }
      resume = finish
      for (const flow of flows) watch(flow)
    })
  }

  return { pause, wake }
}
