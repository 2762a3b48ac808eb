// A real server for end-to-end tests: the command line in a child process, on free ports, with a data directory of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const launcher = new URL('../../bin/sluice.js', import.meta.url).pathname
const startMs = 30_000

export type RunningServer = {
  readonly url: string
  readonly opsUrl: string
  readonly pid: number
  /** What it printed so far. */
  output(): string
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
}

export type ServerOptions = {
  readonly dataDir: string
  /** Contents of a sluice.config.json, written beside the data. */
  readonly config?: object
  readonly args?: readonly string[]
  /** A program put in front, such as strace with its arguments. */
  readonly wrapper?: readonly string[]
}

/** A directory under the system's temporary one; the caller removes it. */
export function makeDataDir(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-e2e-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** Starts a server and waits until it listens. Rejects with its output when it ends before. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { dataDir, config, args = [], wrapper = [] } = options
  const command = [process.execPath, launcher, 'start', '--host', '127.0.0.1', '--port', '0', '--ops-port', '0']
  command.push('--data', dataDir, ...args)
  if (config !== undefined) {
    const file = join(dataDir, 'sluice.config.json')
    writeFileSync(file, JSON.stringify(config))
    command.push('--config', file)
  }
  const [program = '', ...rest] = [...wrapper, ...command]
  const child = spawn(program, rest, { cwd: dataDir, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (text: Buffer) => {
    output += text.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const urls = await listening(child, () => output)
  return {
    ...urls,
    pid: child.pid ?? 0,
    output: () => output,
    stop: () => end(child, 'SIGTERM'),
    kill: async () => {
      await end(child, 'SIGKILL')
    },
  }
}

async function listening(child: ChildProcess, output: () => string): Promise<{ url: string; opsUrl: string }> {
  const deadlineMs = Date.now() + startMs
  while (Date.now() < deadlineMs && child.exitCode === null) {
    const [url, opsUrl] = [...output().matchAll(/https?:\/\/127\.0\.0\.1:\d+/g)].map(([match]) => match).filter(unique)
    if (url !== undefined && opsUrl !== undefined) return { url, opsUrl }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  child.kill('SIGKILL')
  throw new Error(`the server did not start:\n${output()}`)
}

function unique(value: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(value) === index
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((resolve) => {
    child.once('close', (code) => resolve(code))
    child.kill(signal)
  })
}

/** Runs a query on the server's database once `ready` says that what it waits for is there. */
export async function queryWhen<Row>(
  dataDir: string,
  sql: string,
  ready: (rows: readonly Row[]) => boolean,
  waitMs = 30_000,
): Promise<readonly Row[]> {
  const deadlineMs = Date.now() + waitMs
  for (;;) {
    const database = new DatabaseSync(join(dataDir, 'sluice.db'), { readOnly: true })
    const rows = readAll<Row>(database, sql)
    database.close()
    if (ready(rows)) return rows
    if (Date.now() > deadlineMs)
      throw new Error(`not there after ${waitMs} ms: ${sql}\nlast: ${JSON.stringify(rows.slice(0, 3))}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function readAll<Row>(database: DatabaseSync, sql: string): readonly Row[] {
  return database.prepare(sql).all() as unknown as readonly Row[]
}

/** A valid order of the default stream. */
export function order(orderId: string, changes: object = {}): object {
  return { orderId, userId: 7, currency: 'EUR', total: 25.5, items: [{ sku: 'tea', qty: 2, price: 12.75 }], ...changes }
}
