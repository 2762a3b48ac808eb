// Slow clients: the Debian package slowhttptest, which opens many connections and is slow on each in one of four ways. Its
// clients are nobody's own invention, which is why it is used here.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'

export const hasSlowhttptest = spawnSync('slowhttptest', ['-h']).error === undefined

/** How a client is slow: with its head, with its body, with reading the answer, or with heads that ask for overlapping ranges. */
export type Attack = 'slow head' | 'slow body' | 'slow reading' | 'slow reading, pipelined' | 'ranges'

export type Site = {
  /** Where records are posted. */
  readonly postUrl: string
  /** A stored record, so large that a few answers do not fit the socket's buffers. */
  readonly largeUrl: string
}

// One byte or a few now and then, on each connection: -i and -n are seconds between them, -w to -z bytes of the window.
const modes: Readonly<Record<Attack, (site: Site) => readonly string[]>> = {
  'slow head': ({ postUrl }) => ['-H', '-i', '1', '-x', '10', '-t', 'POST', '-u', postUrl],
  'slow body': ({ postUrl }) => [
    ...['-B', '-i', '1', '-x', '10', '-s', '100000', '-f', 'application/json', '-t', 'POST', '-u', postUrl],
  ],
  'slow reading': ({ largeUrl }) => slowReading(largeUrl, 1),
  'slow reading, pipelined': ({ largeUrl }) => slowReading(largeUrl, 10),
  ranges: ({ largeUrl }) => ['-R', '-a', '10', '-b', '3000', '-t', 'GET', '-u', largeUrl],
}

function slowReading(url: string, requests: number): readonly string[] {
  return ['-X', '-n', '1', '-w', '10', '-y', '20', '-z', '5', '-k', String(requests), '-t', 'GET', '-u', url]
}

export type SlowRun = {
  /** Resolves to what it printed, when it has ended by itself. */
  readonly done: Promise<string>
  end(): Promise<void>
}

/** Starts an attack of `connections` connections, `perSecond` opened each second. It ends after ten minutes. */
export function attack(kind: Attack, site: Site, connections: number, perSecond: number): SlowRun {
  const count = ['-c', String(connections), '-r', String(perSecond), '-l', '600', '-v', '1']
  const child = spawn('slowhttptest', [...modes[kind](site), ...count], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    output += text
  })
  const closed = once(child, 'close')
  return { done: closed.then(() => output), end: () => end(child, closed) }
}

async function end(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL')
  await closed
}

/** How many sockets a process has open, from /proc. */
export function countSockets(pid: number): number {
  return socketsOf(pid).length
}

/** The sockets a process has open, by names that no other socket has. */
export function socketsOf(pid: number): readonly string[] {
  const dir = `/proc/${pid}/fd`
  return readdirSync(dir)
    .map((fd) => linkOf(`${dir}/${fd}`))
    .filter((link) => link.startsWith('socket:'))
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch (error) {
    // Closed since it was listed.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
