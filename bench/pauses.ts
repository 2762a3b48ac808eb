// What the machine takes away: a thread on each core does nothing but look at the clock, and every gap it sees is time in
// which whoever ran there did not run, whatever the server does. On a shared host that is what a tail latency is made of.
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { median } from '../src/measure/statistics.ts'

export type Pauses = {
  readonly longestMs: number
  /** Share of the time that passed in gaps of over half a millisecond. */
  readonly lostShare: number
  /** Share of all moments at which a core was in a gap that lasted {@link longMs} more. */
  readonly longShare: number
}

/** What the p99 of a request is asked to be. */
export const longMs = 5
const gapMs = 0.5

/** Watches all cores for `ms`. Nothing else may run meanwhile. */
export async function watchPauses(ms: number): Promise<Pauses> {
  const gaps = await Promise.all(Array.from({ length: availableParallelism() }, () => watchOne(ms)))
  const all = gaps.flat()
  const watchedMs = ms * gaps.length
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  return {
    longestMs: Math.max(0, ...all),
    lostShare: sum(all) / watchedMs,
    longShare: sum(all.map((gap) => Math.max(0, gap - longMs))) / watchedMs,
  }
}

/** Medians of several watches. */
export function medianPauses(watches: readonly Pauses[]): Pauses {
  return {
    longestMs: median(watches.map(({ longestMs }) => longestMs)),
    lostShare: median(watches.map(({ lostShare }) => lostShare)),
    longShare: median(watches.map(({ longShare }) => longShare)),
  }
}

export function pausesLine({ longestMs, lostShare, longShare }: Pauses): string {
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`
  return (
    `The machine alone, a thread on each core that only looks at the clock, between the rounds: pauses took ` +
    `${percent(lostShare)} of the time, the longest ${longestMs.toFixed(1)} ms; at ${percent(longShare)} of all moments a core ` +
    `stood still for ${longMs} ms more.`
  )
}

function watchOne(ms: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { watchMs: ms } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

function gapsWithin(ms: number): number[] {
  const gaps: number[] = []
  let last = performance.now()
  for (const end = last + ms; last < end; ) {
    const now = performance.now()
    if (now - last > gapMs) gaps.push(now - last)
    last = now
  }
  return gaps
}

if (!isMainThread && typeof workerData?.watchMs === 'number') parentPort!.postMessage(gapsWithin(workerData.watchMs))
