// Child processes of the benchmarks: started, watched and ended by their own handle. A child that ends early is an error;
// none is left behind when the bench itself ends or is interrupted.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LoadResult } from '../src/load/result.ts'
import type { BulkJob, ClosedJob, Job, OpenJob } from './generator.ts'
import type { BulkResult } from './load/bulk.ts'

const readyMs = 30_000
const stopMs = 15_000

export type Child = {
  readonly pid: number
  /** The match that said the child was ready. */
  readonly ready: RegExpExecArray
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

/** Starts a program and waits until its output matches. @throws Error when it ends or stays silent. */
export async function startChild(file: string, args: readonly string[], ready: RegExp): Promise<Child> {
  const child = start(file, args)
  const match = await waitFor(child, ready)
  child.stdout?.resume()
  return {
    pid: child.pid!,
    ready: match,
    signal: (name) => child.kill(name),
    stop: () => stop(child),
  }
}

const generator = fileURLToPath(new URL('generator.ts', import.meta.url))

/** Runs one job of the load generator in a process of its own. @throws Error when it fails. */
export async function runJob(job: ClosedJob | OpenJob): Promise<LoadResult>
export async function runJob(job: BulkJob): Promise<BulkResult>
export async function runJob(job: Job): Promise<LoadResult | BulkResult> {
  const child = start(process.execPath, [generator, JSON.stringify(job)])
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the load generator ended with ${code}`)
  return JSON.parse(output) as LoadResult | BulkResult
}

function start(file: string, args: readonly string[]): ChildProcess {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function waitFor(child: ChildProcess, ready: RegExp): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    const match = ready.exec(output)
    if (match !== null) resolve(match)
  })
  child.once('error', reject)
  child.once('exit', (code) =>
    reject(new Error(`${child.spawnfile} ended with ${code} before it was ready:\n${output}`)),
  )
  const timer = setTimeout(() => reject(new Error(`${child.spawnfile} was not ready in ${readyMs} ms`)), readyMs)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    child.stdout?.removeAllListeners('data')
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await ended
  clearTimeout(timer)
}
