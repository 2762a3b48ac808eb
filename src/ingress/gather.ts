// Decides how long requests of one stream are let gather before they go to the log together. A commit costs the same for one
// record as for many, and clients that wait for their answers come back in a crowd as soon as they have them: those that
// were just answered are waited for, for a moment. Without it they fall into two crowds that take turns at the log.
// What always holds: nothing waits longer than `gatherMs` after the commit before it; where few were answered nothing waits.
import { gatherCountMin, gatherMs } from '../limits.ts'

export type Gather = {
  /** A commit answered `count` requests of the stream, while `openCount` others were already waiting for the next. */
  answered(streamIndex: number, count: number, openCount: number): void
  /** Whether `openCount` requests are as many as there will be soon. */
  isEnough(streamIndex: number, openCount: number): boolean
  /** What was waiting goes. */
  gone(streamIndex: number): void
}

// Not all come back, or not at once; who waits for the last one waits in vain.
const expectedShare = 0.9

/** @param onTime called when nobody is to be waited for any longer. */
export function makeGather(onTime: () => void): Gather {
  const wanted: number[] = []
  let timer: NodeJS.Timeout | undefined

  function expire(): void {
    timer = undefined
    wanted.fill(0)
    onTime()
  }

  return {
    answered(streamIndex, count, openCount) {
      if (count < gatherCountMin) return
      wanted[streamIndex] = openCount + Math.floor(count * expectedShare)
      if (timer === undefined) timer = setTimeout(expire, gatherMs)
      else timer.refresh()
    },
    isEnough: (streamIndex, openCount) => openCount >= (wanted[streamIndex] ?? 0),
    gone(streamIndex) {
      wanted[streamIndex] = 0
    },
  }
}
