// Counts connections, of all and of each client. What always holds: who entered leaves once, and a client nobody is left of
// takes no memory.
import { clientOf } from '../../guard/limiter.ts'

export type Crowd = {
  /**
   * Counts a connection in and returns the client it is counted for; undefined when it is one too many. A promise where
   * another thread counts.
   */
  enter(address: string | undefined): string | undefined | Promise<string | undefined>
  leave(client: string): void
  /** Resolves once none is left. */
  gone(): Promise<void>
}

export function makeCrowd(countMax: number, perClientMax: number): Crowd {
  const byClient = new Map<string, number>()
  const asksWho = perClientMax < countMax // without a bound of its own a client need not be known
  let count = 0
  let onGone: (() => void)[] = []
  return {
    enter(address) {
      const client = asksWho ? clientOf(address ?? '') : ''
      const already = byClient.get(client) ?? 0
      if (count >= countMax || (asksWho && already >= perClientMax)) return undefined
      byClient.set(client, already + 1)
      count++
      return client
    },
    leave(client) {
      const left = (byClient.get(client) ?? 0) - 1
      if (left > 0) byClient.set(client, left)
      else byClient.delete(client)
      if (--count > 0) return
      for (const resolve of onGone) resolve()
      onGone = []
    },
    gone: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => onGone.push(resolve))),
  }
}
