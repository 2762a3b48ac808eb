// The servers of the benchmarks: how each is built and started, and what it promises. Each runs in a process of its own, on
// a free port of the loopback address, with a data directory that goes when it stops.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Target } from '../src/load/templates.ts'
import { type Child, startChild } from './child.ts'
import { type Build, buildDir, buildFloor, buildGo } from './peers/build.ts'

export type ServerKind = {
  readonly name: string
  readonly title: string
  /** Whether the answer waits for the disk. */
  readonly durable: boolean
  readonly validates: boolean
  /** Where NDJSON goes, for those that take it. */
  readonly bulkPath: string | undefined
  /** How to start it in a directory of its own, or why it cannot be. */
  command(dir: string): Command | { readonly missing: string }
}

type Command = { readonly file: string; readonly args: readonly string[] }

export type Server = {
  readonly kind: ServerKind
  readonly pid: number
  readonly port: number
  readonly target: Target
  /** Suspends and resumes the process, so that only the measured server uses the machine. */
  pause(): void
  resume(): void
  /** Ends the process and removes its data. */
  stop(): Promise<void>
}

const root = fileURLToPath(new URL('..', import.meta.url))
/** The drain's pace while requests are measured: records wait in the log, as in a sale. */
const drainPerSecond = 2000

export const serverKinds: readonly ServerKind[] = [
  sluice('sluice', 'Sluice', {}),
  sluice('sluice-fastify', 'Sluice, without its fast lane', { fastLane: false }),
  sluice('sluice-js', 'Sluice, engine js', { engine: 'js' }),
  nodePeer('fastify', 'fastify + Ajv', false),
  nodePeer('fastify-journal', 'fastify + Ajv, synced', true),
  go('go', 'Go net/http + encoding/json', false),
  go('go-journal', 'Go net/http + encoding/json, synced', true),
  go('go-json2', 'Go net/http + encoding/json/v2', false, { GOEXPERIMENT: 'jsonv2' }),
  { ...native('go-fasthttp', 'Go fasthttp + sonic', () => buildGo('fasthttp')), validates: true },
  native('floor', 'C floor: epoll, constant answer', buildFloor),
]

/** Starts a server, or returns why it cannot run here. @throws Error when it starts and then fails. */
export async function startServer(kind: ServerKind): Promise<Server | { readonly missing: string }> {
  mkdirSync(buildDir, { recursive: true })
  // Not in the system's temporary directory, which is memory on many machines: then nothing would be durable.
  const dir = mkdtempSync(join(buildDir, `${kind.name}-`))
  const remove = (): void => rmSync(dir, { recursive: true, force: true })
  const command = kind.command(dir)
  if ('missing' in command) {
    remove()
    return command
  }
  try {
    return serverOf(kind, await startChild(command.file, command.args, /127\.0\.0\.1:(\d+)/), remove)
  } catch (error) {
    remove()
    throw error
  }
}

/** Starts the servers and suspends each; those that cannot run here are named, with the reason, and left out. */
export async function startAll(
  kinds: readonly ServerKind[],
): Promise<{ servers: Server[]; missing: Record<string, string> }> {
  const servers: Server[] = []
  const missing: Record<string, string> = {}
  for (const kind of kinds) {
    const started = await startServer(kind).catch(async (error: unknown) => {
      await Promise.all(servers.map((server) => server.stop()))
      throw error
    })
    if ('missing' in started) {
      missing[kind.name] = started.missing
      console.log(`left out: ${kind.title}: ${started.missing}`)
    } else {
      started.pause()
      servers.push(started)
    }
  }
  return { servers, missing }
}

function serverOf(kind: ServerKind, child: Child, remove: () => void): Server {
  const port = Number(child.ready[1])
  return {
    kind,
    pid: child.pid,
    port,
    target: { host: '127.0.0.1', port, path: '/api/order' },
    pause: () => child.signal('SIGSTOP'),
    resume: () => child.signal('SIGCONT'),
    async stop() {
      await child.stop()
      remove()
    },
  }
}

/**
 * Sluice as `npx sluice start` runs it, with the built-in stream. `settings` are fields of its configuration; `tree` is the
 * checkout it is started from.
 */
export function sluice(
  name: string,
  title: string,
  settings: Readonly<Record<string, unknown>>,
  tree: string = root,
): ServerKind {
  return {
    name,
    title,
    durable: true,
    validates: true,
    bulkPath: '/api/order',
    command(dir) {
      const config = join(dir, 'sluice.config.json')
      const drain = { recordsPerSecond: drainPerSecond }
      writeFileSync(
        config,
        JSON.stringify({ port: 0, opsPort: 0, dataDir: join(dir, 'data'), logLevel: 'warn', drain, ...settings }),
      )
      return { file: process.execPath, args: [join(tree, 'bin/sluice.js'), 'start', '--config', config] }
    },
  }
}

function nodePeer(name: string, title: string, durable: boolean): ServerKind {
  return {
    name,
    title,
    durable,
    validates: true,
    bulkPath: undefined,
    command(dir) {
      const journal = durable ? ['--journal', join(dir, 'journal')] : []
      return { file: process.execPath, args: [join(root, 'bench/peers/fastify-ajv.ts'), ...journal] }
    },
  }
}

function go(name: string, title: string, durable: boolean, env: Readonly<Record<string, string>> = {}): ServerKind {
  return {
    ...native(
      name,
      title,
      () => buildGo('nethttp', env),
      (dir) => (durable ? ['-journal', join(dir, 'journal')] : []),
    ),
    durable,
    validates: true,
    bulkPath: '/api/orders',
  }
}

function native(
  name: string,
  title: string,
  build: () => Build,
  args: (dir: string) => string[] = () => [],
): ServerKind {
  return {
    name,
    title,
    durable: false,
    validates: false,
    bulkPath: undefined,
    command(dir) {
      const built = build()
      return 'missing' in built ? built : { file: built.executable, args: args(dir) }
    },
  }
}
