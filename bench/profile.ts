// Where the time goes: runs Sluice under one kind of load with V8's profiler and prints processor time by thread and the
// functions that took most of it. For finding out, not for figures: the profiler itself costs some, its times are those of
// the clock (a thread that waits for the disk shows it), and starting up is in them: take many seconds.
// `node bench/profile.ts --load single|bulk --connections N --seconds S`; with `--threads` no profiler runs, and what is printed
// is the threads' processor time alone.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { textTable } from '../src/measure/table.ts'
import { runJob } from './child.ts'
import { readThreadNs, threadNsBetween } from './load/threads.ts'
import { buildDir } from './peers/build.ts'
import { type Server, type ServerKind, sluice, startServer } from './servers.ts'

const { values } = parseArgs({
  options: {
    load: { type: 'string', default: 'single' },
    connections: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    engine: { type: 'string', default: 'wasm' },
    threads: { type: 'boolean', default: false },
  },
})
const listedFunctions = 25

type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}
type CallFrame = { readonly functionName: string; readonly url: string; readonly lineNumber: number }
type Share = { readonly name: string; readonly us: number }

function profiled(dir: string): ServerKind {
  const kind = sluice('profile', 'Sluice', { engine: values.engine })
  return {
    ...kind,
    command(dataDir) {
      const command = kind.command(dataDir)
      if ('missing' in command || values.threads) return command
      return { ...command, args: ['--cpu-prof', '--cpu-prof-dir', dir, ...command.args] }
    },
  }
}

async function offer(server: Server, run: number): Promise<number> {
  const measureMs = Number(values.seconds) * 1000
  const common = {
    target: server.target,
    serverPid: server.pid,
    warmupMs: 0,
    measureMs,
    run,
    variant: 'plain',
  } as const
  if (values.load === 'bulk') {
    const connections = Number(values.connections ?? 4)
    return (await runJob({ loop: 'bulk', ...common, connections, recordsPerRequest: 10_000 })).acceptedInAll
  }
  const connections = Number(values.connections ?? 64)
  return (await runJob({ loop: 'closed', ...common, connections, depth: 1 })).answered
}

/** Self time of each function in one thread's profile, the longest first. */
function selfTimes(profile: Profile): Share[] {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  for (const [index, id] of profile.samples.entries()) {
    const name = names.get(id) ?? '?'
    times.set(name, (times.get(name) ?? 0) + profile.timeDeltas[index]!)
  }
  times.delete('(idle)')
  return [...times].map(([name, us]) => ({ name, us })).sort((a, b) => b.us - a.us)
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const file = url.replace(/^.*\/(node_modules|src|build)\//, '$1/')
  return `${functionName || '(anonymous)'} ${file}${url === '' ? '' : `:${lineNumber + 1}`}`.trim()
}

function printProfiles(dir: string, records: number): void {
  for (const file of readdirSync(dir).sort()) {
    const shares = selfTimes(JSON.parse(readFileSync(join(dir, file), 'utf8')) as Profile)
    const total = shares.reduce((sum, { us }) => sum + us, 0)
    console.log(`\n${file}: ${(total / records).toFixed(2)} µs/record`)
    const columns = [
      { title: 'function', value: (row: Share) => row.name },
      { title: 'µs/record', value: (row: Share) => row.us / records, digits: 2 },
    ]
    console.log(textTable(columns, shares.slice(0, listedFunctions)))
  }
}

async function main(): Promise<void> {
  mkdirSync(buildDir, { recursive: true })
  const dir = mkdtempSync(join(buildDir, 'profiles-'))
  try {
    const server = await startServer(profiled(dir))
    if ('missing' in server) throw new Error(server.missing)
    // What is compiled in the first seconds is compiled once.
    if (values.threads) await offer(server, 0)
    const before = readThreadNs(server.pid)
    const records = await offer(server, 1)
    const threads = threadNsBetween(before, readThreadNs(server.pid))
    await server.stop()
    const columns = [
      { title: 'thread', value: ([name]: [string, number]) => name },
      { title: 'µs/record', value: ([, ns]: [string, number]) => ns / 1000 / records, digits: 2 },
    ]
    console.log(`${records} records`)
    console.log(textTable(columns, threads))
    printProfiles(dir, records)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

if (import.meta.main) await main()
