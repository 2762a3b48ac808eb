// `npm run bench`: every benchmark in turn, each in a process of its own, all with the same flags. It stops at the first that
// fails. `--only kernel,ingest` takes some; `--short` makes all of them prove in under two minutes that they work;
// `--document` then writes the figures into docs/benchmarks.md.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const benchmarks = ['kernel', 'ingest', 'bulk', 'drain', 'latency', 'overload', 'slow', 'idle'] as const

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: benchmarks.join() },
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    document: { type: 'boolean', default: false },
  },
})

async function run(script: string, args: readonly string[]): Promise<void> {
  console.log(`\n== ${script}`)
  const path = fileURLToPath(new URL(`${script}.ts`, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  const interrupt = (): void => void child.kill('SIGTERM')
  process.once('SIGTERM', interrupt)
  const [code] = (await once(child, 'close')) as [number | null]
  process.off('SIGTERM', interrupt)
  if (code !== 0) throw new Error(`${script} failed with ${code}`)
}

function flags(): string[] {
  return [
    ...(values.short ? ['--short'] : []),
    ...(values.rounds === undefined ? [] : ['--rounds', values.rounds]),
    ...(values.seconds === undefined ? [] : ['--seconds', values.seconds]),
  ]
}

const wanted = values.only.split(',')
const unknown = wanted.filter((name) => !benchmarks.some((benchmark) => benchmark === name))
if (unknown.length > 0) throw new TypeError(`--only takes ${benchmarks.join(', ')}, not ${unknown.join(', ')}`)
const busy = loadavg()[0] ?? 0
if (busy > availableParallelism() / 4) {
  console.log(
    `The machine is busy with other work (load ${busy.toFixed(1)}): expect wide intervals and figures that are too high.`,
  )
}
for (const name of wanted) await run(name, flags())
if (values.document) await run('document', ['--only', wanted.join()])
