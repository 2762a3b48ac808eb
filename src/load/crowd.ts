// All connections of a run: opened together, ended together, and the waiting in between, which ends early when an answer
// cannot be read. A server that takes no connection at all is an error; one that takes some of them is not.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, endConnection, type Listener, openConnection } from './connection.ts'
import type { Meter } from './result.ts'
import type { Target, Template } from './templates.ts'

/** The run cannot go on, or its figures would be wrong. */
export class LoadError extends Error {}

const connectMs = 5000
const lookMs = 10

export type Crowd = {
  readonly connections: readonly Connection[]
  readonly listener: Listener
  /** Resolves after `ms`. @throws LoadError at once when an answer came that cannot be counted. */
  pause(ms: number): Promise<void>
  end(): Promise<void>
}

/**
 * Opens a connection for each hand of templates and waits until they are open.
 * @throws LoadError when none could be opened, with the reason.
 */
export async function openCrowd(
  target: Target,
  hands: readonly (readonly Template[])[],
  depth: number,
  meter: Meter,
  hear: Pick<Listener, 'onResponse' | 'onRoom'>,
): Promise<Crowd> {
  const unreadable = new AbortController()
  const listener: Listener = {
    ...hear,
    closing: false,
    onLost(lostCount, trouble) {
      meter.lost += lostCount
      if (trouble !== undefined) meter.errors[trouble] = (meter.errors[trouble] ?? 0) + 1
    },
    onUnreadable: (error) => unreadable.abort(new LoadError(error.message, { cause: error })),
  }
  const connections = hands.map((hand) => openConnection(target, hand, depth, listener))
  const crowd: Crowd = {
    connections,
    listener,
    pause: (ms) => pause(ms, unreadable.signal),
    async end() {
      listener.closing = true
      await Promise.all(connections.map(endConnection))
    },
  }
  await waitUntilOpen(crowd, target)
  return crowd
}

async function waitUntilOpen(crowd: Crowd, target: Target): Promise<void> {
  const { connections } = crowd
  const deadlineMs = performance.now() + connectMs
  let refused: string | undefined
  while (!connections.every(({ open }) => open) && performance.now() < deadlineMs) {
    await crowd.pause(lookMs)
    refused = connections.find(({ trouble }) => trouble !== undefined)?.trouble ?? refused
    if (refused === 'ECONNREFUSED' && !connections.some(({ open }) => open)) break
  }
  if (connections.some(({ open }) => open)) return
  await crowd.end()
  throw new LoadError(
    `no connection to ${target.host}:${target.port}: ${refused ?? `no answer within ${connectMs} ms`}`,
  )
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  }
}
