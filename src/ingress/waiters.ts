// Requests that wait for room in a slab: first come, first served, each with a deadline. One timer serves them all.
// It refuses to decide how much room there is; who frees room says how much.

export type Waiters = {
  /** Resolves true when room for `bytes` was given, false at the deadline. */
  wait(bytes: number, deadlineMs: number): Promise<boolean>
  /** Gives room to those at the head of the line while it lasts. */
  give(bytes: number): void
  count(): number
}

type Waiter = { readonly bytes: number; readonly deadlineMs: number; readonly answer: (room: boolean) => void }

/** @param now the clock the deadlines are read against, in ms. */
export function makeWaiters(now: () => number): Waiters {
  const line = new Set<Waiter>()
  let timer: NodeJS.Timeout | undefined

  function expire(): void {
    timer = undefined
    const nowMs = now()
    for (const waiter of line) if (waiter.deadlineMs <= nowMs) leave(waiter, false)
    arm()
  }

  function arm(): void {
    if (timer !== undefined || line.size === 0) return
    let nextMs = Number.POSITIVE_INFINITY
    for (const waiter of line) nextMs = Math.min(nextMs, waiter.deadlineMs)
    timer = setTimeout(expire, Math.max(1, nextMs - now()))
  }

  function leave(waiter: Waiter, room: boolean): void {
    line.delete(waiter)
    waiter.answer(room)
    if (line.size === 0) clearTimeout(timer)
    if (line.size === 0) timer = undefined
  }

  return {
    wait: (bytes, deadlineMs) =>
      new Promise((answer) => {
        if (deadlineMs <= now()) return answer(false)
        line.add({ bytes, deadlineMs, answer })
        arm()
      }),
    give(bytes) {
      let left = bytes
      for (const waiter of line) {
        if (waiter.bytes > left) return
        left -= waiter.bytes
        leave(waiter, true)
      }
    },
    count: () => line.size,
  }
}
